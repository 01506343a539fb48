package embedded_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"testing"
)

// BenchmarkInsertNative posts raw Native blocks of 100,000 rows.
func BenchmarkInsertNative(b *testing.B) {
	const rows = 100_000
	for name, connections := range map[string]int{"1 connection": 1, "2 connections": 2} {
		b.Run(name, func(b *testing.B) {
			database := newTable(b, "")
			block := nativeBlock(b, 0, rows)
			b.SetBytes(int64(len(block)))
			b.ResetTimer()
			var workers sync.WaitGroup
			for worker := range connections {
				workers.Go(func() {
					for i := worker; i < b.N; i += connections {
						a := insert(b, database, "INSERT INTO t FORMAT Native", bytes.NewReader(block))
						if a.status != http.StatusOK {
							b.Error(a.body)
						}
					}
				})
			}
			workers.Wait()
			b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkSelectNative streams ten million rows.
func BenchmarkSelectNative(b *testing.B) {
	for b.Loop() {
		response := start(context.Background(), b, "SELECT number, toString(number) FROM numbers(10000000) FORMAT Native")
		n, err := io.Copy(io.Discard, response.Body)
		if err != nil {
			b.Fatal(err)
		}
		response.Body.Close()
		b.SetBytes(n)
	}
	b.ReportMetric(float64(residentMegabytes(b, "VmHWM")), "peak-MB")
}

// BenchmarkSmallQuery is the cost of a request as such.
func BenchmarkSmallQuery(b *testing.B) {
	for name, ask := range map[string]func(){
		"writer": func() { post(b, "SELECT 1", nil) },
		"reader": func() { read(b, "SELECT 1", nil) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				ask()
			}
		})
	}
}
