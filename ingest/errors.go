package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// kafkaError is something that Kafka did not do.
type kafkaError struct {
	doing string
	err   error
}

func (e *kafkaError) Error() string { return e.doing + ": " + e.err.Error() }
func (e *kafkaError) Unwrap() error { return e.err }

// kafkaFailed is nil for a nil error.
func kafkaFailed(doing string, err error) error {
	if err == nil {
		return nil
	}
	return &kafkaError{doing, err}
}

// stuckError is a state of Kafka and the store in which going on would lose
// records or write them twice: somebody has to decide.
type stuckError struct{ message string }

func (e *stuckError) Error() string { return e.message }

func stuck(format string, args ...any) error { return &stuckError{fmt.Sprintf(format, args...)} }

// retryable says whether the same may succeed later, for errors of Kafka and of
// the store alike.
func (p *Pipeline) retryable(err error) bool {
	if _, ok := errors.AsType[*stuckError](err); ok || errors.Is(err, context.Canceled) || errors.Is(err, errExpelled) {
		return false
	}
	if errors.Is(err, errTakenForNothing) {
		return true
	}
	if failed, ok := errors.AsType[*kafkaError](err); ok {
		return adviceOn(failed.err) == ""
	}
	return p.deps.Retryable(err)
}

// final are Kafka's errors that do not pass by themselves, each with what it
// means for the one who has to act. A member that is not in good standing is not
// among them: it gets back into the group, or its partitions are taken away.
var final = []struct {
	errs   []error
	advice string
}{
	{
		[]error{kerr.OffsetOutOfRange},
		"Kafka does not have the record that follows what has landed: it was deleted before it was read, or the topic was made anew. To go on with what Kafka still has, start once with --accept-loss",
	},
	{
		[]error{kerr.UnknownTopicID},
		"the topic was deleted and made anew, and its new records would be taken for those that have landed: send them to a topic of another name, or name another database",
	},
	{
		[]error{kerr.TopicAuthorizationFailed, kerr.GroupAuthorizationFailed, kerr.ClusterAuthorizationFailed},
		"allow the user to read the topics and to use the consumer group",
	},
	{
		[]error{kerr.SaslAuthenticationFailed, kerr.UnsupportedSaslMechanism, kerr.IllegalSaslState},
		"check --kafka-sasl, --kafka-user and FIREBREAK_KAFKA_PASSWORD",
	},
	{
		[]error{kerr.FencedInstanceID},
		"another process joined the group with the same --kafka-instance: give each its own",
	},
	{
		[]error{kerr.InvalidSessionTimeout},
		"the brokers allow no such --kafka-session: see their group.min.session.timeout.ms and group.max.session.timeout.ms",
	},
	{
		[]error{kerr.InconsistentGroupProtocol, kerr.GroupIDNotFound},
		"the other members of the group use another protocol or balancer: give all the same --kafka-protocol",
	},
	{
		[]error{kerr.InvalidGroupID, kerr.OffsetMetadataTooLarge, kerr.UnsupportedVersion},
		"these brokers cannot serve this group: see the requirements of --kafka-protocol",
	},
}

// adviceOn says what to do about an error of Kafka's that does not pass by
// itself; "" for one that may.
func adviceOn(err error) string {
	for _, f := range final {
		if slices.ContainsFunc(f.errs, func(target error) bool { return errors.Is(err, target) }) {
			return f.advice
		}
	}
	if _, ok := errors.AsType[*kgo.ErrDataLoss](err); ok {
		return "Kafka lost records that it had handed out, or the topic was made anew: send its records to a topic of another name, or name another database"
	}
	return ""
}
