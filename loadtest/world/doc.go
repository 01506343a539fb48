// Package world makes up a small company's year of incidents, alerts and
// automation runs, of which the truth is known: which incidents are the same
// trouble coming back, which runs were needed, what each automation really
// did to the time to resolve. What Firebreak reports can be held against it.
//
// A world comes about in this order, a file or two for each step:
//
//  1. company.go says who works there and what they run; troubles*.go and
//     oneoffs.go what goes wrong there; automations*.go what they automated.
//  2. incident.go lets the troubles happen as if nothing were automated.
//  3. run.go and automate.go let the automations act on them: runs shorten or
//     lengthen incidents, and some cause new ones.
//  4. alert.go adds what the monitoring said about it all.
//  5. tell_*.go tell these lives as events, delivery.go brings them in the
//     order in which Kafka would see them: mostly as they occurred, some late,
//     some twice.
//  6. truth.go writes down what is true.
//
// Four stories are told, all dated in [Truth]: a cache stampede at midnight
// that a warm-up operator ends; configuration drift that an operator cures; a
// disk clean-up that deletes logs until it is withdrawn; connection pools that
// a script repairs faster but only a circuit breaker protects.
//
// It promises that the same [Config] gives the same bytes on one kind of
// machine (other processors may round the last digit of a logarithm
// differently), that every event keeps the contract, and that nothing occurs
// outside the span of the configuration.
//
// It does not promise that the company is typical: rates and effects are
// chosen to be seen, not measured anywhere.
package world
