package audit_test

import (
	"testing"
	"time"

	"github.com/vividium/firebreak/loadtest/fill"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/audit"
)

// filled is a company with some two million records of a very large company's year: 60 %
// alerts, 30 % executions.
func filled(b *testing.B) (*company, int64) {
	b.Helper()
	c := emptyCompany(b)
	year := fill.Year{Seed: 1, End: began, Incidents: 40_000, Alerts: 15, Executions: 8}
	counts, err := fill.Into(b.Context(), c.store, year.Events())
	must(b, err)
	var total int64
	for _, n := range counts {
		total += n
	}
	return c, total
}

// BenchmarkSeal seals them all from nothing.
func BenchmarkSeal(b *testing.B) {
	c, total := filled(b)
	for b.Loop() {
		c.dir = b.TempDir()
		if out := c.seal(b); out.Records != total {
			b.Fatalf("sealed %d of %d", out.Records, total)
		}
	}
	b.ReportMetric(float64(total)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkVerify verifies them all, with and without their columns.
func BenchmarkVerify(b *testing.B) {
	b.Run("bytes and columns", func(b *testing.B) { benchmarkVerify(b, false) })
	b.Run("bytes only", func(b *testing.B) { benchmarkVerify(b, true) })
}

func benchmarkVerify(b *testing.B, bytesOnly bool) {
	c, total := filled(b)
	c.seal(b)
	var bytes int64
	for b.Loop() {
		report, err := audit.Verify(b.Context(), c.reader, audit.VerifyConfig{Dir: c.dir, Public: c.public(), BytesOnly: bytesOnly, Now: time.Now})
		must(b, err)
		must(b, report.Err())
		bytes = report.Bytes
		if report.Records != total {
			b.Fatalf("verified %d of %d", report.Records, total)
		}
	}
	b.ReportMetric(float64(total)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(bytes)*float64(b.N)/b.Elapsed().Seconds()/1e6, "MB/s")
}

// BenchmarkRead reads them all and does nothing with them: what reading from ClickHouse
// takes of the time.
func BenchmarkRead(b *testing.B) {
	c, total := filled(b)
	for b.Loop() {
		for _, e := range schema.Entities {
			must(b, c.reader.EachRecord(b.Context(), e, "", nil, func([]schema.Record) error { return nil }))
		}
	}
	b.ReportMetric(float64(total)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkDigest hashes an execution's event of the usual size.
func BenchmarkDigest(b *testing.B) {
	rec := &schema.Record{Topic: topic(schema.Execution), Key: []byte("run-100000"), Timestamp: schema.MillisOf(time.Now()), Value: make([]byte, 320)}
	var buffer []byte
	for b.Loop() {
		_, buffer = audit.DigestOf(rec, buffer)
	}
	b.SetBytes(int64(len(buffer)))
}
