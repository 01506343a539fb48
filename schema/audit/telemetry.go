package audit

import "github.com/prometheus/client_golang/prometheus"

// Metrics are what a Sealer tells Prometheus.
type Metrics struct {
	records, failures prometheus.Counter
	sealedAt          prometheus.Gauge
	sequence          prometheus.Gauge
}

// NewMetrics registers the metrics.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "firebreak", Subsystem: "audit", Name: name, Help: help})
	}
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "firebreak", Subsystem: "audit", Name: name, Help: help})
	}
	m := &Metrics{
		records:  counter("sealed_records_total", "Records that this process sealed."),
		failures: counter("seal_failures_total", "Seals that failed."),
		sealedAt: gauge("checkpoint_timestamp_seconds", "Time of the latest checkpoint, in seconds since 1970."),
		sequence: gauge("checkpoint_sequence", "Number of the latest checkpoint."),
	}
	reg.MustRegister(m.records, m.failures, m.sealedAt, m.sequence)
	return m
}

func (m *Metrics) note(out Outcome, err error) {
	if err != nil {
		m.failures.Inc()
	}
	m.records.Add(float64(out.Records))
	if out.Head.Sequence > 0 {
		m.sealedAt.Set(float64(out.Time.UnixMilli()) / 1000)
		m.sequence.Set(float64(out.Head.Sequence))
	}
}
