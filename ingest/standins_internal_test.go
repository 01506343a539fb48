package ingest

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/vividium/firebreak/schema"
)

// discardRegistry takes metrics that nobody gathers.
type discardRegistry struct{}

func (discardRegistry) Register(prometheus.Collector) error  { return nil }
func (discardRegistry) MustRegister(...prometheus.Collector) {}
func (discardRegistry) Unregister(prometheus.Collector) bool { return true }

func gaugeValue(t *testing.T, g prometheus.Gauge) float64 {
	t.Helper()
	var m dto.Metric
	if err := g.Write(&m); err != nil {
		t.Fatal(err)
	}
	return m.GetGauge().GetValue()
}

// emptyBatch holds nothing and wants nothing.
type emptyBatch struct{}

func (emptyBatch) Add(*schema.Record, schema.Event, *schema.Fault) {}
func (emptyBatch) Rows() int                                       { return 0 }
func (emptyBatch) Size() int                                       { return 0 }
func (emptyBatch) Reset()                                          {}
func (emptyBatch) Insert(context.Context, string, time.Time) error { return nil }
