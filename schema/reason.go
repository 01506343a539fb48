package schema

import "fmt"

// Reason is why a record is a dead letter. The set is closed.
type Reason string

// The reasons, in the order in which they are looked for.
const (
	ReasonEmpty              Reason = "empty"
	ReasonTooLarge           Reason = "too_large"
	ReasonInvalidUTF8        Reason = "invalid_utf8"
	ReasonMalformedJSON      Reason = "malformed_json"
	ReasonUnsupportedVersion Reason = "unsupported_version"
	ReasonUnknownType        Reason = "unknown_type"
	ReasonMissingField       Reason = "missing_field"
	ReasonInvalidField       Reason = "invalid_field"
)

// Reasons lists the closed set.
var Reasons = []Reason{
	ReasonEmpty, ReasonTooLarge, ReasonInvalidUTF8, ReasonMalformedJSON,
	ReasonUnsupportedVersion, ReasonUnknownType, ReasonMissingField, ReasonInvalidField,
}

// Fault says why a record breaks the contract.
type Fault struct {
	Reason Reason
	// Field is the field at fault, e.g. "severity" or "actions[2].kind"; empty
	// when the record as a whole is.
	Field string
	// Message says what is wrong, in a sentence for the record's sender.
	Message string
}

func invalidField(field, message string, args ...any) *Fault {
	return &Fault{Reason: ReasonInvalidField, Field: field, Message: fmt.Sprintf(message, args...)}
}

// Error implements error.
func (f *Fault) Error() string {
	if f.Field == "" {
		return fmt.Sprintf("%s: %s", f.Reason, f.Message)
	}
	return fmt.Sprintf("%s: %s: %s", f.Reason, f.Field, f.Message)
}
