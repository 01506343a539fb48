package review_test

import (
	"context"
	"testing"
	"time"

	"github.com/vividium/firebreak/loadtest/fill"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// yearStart is when the company began that all tests share; yearEnd is when nothing more
// is known of it.
var (
	yearStart = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	yearEnd   = yearStart.AddDate(1, 0, 0)
)

func newCompany(t *testing.T) *store.Store {
	t.Helper()
	s := storetest.Open(t)
	if err := fill.Company(context.Background(), s, yearStart, 365); err != nil {
		t.Fatal(err)
	}
	return s
}
