package ledger_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/vividium/firebreak/loadtest/ledger"
	"github.com/vividium/firebreak/loadtest/world"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

var topics = map[string]schema.Entity{"i": schema.Incident, "a": schema.Alert, "x": schema.Execution}

const partitions = 2

// landWorld brings a generated world, with some bad records in it, into a store
// and a ledger of it.
func landWorld(t *testing.T, s *store.Store) *ledger.Ledger {
	t.Helper()
	l := ledger.New(ledger.Config{Topics: topics, Now: time.Now})
	offsets := make(map[string]int64)
	batches := make(map[schema.Entity]*store.Batch)
	topicOf := make(map[schema.Entity]string)
	decoders := make(map[schema.Entity]*schema.Decoder)
	for topic, e := range topics {
		topicOf[e], batches[e], decoders[e] = topic, s.NewBatch(e), schema.NewDecoder(e)
	}
	n := 0
	for ev := range world.Generate(world.Config{Seed: 3, Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Days: 10, Scale: 0.3}).Events() {
		n++
		e := ev.Entity()
		rec := &schema.Record{
			Topic: topicOf[e], Partition: int32(n % partitions), Timestamp: schema.Millis(1_760_000_000_000 + n), Key: []byte(ev.EntityID()), Value: ev.AppendJSON(nil),
			Headers: []schema.Header{{Name: "trace", Value: []byte{byte(n), 0xff}}, {Name: "", Value: nil}},
		}
		land := func(rec schema.Record) string {
			at := fmt.Sprint(rec.Topic, rec.Partition)
			rec.Offset = offsets[at]
			offsets[at]++
			read, fault := decoders[e].Decode(&rec, time.Now())
			batches[e].Add(&rec, read, fault)
			l.Add(&rec)
			return rec.Place()
		}
		if n%50 == 0 { // a bad one, and later its replay, good or bad again
			broken := *rec
			broken.Value = rec.Value[:n%len(rec.Value)]
			rec.Headers = append(rec.Headers, schema.Header{Name: schema.ReplayHeader, Value: []byte(land(broken))})
			if n%100 == 0 {
				rec.Value = broken.Value
			}
		}
		land(*rec)
	}
	for e, b := range batches {
		if err := b.Insert(t.Context(), e.String(), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func check(t *testing.T, l *ledger.Ledger, s *store.Store, o ledger.Options) []string {
	t.Helper()
	differences, err := l.Check(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, d := range differences {
		texts = append(texts, string(d))
	}
	return texts
}

// columns are those that an insert may name.
func columns(t *testing.T, s *store.Store, table string) []string {
	t.Helper()
	rows, err := s.Query(t.Context(), "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {table:String} AND default_kind NOT IN ('ALIAS', 'EPHEMERAL', 'MATERIALIZED')", map[string]string{"table": table})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

func run(t *testing.T, s *store.Store, statement string) {
	t.Helper()
	rows, err := s.Query(t.Context(), statement, nil)
	if err != nil {
		t.Fatal(statement, err)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(statement, err)
	}
}

// mutant breaks the records of executions in one way.
type mutant struct {
	t *testing.T
	s *store.Store
}

const victims = "execution_records"

func (m mutant) drop(where string) {
	run(m.t, m.s, "ALTER TABLE "+victims+" DELETE WHERE "+where+" SETTINGS mutations_sync = 2")
}

// copy writes rows once more, with some columns replaced.
func (m mutant) copy(where string, replace map[string]string) {
	names := columns(m.t, m.s, victims)
	var values []string
	for _, name := range names {
		value := name
		if r, ok := replace[name]; ok {
			value = r
		}
		values = append(values, value)
	}
	run(m.t, m.s, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s WHERE %s", victims, strings.Join(names, ", "), strings.Join(values, ", "), victims, where))
}

// change replaces columns of rows, those of the sort key too.
func (m mutant) change(where string, replace map[string]string) {
	marked := map[string]string{"landed_at": "toDateTime64(0, 3, 'UTC')"}
	maps.Copy(marked, replace)
	m.copy(where, marked)
	m.drop("(" + where + ") AND toUnixTimestamp(landed_at) != 0")
}

// TestMutants breaks what has landed in every way that delivery might, and one
// that must not matter.
func TestMutants(t *testing.T) {
	at := func(offset int) string { return fmt.Sprintf("topic = 'x' AND partition = 0 AND offset = %d", offset) }
	cases := []struct {
		name   string
		mutate func(m mutant)
		want   string // in one of the differences; "" for none at all
		raw    bool   // it is found in the records already
	}{
		{"nothing", func(mutant) {}, "", true},
		{"a row lost", func(m mutant) { m.drop(at(3)) }, "lost: x/0/3", true},
		{"the last row lost", func(m mutant) {
			m.drop("topic = 'x' AND partition = 1 AND offset = (SELECT max(offset) FROM execution_records WHERE partition = 1)")
		}, "lost: x/1/", true},
		{"a row doubled", func(m mutant) { m.copy(at(3), nil) }, "doubled: x/0/3 is there 2 times", true},
		{"one lost and one doubled", func(m mutant) { m.drop(at(3)); m.copy(at(4), nil) }, "lost: x/0/3", true},
		{"the same number and sum of offsets", func(m mutant) { m.drop(at(3)); m.drop(at(5)); m.copy(at(4), nil); m.copy(at(4)+" LIMIT 1", nil) }, "doubled: x/0/4", true},
		{"two places swapped", func(m mutant) {
			m.change("topic = 'x' AND partition = 0 AND offset IN (3, 4)", map[string]string{"offset": "toUInt64(7 - offset)"})
		}, "altered: x/0/3", true},
		{"a byte changed", func(m mutant) { m.change(at(3), map[string]string{"raw": "concat('[', substring(raw, 2))"}) }, "altered: x/0/3", true},
		{"a key changed", func(m mutant) { m.change(at(3), map[string]string{"key": "concat(key, ' ')"}) }, "altered: x/0/3", true},
		{"a timestamp changed", func(m mutant) { m.change(at(3), map[string]string{"recorded_at": "addMilliseconds(recorded_at, 1)"}) }, "altered: x/0/3", true},
		{"headers lost", func(m mutant) { m.change(at(3), map[string]string{"headers": "arrayResize(headers, 1)"}) }, "altered: x/0/3", true},
		{"another partition", func(m mutant) { m.change(at(3), map[string]string{"partition": "toInt32(7)"}) }, "x/7: 1 records, nothing was produced", true},
		{"another reason", func(m mutant) {
			m.change("topic = 'x' AND reason != ''", map[string]string{"reason": "'too_large'"})
		}, "dead letters: x/", true},
		{"a good event as a dead letter", func(m mutant) { m.change(at(3), map[string]string{"reason": "'empty'", "execution_id": "''"}) }, "dead letters: x/0/3", true},
		{"a replay that is not told of", func(m mutant) {
			run(m.t, m.s, "ALTER TABLE "+victims+" MODIFY COLUMN replay_of String MATERIALIZED ''")
			m.change("headers[1].2 != ''", nil)
		}, "replays: x/", true},
		{"read wrongly: a type", func(m mutant) {
			m.change("type = 'execution.succeeded' AND offset < 100", map[string]string{"type": "'execution.failed'"})
		}, "executions: ", false},
		{"read wrongly: a verdict", func(m mutant) { m.change("verdict = 'unnecessary'", map[string]string{"verdict": "NULL"}) }, "metrics: false_positive_rate", false},
		{"read wrongly: an event's id", func(m mutant) { m.change("reason = '' AND offset < 10", map[string]string{"event_id": "'the same'"}) }, "events: executions", false},
		{"a derived table left behind", func(m mutant) {
			run(m.t, m.s, "CREATE OR REPLACE VIEW incidents AS SELECT * FROM incidents_as_of(as_of = '2026-01-05 00:00:00.000')")
		}, "incidents: ", false},
		{"a derived table with a row too many", func(m mutant) {
			run(m.t, m.s, "CREATE OR REPLACE VIEW automations AS SELECT automation_id, automation_name, automation_version, pattern, stage, team, execution_count, first_event_at, last_event_at FROM (SELECT r.automation_id AS automation_id, any(coalesce(r.automation_name, '')) AS automation_name, any(coalesce(r.automation_version, '')) AS automation_version, any(coalesce(r.pattern, '')) AS pattern, any('full') AS stage, any(coalesce(r.team, '')) AS team, count() AS execution_count, min(r.occurred_at) AS first_event_at, max(r.occurred_at) AS last_event_at FROM execution_records AS r GROUP BY r.automation_id)")
		}, "automations: ", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := storetest.Open(t)
			l := landWorld(t, s)
			c.mutate(mutant{t, s})
			raw := check(t, l, s, ledger.Options{RawOnly: true})
			if found := len(raw) > 0; found != (c.raw && c.want != "") {
				t.Errorf("the records alone: %q", raw)
			}
			all := check(t, l, s, ledger.Options{NoMetrics: c.raw && c.want != ""})
			if c.want == "" && len(all) > 0 || c.want != "" && !contains(all, c.want) {
				t.Errorf("want %q in %q", c.want, all)
			}
		})
	}
}

func contains(texts []string, want string) bool {
	for _, text := range texts {
		if strings.Contains(text, want) {
			return true
		}
	}
	return false
}

// TestLedgerEnteredTwice guards the guard.
func TestLedgerEnteredTwice(t *testing.T) {
	s := storetest.Open(t)
	l := landWorld(t, s)
	l.Add(&schema.Record{Topic: "x", Value: []byte("{}")})
	if got := check(t, l, s, ledger.Options{RawOnly: true}); !contains(got, "x/0/0 was entered twice") {
		t.Errorf("%q", got)
	}
}
