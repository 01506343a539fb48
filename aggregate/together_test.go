package aggregate_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

// TestTogether: arrays of columns of which one is kept as sparse agree, as those of
// several groupArrays do not.
func TestTogether(t *testing.T) {
	s := storetest.Open(t)
	for _, sql := range []string{
		"CREATE TABLE rare (n UInt32, is_rare Bool) ENGINE = MergeTree ORDER BY n SETTINGS ratio_of_defaults_for_sparse_serialization = 0.5",
		"INSERT INTO rare SELECT number, number % 97 = 5 FROM numbers(1000)",
	} {
		if err := s.Exec(t.Context(), sql, nil); err != nil {
			t.Fatal(err)
		}
	}
	var numbers []uint32
	var rare []bool
	sql := "SELECT " + strings.Join(aggregate.Together("n", "is_rare"), ", ") + " FROM rare"
	if err := s.Each(t.Context(), sql, nil, func(rows store.Rows) error { return rows.Scan(&numbers, &rare) }); err != nil {
		t.Fatal(err)
	}
	if len(numbers) != 1000 || len(rare) != 1000 || !slices.Contains(rare, true) {
		t.Fatalf("%d numbers, %d of them with a mark", len(numbers), len(rare))
	}
	for i, n := range numbers {
		if rare[i] != (n%97 == 5) {
			t.Errorf("%d stands beside %t", n, rare[i])
		}
	}
}
