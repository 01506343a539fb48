package store_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"reflect"
	"strings"
	"testing"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

// manyRecords are dead letters, which all have the same id and time in the table, and
// events, on three partitions that have the same offsets.
func manyRecords(n int, value string) []*schema.Record {
	var list []*schema.Record
	for i := range n {
		rec := recordAt(schema.Alert, int64(i/3), value)
		rec.Partition = int32(i % 3)
		rec.Key = fmt.Appendf(nil, "key %d", i)
		rec.Timestamp = schema.Millis(i - 5)
		if i%5 == 0 {
			rec.Value = fmt.Appendf(nil, `{"event_id":"%d","type":"alert.fired","occurred_at":"2026-01-31T12:00:00Z","alert_id":"a%d","name":"x"}`, i, i%100)
			rec.Headers = []schema.Header{{Name: "h", Value: []byte("\x00\xff")}, {Name: ""}}
		}
		list = append(list, rec)
	}
	return list
}

func landRecords(t *testing.T, s *store.Store, list []*schema.Record) {
	t.Helper()
	b := s.NewBatch(schema.Alert)
	add(b, schema.Alert, list...)
	insert(t, b, "")
}

// each collects what EachRecord gives, by place; nothing may come twice.
func each(t *testing.T, s *store.Store, where string, params map[string]string) map[string]schema.Record {
	t.Helper()
	got := make(map[string]schema.Record)
	err := s.EachRecord(t.Context(), schema.Alert, where, params, func(list []schema.Record) error {
		for _, rec := range list {
			if _, twice := got[rec.Place()]; twice {
				t.Fatalf("%s came twice", rec.Place())
			}
			got[rec.Place()] = rec
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func wantRecords(t *testing.T, got map[string]schema.Record, want []*schema.Record) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d records, want %d", len(got), len(want))
	}
	for _, w := range want {
		g := got[w.Place()]
		if g.Timestamp != w.Timestamp || string(g.Key) != string(w.Key) || string(g.Value) != string(w.Value) || fmt.Sprint(g.Headers) != fmt.Sprint(w.Headers) {
			t.Fatalf("%s is %+v, want %+v", w.Place(), g, *w)
		}
	}
}

// Many pages, whose limits fall between records that share their place in the table.
func TestEachRecord(t *testing.T) {
	s, cfg := storetest.OpenConfig(t)
	cfg.User = "firebreak_reader"
	reader := open(t, cfg)
	if got := each(t, reader, "", nil); len(got) != 0 {
		t.Errorf("an empty table has %d records", len(got))
	}
	all := manyRecords(60_011, "no event")
	landRecords(t, s, all[:40_000])
	landRecords(t, s, all[40_000:])
	wantRecords(t, each(t, reader, "", nil), all)

	var some []*schema.Record
	for _, rec := range all {
		if rec.Partition == 1 && rec.Offset < 5000 {
			some = append(some, rec)
		}
	}
	wantRecords(t, each(t, reader, "topic = {t:String} AND partition = 1 AND offset < 5000 OR topic = 'x'", map[string]string{"t": "firebreak.alerts"}), some)

	stop := errors.New("enough")
	if err := reader.EachRecord(t.Context(), schema.Alert, "", nil, func([]schema.Record) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("stopped with %v", err)
	}
	if err := reader.EachRecord(t.Context(), schema.Alert, "no_column", nil, nil); err == nil {
		t.Error("a condition that makes no sense was met")
	}
}

// breaking is a connection that breaks off an answer that is long.
type breaking struct {
	net.Conn
	most, read int
}

func (b *breaking) Write(p []byte) (int, error) {
	b.read = 0
	return b.Conn.Write(p)
}

func (b *breaking) Read(p []byte) (int, error) {
	n, err := b.Conn.Read(p)
	if b.read += n; b.read > b.most {
		b.Conn.Close()
		return 0, errors.New("too long")
	}
	return n, err
}

// A page that is more than may be asked for at once is asked for in smaller ones, and what
// came of it before is not given twice.
func TestEachRecordWithinLimits(t *testing.T) {
	s, cfg := storetest.OpenConfig(t)
	all := manyRecords(3000, strings.Repeat("long ", 200))
	landRecords(t, s, all)
	most := 500_000
	cfg.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		return &breaking{Conn: conn, most: most}, err
	}
	limited := open(t, cfg)
	wantRecords(t, each(t, limited, "", nil), all)
	most = 100
	if err := limited.EachRecord(t.Context(), schema.Alert, "", nil, func([]schema.Record) error { return nil }); err == nil {
		t.Error("not even one record fits, and yet it is done")
	}
}

func TestExtents(t *testing.T) {
	s := storetest.Open(t)
	landRecords(t, s, manyRecords(10, "no event"))
	other := recordAt(schema.Alert, 77, "no event")
	other.Topic = "a.topic"
	landRecords(t, s, []*schema.Record{other})
	want := []store.Extent{
		{Topic: "a.topic", Partition: 0, Records: 1, First: 77, Last: 77},
		{Topic: "firebreak.alerts", Partition: 0, Records: 4, First: 0, Last: 3},
		{Topic: "firebreak.alerts", Partition: 1, Records: 3, First: 0, Last: 2},
		{Topic: "firebreak.alerts", Partition: 2, Records: 3, First: 0, Last: 2},
	}
	if got, err := s.Extents(t.Context(), schema.Alert); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
	if got, err := s.Extents(t.Context(), schema.Incident); err != nil || len(got) != 0 {
		t.Errorf("%v, %v of an empty table", got, err)
	}
}
