package cookbook_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/aggregate/keep"
	"github.com/vividium/firebreak/aggregate/review"
	"github.com/vividium/firebreak/aggregate/settings"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

// TestTheReaderMayReadWhatItMust asks, with the rights of the reader, everything that the
// commands and the datasource ask as the reader.
func TestTheReaderMayReadWhatItMust(t *testing.T) {
	asUser(t, reader, func(s *store.Store) {
		t.Run("names", func(t *testing.T) { readNames(t, s) })
		t.Run("metrics", func(t *testing.T) { readMetrics(t, s) })
		t.Run("commands", func(t *testing.T) { readCommands(t, s) })
		t.Run("datasource", func(t *testing.T) { readDatasource(t, s) })
	})
}

// readNames reads every column of every stable name, and of the schema.
func readNames(t *testing.T, s *store.Store) {
	for _, name := range append(slices.Clone(storetest.StableNames), "schema_versions", "worker_progress", "members_moments") {
		if code := refusal(t, s, "SELECT * FROM "+name+" LIMIT 1"); code != 0 {
			t.Errorf("%s: code %d", name, code)
		}
	}
	if _, err := store.Pending(t.Context(), access()); err != nil {
		t.Error(err)
	}
}

// readMetrics computes every metric of the last two weeks: folded, as the worker folded it,
// and by cluster, which is looked up elsewhere.
func readMetrics(t *testing.T, s *store.Store) {
	kept, err := aggregate.LastKept(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	for i := range aggregate.Catalogue {
		m := &aggregate.Catalogue[i]
		q := aggregate.Query{From: span.End().AddDate(0, 0, -14), To: span.End(), AsOf: span.End()}
		queries := []aggregate.Query{q, q, q}
		queries[1].Kept = kept
		if slices.Contains(m.Dimensions, aggregate.ClusterID) {
			queries[2].By = []aggregate.Dimension{aggregate.ClusterID}
		}
		for _, q := range queries {
			if _, err := aggregate.Run(t.Context(), s, m, q); err != nil {
				t.Errorf("%s by %v: %v", m.Name, q.By, err)
			}
		}
	}
}

// readCommands asks what clusters, backlog, promotions and settings ask.
func readCommands(t *testing.T, s *store.Store) {
	ctx, end := t.Context(), span.End()
	check := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	read, err := aggregate.AllClusters(ctx, s, end, aggregate.Fold{})
	check("clusters", err)
	_, err = aggregate.Interventions(ctx, s, end, nil, read.Around, read.Template)
	check("interventions", err)
	_, err = aggregate.OpenedBetween(ctx, s, span.Start, end, end)
	check("clusters of a window", err)
	_, err = aggregate.KeptPromotions(ctx, s, end, true)
	check("promotions", err)
	_, err = aggregate.JudgeWeek(ctx, s, aggregate.WeekEnd(end), aggregate.Fold{})
	check("promotions anew", err)
	_, err = review.ReadNow(ctx, s, span.End(), time.Now())
	check("review", err)
	_, err = review.LoadLatest(ctx, s, span.End())
	check("archive of reviews", err)
	_, err = settings.Read(ctx, s)
	check("settings", err)
	_, err = settings.History(ctx, s)
	check("history of settings", err)
	_, err = keep.ClusterAnew(ctx, s)
	check("clusters anew", err)
}

// readDatasource runs the SELECTs of the datasource's tables and annotations, and then looks
// up whatever else stands behind a FROM in the code of those who read.
func readDatasource(t *testing.T, s *store.Store) {
	params := map[string]string{"from": store.TimeParameter(span.Start), "to": store.TimeParameter(span.End()), "as_of": store.TimeParameter(span.End())}
	queries := found(t, "../../dashboards/datasource/tables/*.sql", "../../dashboards/datasource/annotations/*.sql")
	for file, query := range queries {
		if err := s.Each(t.Context(), query, params, func(store.Rows) error { return nil }); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	there := tables(t)
	asUser(t, reader, func(s *store.Store) {
		for file, code := range found(t, "../../dashboards/datasource/*.go", "../../cmd/firebreak/*.go", "../../aggregate/*.go", "../../aggregate/review/*.go", "../../aggregate/settings/*.go") {
			for _, named := range regexp.MustCompile(`\b(?:FROM|JOIN) (\w+)\b`).FindAllStringSubmatch(code, -1) {
				if name := named[1]; there[name] && refusal(t, s, "SELECT * FROM "+name+" LIMIT 0") == store.CodeAccessDenied {
					t.Errorf("%s reads %s", file, name)
				}
			}
		}
	})
}

// found are the files that patterns match, tests apart, with their texts.
func found(t *testing.T, patterns ...string) map[string]string {
	t.Helper()
	texts := make(map[string]string)
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s matches nothing (%v)", pattern, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			texts[file] = string(text)
		}
	}
	return texts
}
