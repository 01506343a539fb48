package embedded_test

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
)

func TestClientPingQueryInsert(t *testing.T) {
	for name, compression := range map[string]*clickhouse.Compression{
		"none": nil,
		"lz4":  {Method: clickhouse.CompressionLZ4},
		"zstd": {Method: clickhouse.CompressionZSTD},
		"gzip": {Method: clickhouse.CompressionGZIP, Level: 3},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(newDatabase(t))
			o.Compression = compression
			conn := open(t, o)
			ctx := context.Background()
			if err := conn.Ping(ctx); err != nil {
				t.Fatal(err)
			}
			if err := conn.Exec(ctx, "CREATE TABLE t (n UInt64, s String) ENGINE = MergeTree ORDER BY n"); err != nil {
				t.Fatal(err)
			}
			batch, err := conn.PrepareBatch(ctx, "INSERT INTO t")
			if err != nil {
				t.Fatal(err)
			}
			for i := range uint64(100_000) {
				if err := batch.Append(i, "text"); err != nil {
					t.Fatal(err)
				}
			}
			if err := batch.Send(); err != nil {
				t.Fatal(err)
			}
			var rows, sum, parts uint64
			if err := conn.QueryRow(ctx, "SELECT count(), sum(n) FROM t").Scan(&rows, &sum); err != nil {
				t.Fatal(err)
			}
			if rows != 100_000 || sum != 4999950000 {
				t.Fatalf("%d rows, sum %d", rows, sum)
			}
			const countParts = "SELECT count() FROM system.parts WHERE database = currentDatabase() AND active"
			if err := conn.QueryRow(ctx, countParts).Scan(&parts); err != nil || parts != 1 {
				t.Fatalf("%d parts, error %v: one block must make one part", parts, err)
			}
			var exception *clickhouse.Exception
			if err := conn.Exec(ctx, "SELECT * FROM missing"); !errors.As(err, &exception) || exception.Code != 60 {
				t.Fatalf("error %v", err)
			}
		})
	}
}

func namedUint(name string, value uint64) any {
	return clickhouse.Named(name, strconv.FormatUint(value, 10))
}
