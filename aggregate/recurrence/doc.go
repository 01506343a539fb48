// Package recurrence finds the incidents that are one trouble coming back: the
// same fault under another title, on another host or service, with other
// numbers, months later. It keeps apart what only looks alike.
//
// An incident passes through these steps, a file or two for each:
//
//  1. scan.go splits its texts into tokens; what differs by its nature (numbers,
//     addresses, paths, opaque ids) is told from words.
//  2. codes.go learns where digits are the meaning ("Category 55 Subcategory
//     170") and keeps them.
//  3. shape.go makes the title's shape: its words, with blanks for the rest.
//  4. template.go and place.go learn in which places of the shapes words vary as
//     well (names of users, of volumes) and bring such shapes under one template.
//  5. words.go and lexicon.go say how much a word tells: nothing for the words
//     of the trade of incidents, little for one that many different titles have;
//     thesaurus.go what is the same in other words ("out of memory", "OOM
//     killed"); company.go which titles stand over anything.
//  6. evidence.go puts it together: title, description, service, alert rules,
//     cause.
//  7. weigh.go weighs the evidence for the incident being one trouble with a
//     cluster, in bits, field by field; index.go finds the few clusters for
//     which that is worth while.
//  8. clusterer.go assigns: to the cluster with the greatest weight if that is
//     enough, else to a new one. Incidents that belong to two clusters show that
//     these are one; they are merged.
//  9. doubt.go looks again at clusters of which it turns out later that they were
//     put together on too little.
//
// The weights are those of record linkage (Fellegi and Sunter, A Theory for
// Record Linkage, 1969): each field adds the logarithm of how much likelier its
// agreement or difference is in one trouble than in two. They are constants,
// the same for every stream; what is learned from a stream is how common its
// words, rules and services are.
//
// It promises:
//   - The same incidents in the same order give the same clusters. With
//     [Clusterer.Restore] in between they do so but for what hung in the balance.
//   - A cluster keeps its id for life: that of the incident that founded it. Of
//     two that are merged, the one that was first seen keeps its id.
//   - A title that says nothing ("Service disruption") is no evidence. With
//     nothing else to tell by, such an incident stays alone.
//   - Every assignment can be explained: [Clusterer.Explain] gives the bits of
//     each field and what differs.
//   - The cost of an incident hardly grows with the history, and memory grows
//     with the number of different texts and rules, not of incidents: by about 1.2
//     KiB for an incident that is like no other.
//
// It does not promise that the order is of no effect: what arrives early is
// decided on less. Nothing here reads or writes anything, and a Clusterer is for
// one goroutine.
package recurrence
