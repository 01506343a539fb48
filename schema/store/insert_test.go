package store_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

// nullEverywhere stands for an absent value in a list of services.
const nullEverywhere = "\x00null"

// TestDictionaries writes columns whose dictionaries take keys of one, two and
// four bytes, with nulls at the ends and in between.
func TestDictionaries(t *testing.T) {
	cases := []struct {
		name   string
		values []string
	}{
		{"one value", []string{"a"}},
		{"one null", []string{nullEverywhere}},
		{"only nulls", []string{nullEverywhere, nullEverywhere}},
		{"null first", []string{nullEverywhere, "a", "b"}},
		{"null last", []string{"a", "b", nullEverywhere}},
		{"null between alike", []string{"a", nullEverywhere, "a", "a"}},
		{"empty is not null", []string{"", nullEverywhere, "", "a", ""}},
		{"empty first", []string{"", "a"}},
		{"254 values", distinct(254)},
		{"255 values", distinct(255)},
		{"256 values", distinct(256)},
		{"257 values and a null", append(distinct(257), nullEverywhere)},
		{"65,534 values", distinct(65_534)},
		{"65,535 values", distinct(65_535)},
		{"65,537 values, null first", append([]string{nullEverywhere}, distinct(65_537)...)},
	}
	s := storetest.Open(t)
	b := s.NewBatch(schema.Alert) // one batch for all: it is reused
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b.Reset()
			topic := fmt.Sprint("topic ", i)
			addServices(b, topic, c.values)
			if b.Rows() != len(c.values) {
				t.Fatalf("%d rows, want %d", b.Rows(), len(c.values))
			}
			insert(t, b, topic)
			wantServices(t, s, topic, c.values)
		})
	}
}

func distinct(n int) []string {
	values := make([]string, n)
	for i := range values {
		values[i] = fmt.Sprint("service ", i)
	}
	return values
}

// addServices adds an alert's event for each service, and as many sources,
// which cannot be null. What the strings point to is overwritten after each.
func addServices(b *store.Batch, topic string, services []string) {
	buffer := make([]byte, 64)
	for i, v := range services {
		ev := &schema.AlertEvent{AlertID: "1"}
		own := unsafeText(buffer, v)
		ev.Source = own
		if v != nullEverywhere {
			ev.Service = schema.Some(own)
		}
		b.Add(&schema.Record{Topic: topic, Offset: int64(i), Key: buffer[:len(v)]}, ev, nil)
		copy(buffer, strings.Repeat("#", len(buffer)))
	}
}

func wantServices(t *testing.T, s *store.Store, topic string, want []string) {
	t.Helper()
	rows, err := s.Query(t.Context(), "SELECT service, source, key FROM alert_records WHERE topic = {topic:String} ORDER BY offset", map[string]string{"topic": topic})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		var service *string
		var source, key string
		if err := rows.Scan(&service, &source, &key); err != nil {
			t.Fatal(err)
		}
		got := nullEverywhere
		if service != nil {
			got = *service
		}
		if n >= len(want) || got != want[n] || source != want[n] || key != want[n] {
			t.Fatalf("row %d: service %q, source %q, key %q", n, got, source, key)
		}
	}
	if n != len(want) {
		t.Errorf("%d rows, want %d", n, len(want))
	}
}

// TestReset checks that nothing of what a batch held before comes again.
func TestReset(t *testing.T) {
	for _, e := range schema.Entities {
		t.Run(e.String(), func(t *testing.T) {
			s := storetest.Open(t)
			b := s.NewBatch(e)
			empty := b.Size()
			for range 3 {
				add(b, e, recordAt(e, 100, fullEvents[e]), recordAt(e, 101, "no JSON"))
			}
			b.Reset()
			if b.Rows() != 0 || b.Size() != empty {
				t.Errorf("%d rows, %d bytes after Reset; %d bytes before", b.Rows(), b.Size(), empty)
			}
			add(b, e, recordAt(e, 0, fullEvents[e]))
			insert(t, b, "t")
			wantAnswer(t, s, fmt.Sprintf("SELECT * EXCEPT (%s) FROM %s_records", envelopeColumns, e), fullRows[e])
		})
	}
}

