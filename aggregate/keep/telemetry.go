package keep

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics is what a Keeper tells Prometheus.
type Metrics struct {
	passes   *prometheus.CounterVec
	assigned prometheus.Counter
	merged   prometheus.Counter
	changed  prometheus.Counter
	computed prometheus.Counter
	judged   prometheus.Counter
	seconds  prometheus.Histogram

	snapshots, snapshotFailures prometheus.Counter
	snapshotSeconds             prometheus.Histogram

	foldFailures prometheus.Counter
	foldSeconds  prometheus.Histogram

	issued, reviewFailures prometheus.Counter
	reviewSeconds          prometheus.Histogram
	deliveryFailures       prometheus.Counter
}

// NewMetrics registers a Keeper's metrics.
func NewMetrics(to prometheus.Registerer) *Metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "firebreak", Subsystem: "aggregate", Name: name, Help: help})
	}
	m := &Metrics{
		passes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "firebreak", Subsystem: "aggregate", Name: "passes_total", Help: "Passes over what has landed, by result: done or failed.",
		}, []string{"result"}),
		assigned: counter("assigned_incidents_total", "Incidents that were put into a recurrence cluster."),
		merged:   counter("merged_clusters_total", "Clusters that were found to be one with another."),
		changed:  counter("cluster_changes_total", "Decisions of people about clusters that were carried out or refused."),
		computed: counter("computed_clusters_total", "Clusters whose facts were computed."),
		judged:   counter("verdicts_total", "Verdicts on automations that were written, again ones included."),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "firebreak", Subsystem: "aggregate", Name: "pass_seconds", Help: "How long a pass took.",
			Buckets: []float64{0.01, 0.05, 0.25, 1, 5, 25, 125},
		}),
	}
	m.snapshots = counter("snapshots_total", "Metrics of days and weeks that were computed.")
	m.snapshotFailures = counter("snapshot_failures_total", "Passes over snapshots that failed.")
	m.snapshotSeconds = prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: "firebreak", Subsystem: "aggregate", Name: "snapshot_seconds", Help: "How long a pass over snapshots took.",
		Buckets: []float64{0.05, 0.25, 1, 5, 25, 125, 625},
	})
	to.MustRegister(m.snapshots, m.snapshotFailures, m.snapshotSeconds)
	m.foldFailures = counter("fold_failures_total", "Folds of incidents and executions that failed.")
	m.foldSeconds = prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: "firebreak", Subsystem: "aggregate", Name: "fold_seconds", Help: "How long it took to fold incidents and executions, or to see that nothing had landed.",
		Buckets: []float64{0.05, 0.25, 1, 5, 25, 125, 625},
	})
	to.MustRegister(m.foldFailures, m.foldSeconds)
	m.issued = counter("reviews_total", "Weekly reviews that were issued, restated ones included.")
	m.reviewFailures = counter("review_failures_total", "Passes over weekly reviews that failed.")
	m.reviewSeconds = prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: "firebreak", Subsystem: "aggregate", Name: "review_seconds", Help: "How long it took to make a weekly review.",
		Buckets: []float64{0.25, 1, 5, 25, 125, 625},
	})
	m.deliveryFailures = counter("review_delivery_failures_total", "Times that a weekly review could not be sent.")
	to.MustRegister(m.issued, m.reviewFailures, m.reviewSeconds, m.deliveryFailures)
	m.passes.WithLabelValues("done")
	m.passes.WithLabelValues("failed")
	to.MustRegister(m.passes, m.assigned, m.merged, m.changed, m.computed, m.judged, m.seconds)
	return m
}

func (m *Metrics) note(did Pass, err error, seconds float64) {
	result := "done"
	if err != nil {
		result = "failed"
	}
	m.passes.WithLabelValues(result).Inc()
	m.assigned.Add(float64(did.Assigned))
	m.merged.Add(float64(did.Merged))
	m.changed.Add(float64(did.Changed))
	m.computed.Add(float64(did.Computed))
	m.judged.Add(float64(did.Judged))
	m.seconds.Observe(seconds)
}

func (m *Metrics) noteSnapshots(did Snapped, err error, seconds float64) {
	if err != nil {
		m.snapshotFailures.Inc()
	}
	m.snapshots.Add(float64(did.Computed))
	m.snapshotSeconds.Observe(seconds)
}

func (m *Metrics) noteMembers(err error, seconds float64) {
	if err != nil {
		m.foldFailures.Inc()
	}
	m.foldSeconds.Observe(seconds)
}

func (m *Metrics) noteReviews(did Reviewed, err error, seconds float64) {
	if err != nil {
		m.reviewFailures.Inc()
	}
	if did.Issued {
		m.issued.Inc()
	}
	if did.Week != "" {
		m.reviewSeconds.Observe(seconds)
	}
}

func (m *Metrics) noteDelivery(err error) {
	if err != nil {
		m.deliveryFailures.Inc()
	}
}

// health is the outcome of the last pass, for other goroutines.
type health struct {
	mu  sync.Mutex
	err error
}

func (h *health) set(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.err = err
}

// Failure is why the last pass failed; nil when it did not. It may be called
// from any goroutine.
func (k *Keeper) Failure() error { return k.health.get() }

func (h *health) get() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.err
}
