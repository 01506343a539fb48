package schema

import (
	"encoding/json"
	"testing"
	"time"

	segmentio "github.com/segmentio/encoding/json"
)

// ordinary is an event of about 520 bytes per entity.
var ordinary = map[Entity][]byte{
	Incident:  []byte(`{"incident_id":"INC-2026-01874","source":"pagerduty","event_id":"Q3ZK1PXJ7L0DGM","type":"incident.opened","occurred_at":"2026-01-31T12:00:00.123Z","title":"Checkout latency above 3 s in eu-west-1","description":"p99 of POST /checkout is 3.4 s over 10 minutes, error rate 2.1 %","service":"checkout","team":"payments","environment":"production","severity":"sev2","trigger_kind":"alert","trigger_id":"ALR-88121","alert_ids":["ALR-88121","ALR-88122"],"labels":{"region":"eu-west-1","cluster":"prod"},"users_affected":1250}`),
	Alert:     []byte(`{"alert_id":"ALR-2026-0088121","source":"prometheus","event_id":"ALR-2026-0088121-fired","type":"alert.fired","occurred_at":"2026-01-31T11:58:30.250Z","name":"CheckoutLatencyHigh","fingerprint":"8f14e45fceea167a5a36dedd4bea2543","summary":"p99 of POST /checkout is above 3 s for 10 minutes on checkout-7c9d (eu-west-1)","service":"checkout","team":"payments","environment":"production","severity":"critical","incident_id":"INC-2026-01874","labels":{"region":"eu-west-1","cluster":"prod","pod":"checkout-7c9d"}}`),
	Execution: []byte(`{"execution_id":"run-07974","automation_id":"static-checks-go-lint","source":"github-actions","event_id":"run-07974-started","type":"execution.started","occurred_at":"2020-05-05T14:52:54.000Z","automation_name":"Go lint","pattern":"script","stage":"full","trigger_kind":"condition","service":"static-checks","command":"Go lint","environment":"ci","mutating":true,"labels":{"a":"b","region":"eu-west-1","cluster":"prod"},"targets":["host-1","host-2"],"decision":"disk usage 93 % is above 90 % for 10 minutes on host-1"}`),
}

// plain is the struct that one would write without this package: it knows
// neither duplicate keys nor unknown fields nor what a value may be.
type plain struct {
	EventID       string            `json:"event_id"`
	Type          string            `json:"type"`
	OccurredAt    time.Time         `json:"occurred_at"`
	Source        string            `json:"source"`
	Labels        map[string]string `json:"labels"`
	IncidentID    string            `json:"incident_id"`
	AlertID       string            `json:"alert_id"`
	ExecutionID   string            `json:"execution_id"`
	AutomationID  string            `json:"automation_id"`
	Automation    string            `json:"automation_name"`
	Title         string            `json:"title"`
	Description   string            `json:"description"`
	Name          string            `json:"name"`
	Fingerprint   string            `json:"fingerprint"`
	Summary       string            `json:"summary"`
	Service       string            `json:"service"`
	Team          string            `json:"team"`
	Environment   string            `json:"environment"`
	Severity      string            `json:"severity"`
	Pattern       string            `json:"pattern"`
	Stage         string            `json:"stage"`
	TriggerKind   string            `json:"trigger_kind"`
	TriggerID     string            `json:"trigger_id"`
	AlertIDs      []string          `json:"alert_ids"`
	Targets       []string          `json:"targets"`
	Decision      string            `json:"decision"`
	Command       string            `json:"command"`
	Mutating      *bool             `json:"mutating"`
	UsersAffected float64           `json:"users_affected"`
}

func BenchmarkDecode(b *testing.B) {
	for _, e := range Entities {
		value := ordinary[e]
		b.Run(e.String()+"/decoder", func(b *testing.B) {
			d := NewDecoder(e)
			measure(b, value, func() error {
				if _, f := d.Decode(&Record{Value: value}, now); f != nil {
					return f
				}
				return nil
			})
		})
		b.Run(e.String()+"/encoding-json", func(b *testing.B) {
			measure(b, value, func() error { return json.Unmarshal(value, new(plain)) })
		})
		b.Run(e.String()+"/segmentio", func(b *testing.B) {
			measure(b, value, func() error { return segmentio.Unmarshal(value, new(plain)) })
		})
	}
}

func measure(b *testing.B, value []byte, read func() error) {
	b.SetBytes(int64(len(value)))
	b.ReportAllocs()
	for b.Loop() {
		if err := read(); err != nil {
			b.Fatal(err)
		}
	}
}
