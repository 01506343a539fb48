package ingest_test

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

// TestWholeWay sends good events and dead letters of every reason, mixed, over
// all partitions, and compares what has landed with the producer's ledger.
func TestWholeWay(t *testing.T) {
	k, s := startKafka(t), storetest.Open(t)
	wanted := produceMixed(k)
	r := ready(k, s).start(t)
	eventually(t, "all records have landed", func() bool { return r.landed() == len(k.entries) })
	if lag := r.count("lag_records"); lag != 0 {
		t.Errorf("the lag is %d", lag)
	}
	r.stop()

	k.wantExact(s)
	k.wantNoLag(group)
	r.wantReconciled()
	if n := r.count("records_consumed_total"); n != len(k.entries) {
		t.Errorf("consumed %d of %d", n, len(k.entries))
	}
	wantDeadLetters(k, s, wanted)
	for _, reason := range schema.Reasons {
		if got, want := r.count("records_dead_total", string(reason)), countReason(wanted, reason); got != want {
			t.Errorf("counted %d dead letters as %s, want %d", got, reason, want)
		}
	}
	wantEvents(t, s, len(k.entries)-len(wanted))
}

// produceMixed puts good events before, between and after bad records, and
// tells which records are which bad ones.
func produceMixed(k *kafka) map[place]badRecord {
	bad := make(map[*kgo.Record]badRecord)
	var records []*kgo.Record
	for i, b := range badRecords {
		for _, e := range schema.Entities {
			r := b.record(e, i)
			bad[r] = b
			records = append(records, goodEvent(e, i), r)
		}
	}
	for _, e := range schema.Entities {
		records = append(records, cloudEvents(e)...)
	}
	k.produce(append(records, goodEvents(1000, 500)...)...)
	wanted := make(map[place]badRecord)
	for at, r := range k.entries {
		if b, ok := bad[r]; ok {
			wanted[at] = b
		}
	}
	return wanted
}

func countReason(wanted map[place]badRecord, reason schema.Reason) int {
	n := 0
	for _, b := range wanted {
		if b.reason == reason {
			n++
		}
	}
	return n
}

// wantDeadLetters compares every dead letter with the record that it was.
func wantDeadLetters(k *kafka, s *store.Store, wanted map[place]badRecord) {
	t := k.t
	t.Helper()
	rows, err := s.Query(t.Context(), `SELECT entity, topic, partition, offset, recorded_at, key,
		headers.name, headers.value, raw, reason, fault_field, fault_message FROM dead_letters`, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	seen := 0
	for ; rows.Next(); seen++ {
		var at place
		var offset uint64
		var recorded time.Time
		var entity, key, raw, reason, field, message string
		var names, values []string
		if err := rows.Scan(&entity, &at.topic, &at.partition, &offset, &recorded, &key, &names, &values, &raw, &reason, &field, &message); err != nil {
			t.Fatal(err)
		}
		at.offset = int64(offset)
		b, isBad := wanted[at]
		if !isBad {
			t.Errorf("%v is a dead letter (%s), but was good: %s", at, message, raw)
			continue
		}
		r := k.entries[at]
		if reason != string(b.reason) || field != b.field || message == "" {
			t.Errorf("%s: %s in field %q (%s), want %s in %q", b.name, reason, field, message, b.reason, b.field)
		}
		if !bytes.Equal([]byte(raw), r.Value) || key != string(r.Key) || !recorded.Equal(r.Timestamp) || topicOf(entity) != at.topic {
			t.Errorf("%s: landed %.40q of %s with key %q at %v", b.name, raw, entity, key, recorded)
		}
		if wantNames, wantValues := headersOf(r); !reflect.DeepEqual(names, wantNames) || !reflect.DeepEqual(values, wantValues) {
			t.Errorf("%s: headers %q %q, want %q %q", b.name, names, values, wantNames, wantValues)
		}
	}
	if seen != len(wanted) {
		t.Errorf("%d dead letters, want %d", seen, len(wanted))
	}
}

func topicOf(entity string) string {
	for e, topic := range topics {
		if e.String() == entity {
			return topic
		}
	}
	return ""
}

func headersOf(r *kgo.Record) (names, values []string) {
	for _, h := range r.Headers {
		names, values = append(names, h.Key), append(values, string(h.Value))
	}
	return names, values
}

// wantEvents checks how many events there are, and the CloudEvents among them.
func wantEvents(t *testing.T, s *store.Store, want int) {
	t.Helper()
	got := 0
	for _, e := range schema.Entities {
		rows, err := s.Query(t.Context(), fmt.Sprintf(`SELECT count(), countIf(source = '/bridge'), countIf(event_id = 'ce-2' AND occurred_at = '2026-01-31 12:00:01') FROM %s_events`, e), nil)
		if err != nil {
			t.Fatal(err)
		}
		var n, bridged, binary uint64
		rows.Next()
		if err := rows.Scan(&n, &bridged, &binary); err != nil {
			t.Fatal(err)
		}
		rows.Close()
		wantBridged := uint64(2)
		if e == schema.Incident {
			wantBridged = 0 // these have a source of their own
		}
		if bridged != wantBridged || binary != 1 {
			t.Errorf("%s: %d events took the CloudEvent's source, %d its id and time", e, bridged, binary)
		}
		got += int(n)
	}
	if got != want {
		t.Errorf("%d good events, want %d", got, want)
	}
}
