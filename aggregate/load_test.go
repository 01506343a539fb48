package aggregate_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/vividium/firebreak/aggregate/keep"
	"github.com/vividium/firebreak/loadtest/oracle"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// loader brings events into a store by the real insert path and into the
// oracle, under the same offsets.
type loader struct {
	tb       testing.TB
	store    *store.Store
	fold     oracle.Fold
	decoders map[schema.Entity]*schema.Decoder
	batches  map[schema.Entity]*store.Batch
	offsets  map[schema.Entity]int64
	placed   map[string]string // the cluster of each incident, once matched
}

func newLoader(tb testing.TB) *loader {
	l := &loader{
		tb: tb, store: storetest.Open(tb),
		decoders: make(map[schema.Entity]*schema.Decoder),
		batches:  make(map[schema.Entity]*store.Batch),
		offsets:  make(map[schema.Entity]int64),
	}
	for _, e := range schema.Entities {
		l.decoders[e] = schema.NewDecoder(e)
		l.batches[e] = l.store.NewBatch(e)
	}
	return l
}

// add takes one event as JSON.
func (l *loader) add(value []byte) {
	l.tb.Helper()
	entity, id, ok := schema.Peek(value).Entity()
	if !ok {
		l.tb.Fatalf("not an event: %s", value)
	}
	rec := &schema.Record{Topic: oracle.Topic(entity), Offset: l.offsets[entity], Key: []byte(id), Value: value}
	ev, fault := l.decoders[entity].Decode(rec, time.Now())
	if fault != nil {
		l.tb.Fatalf("%v in %s", fault, value)
	}
	l.offsets[entity]++
	l.batches[entity].Add(rec, ev, nil)
	l.fold.Add(ev, rec.Topic, rec.Partition, rec.Offset)
	if l.batches[entity].Rows() == 20_000 {
		l.insert(entity)
	}
}

func (l *loader) insert(e schema.Entity) {
	l.tb.Helper()
	if l.batches[e].Rows() == 0 {
		return
	}
	if err := l.batches[e].Insert(l.tb.Context(), "", time.Now().Add(time.Hour)); err != nil {
		l.tb.Fatal(err)
	}
	l.batches[e].Reset()
}

func (l *loader) flush() {
	l.tb.Helper()
	for _, e := range schema.Entities {
		l.insert(e)
	}
}

// place puts incidents into clusters, in the store and in the oracle.
func (l *loader) place(clusters map[string]string) {
	l.tb.Helper()
	var rows [][]any
	for incident, cluster := range clusters {
		rows = append(rows, []any{incident, cluster})
	}
	if err := l.store.InsertRows(l.tb.Context(), "cluster_members", []string{"incident_id", "cluster_id"}, rows); err != nil {
		l.tb.Fatal(err)
	}
	l.fold.SetClusters(clusters)
}

// cluster matches the incidents that have landed, and tells the oracle.
func (l *loader) cluster() {
	l.tb.Helper()
	keeper := keep.New(l.store, keep.Config{Log: slog.New(slog.DiscardHandler), Now: time.Now})
	if _, err := keeper.Pass(l.tb.Context()); err != nil {
		l.tb.Fatal(err)
	}
	rows, err := l.store.Query(l.tb.Context(), "SELECT incident_id, cluster_id FROM incident_clusters", nil)
	if err != nil {
		l.tb.Fatal(err)
	}
	defer rows.Close()
	clusters := make(map[string]string)
	for rows.Next() {
		var incident, cluster string
		if err := rows.Scan(&incident, &cluster); err != nil {
			l.tb.Fatal(err)
		}
		clusters[incident] = cluster
	}
	l.placed = clusters
	l.fold.SetClusters(clusters)
}

// addLines takes NDJSON.
func (l *loader) addLines(from io.Reader) {
	l.tb.Helper()
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, schema.MaxRecordBytes)
	for lines.Scan() {
		if line := bytes.TrimSpace(lines.Bytes()); len(line) > 0 {
			l.add(line)
		}
	}
	if err := lines.Err(); err != nil {
		l.tb.Fatal(err)
	}
}

func (l *loader) addGzip(path string) {
	l.tb.Helper()
	file, err := os.Open(path)
	if err != nil {
		l.tb.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		l.tb.Fatal(err)
	}
	l.addLines(unzipped)
}