// TestOneInsertIsOnePart checks what makes a batch atomic.
func TestOneInsertIsOnePart(t *testing.T) {
	const rows = 70_000 // more than a block of ClickHouse's own
	s := storetest.Open(t)
	command(t, s, "SYSTEM STOP MERGES alert_records")
	b := s.NewBatch(schema.Alert)
	addServices(b, "t", distinct(rows))
	insert(t, b, "t")
	wantAnswer(t, s, "SELECT count() AS parts, sum(rows) AS rows FROM system.parts WHERE active AND database = currentDatabase() AND table = 'alert_records'",
		fmt.Sprintf(`{"parts":1,"rows":%d}`, rows))
}

func TestTokens(t *testing.T) {
	cases := []struct {
		name   string
		tokens []string
		want   int // copies of the batch
	}{
		{"the same once more", []string{"a", "a"}, 1},
		{"the same after another", []string{"a", "b", "a"}, 2},
		{"different ones", []string{"a", "b", "c"}, 3},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := storetest.Open(t)
			b := s.NewBatch(schema.Incident)
			add(b, schema.Incident, recordAt(schema.Incident, 0, fullEvents[schema.Incident]), recordAt(schema.Incident, 1, ""))
			for _, token := range c.tokens {
				insert(t, b, token)
			}
			wantAnswer(t, s, "SELECT count() AS n FROM incident_records", fmt.Sprintf(`{"n":%d}`, 2*c.want))
		})
	}
}

func TestInsertNothing(t *testing.T) {
	s := storetest.Open(t)
	for _, e := range schema.Entities {
		insert(t, s.NewBatch(e), "t")
		wantAnswer(t, s, fmt.Sprintf("SELECT count() AS n FROM %s_records", e), `{"n":0}`)
	}
}

func TestLanded(t *testing.T) {
	s := storetest.Open(t)
	b := s.NewBatch(schema.Incident)
	for _, at := range []struct {
		topic     string
		partition int32
		offset    int64
	}{{"a", 0, 5}, {"a", 0, 7}, {"a", 0, 6}, {"a", 3, 0}, {"a b'c", 0, 9}} {
		r := recordAt(schema.Incident, at.offset, "")
		r.Topic, r.Partition = at.topic, at.partition
		add(b, schema.Incident, r)
	}
	insert(t, b, "t")
	cases := []struct {
		entity schema.Entity
		topic  string
		want   string
	}{
		{schema.Incident, "a", "map[0:7 3:0]"},
		{schema.Incident, "a b'c", "map[0:9]"},
		{schema.Incident, "", "map[]"},
		{schema.Alert, "a", "map[]"},
	}
	for _, c := range cases {
		got, err := s.Landed(t.Context(), c.entity, c.topic)
		if err != nil || fmt.Sprint(got) != c.want {
			t.Errorf("%s %q: %v (%v), want %s", c.entity, c.topic, got, err, c.want)
		}
	}
}

// A record at an offset that Kafka cannot have is told where records are read, which is not
// tried again; what has landed of Kafka is known all the same.
func TestOffsetsThatKafkaCannotHave(t *testing.T) {
	for _, offset := range []uint64{1<<63 - 1, 1 << 63, 1<<64 - 1} {
		s := storetest.Open(t)
		b := s.NewBatch(schema.Incident)
		add(b, schema.Incident, recordAt(schema.Incident, 5, ""))
		insert(t, b, "t")
		topic := recordAt(schema.Incident, 5, "").Topic
		if err := s.Exec(t.Context(), fmt.Sprintf("INSERT INTO incident_records SELECT * REPLACE (toUInt64(%d) AS offset) FROM incident_records", offset), nil); err != nil {
			t.Fatal(err)
		}
		if landed, err := s.Landed(t.Context(), schema.Incident, topic); err != nil || !maps.Equal(landed, map[int32]int64{0: 5}) {
			t.Errorf("landed has %v (%v)", landed, err)
		}
		each := s.EachRecord(t.Context(), schema.Incident, "", nil, func([]schema.Record) error { return nil })
		if got, ok := errors.AsType[*store.ImpossibleOffset](each); !ok || *got != (store.ImpossibleOffset{Topic: topic, Offset: offset}) || store.Retryable(each) {
			t.Errorf("reading: %v", each)
		}
		extents, err := s.Extents(t.Context(), schema.Incident)
		if err != nil || len(extents) != 1 || extents[0].First != 5 || extents[0].Last != offset {
			t.Errorf("extents %v, %v", extents, err)
		}
	}
}
