package ingest

import (
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the pipeline's counters for Prometheus. Once everything is
// drained, consumed = written + dead + duplicate + released.
type Metrics struct {
	consumed, written, duplicate, released *prometheus.CounterVec // by topic
	dead                                   *prometheus.CounterVec // by topic and reason
	lag                                    *prometheus.GaugeVec   // by topic and partition
	stopped                                *prometheus.GaugeVec   // by topic and partition
	retries, fetchErrors                   prometheus.Counter
	insertSeconds, insertRows              prometheus.Histogram
}

// NewMetrics registers the metrics.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "firebreak", Subsystem: "ingest", Name: name, Help: help}, labels)
	}
	one := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "firebreak", Subsystem: "ingest", Name: name, Help: help})
	}
	m := &Metrics{
		consumed:    counter("records_consumed_total", "Records read from Kafka.", "topic"),
		written:     counter("records_written_total", "Records that landed as events.", "topic"),
		dead:        counter("records_dead_total", "Records that landed as dead letters.", "topic", "reason"),
		duplicate:   counter("records_duplicate_total", "Records that Kafka handed out again although they had landed.", "topic"),
		released:    counter("records_released_total", "Records read but left to the partition's next owner.", "topic"),
		retries:     one("insert_retries_total", "Inserts that failed and were tried again."),
		fetchErrors: one("fetch_errors_total", "Errors while reading from Kafka."),
		lag: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: "firebreak", Subsystem: "ingest", Name: "lag_records",
			Help: "Records in Kafka that have not landed yet.",
		}, []string{"topic", "partition"}),
		stopped: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: "firebreak", Subsystem: "ingest", Name: "partition_stopped",
			Help: "1 for a partition that is not read further, because a compressed batch unpacks to more than is allowed.",
		}, []string{"topic", "partition"}),
		insertSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "firebreak", Subsystem: "ingest", Name: "insert_seconds",
			Help: "Time of one successful insert.", Buckets: prometheus.ExponentialBuckets(0.005, 2, 12),
		}),
		insertRows: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "firebreak", Subsystem: "ingest", Name: "insert_rows",
			Help: "Rows of one successful insert.", Buckets: prometheus.ExponentialBuckets(1, 4, 10),
		}),
	}
	reg.MustRegister(m.consumed, m.written, m.dead, m.duplicate, m.released, m.retries, m.fetchErrors, m.lag, m.stopped, m.insertSeconds, m.insertRows)
	return m
}

func (m *Metrics) observeInsert(took time.Duration, rows int) {
	m.insertSeconds.Observe(took.Seconds())
	m.insertRows.Observe(float64(rows))
}

// partitionMeter counts for one partition while this process owns it.
type partitionMeter struct {
	m                                      *Metrics
	tp                                     topicPartition
	consumed, written, duplicate, released prometheus.Counter
	lag                                    prometheus.Gauge

	mu       sync.Mutex
	started  bool
	next     int64 // all below has landed
	frontier int64 // the offset of the next record that is produced, as last seen
}

func (m *Metrics) partition(tp topicPartition) *partitionMeter {
	return &partitionMeter{
		m: m, tp: tp,
		consumed:  m.consumed.WithLabelValues(tp.topic),
		written:   m.written.WithLabelValues(tp.topic),
		duplicate: m.duplicate.WithLabelValues(tp.topic),
		released:  m.released.WithLabelValues(tp.topic),
		lag:       m.lag.WithLabelValues(tp.topic, strconv.Itoa(int(tp.partition))),
	}
}

// fetched counts records that came, of which the first has the given offset.
func (p *partitionMeter) fetched(first int64, records int, highWatermark int64) {
	p.consumed.Add(float64(records))
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.started {
		p.started, p.next = true, first
	}
	p.frontier = highWatermark
	p.showLag()
}

func (p *partitionMeter) landed(s span) {
	dead := 0
	for reason, n := range s.dead {
		p.m.dead.WithLabelValues(p.tp.topic, string(reason)).Add(float64(n))
		dead += n
	}
	p.written.Add(float64(s.rows - dead))
}

// reached says that all below an offset has landed.
func (p *partitionMeter) reached(offset int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = offset
	p.showLag()
}

// showLag is called when either end moves: lag grows while the store is away.
func (p *partitionMeter) showLag() { p.lag.Set(float64(max(0, p.frontier-p.next))) }

// stop tells that the partition is not read further.
func (p *partitionMeter) stop() { p.m.stopped.WithLabelValues(p.labels()...).Set(1) }

// forget drops what is told of a partition that is no longer ours.
func (p *partitionMeter) forget() {
	p.m.lag.DeleteLabelValues(p.labels()...)
	p.m.stopped.DeleteLabelValues(p.labels()...)
}

func (p *partitionMeter) labels() []string {
	return []string{p.tp.topic, strconv.Itoa(int(p.tp.partition))}
}
