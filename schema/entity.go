package schema

// Entity is a kind of thing whose life the events describe. Each has a Kafka
// topic of its own.
type Entity uint8

// The three entities.
const (
	Incident Entity = iota + 1
	Alert
	Execution
)

// Entities lists every entity in a fixed order.
var Entities = []Entity{Incident, Alert, Execution}

// String is the entity's name in the singular, which is also the prefix of its
// event types.
func (e Entity) String() string {
	switch e {
	case Incident:
		return "incident"
	case Alert:
		return "alert"
	case Execution:
		return "execution"
	}
	return "unknown"
}

// IDField is the JSON field that holds the entity's id and is the record key.
func (e Entity) IDField() string { return e.String() + "_id" }

// EntityOf finds the entity that an event type such as "alert.fired" belongs
// to; ok is false when the contract has no such type.
func EntityOf(eventType string) (entity Entity, ok bool) {
	for _, e := range Entities {
		if _, known := knownType(e, eventType); known {
			return e, true
		}
	}
	return 0, false
}
