package review_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vividium/firebreak/aggregate/review"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

// filed puts issues of weeks into the archive.
func filed(t *testing.T, s *store.Store, issues map[string][]review.Tone) {
	t.Helper()
	for week, tones := range issues {
		end, err := review.ParseWeek(week)
		if err != nil {
			t.Fatal(err)
		}
		for i, tone := range tones {
			r := &review.Report{Week: week, From: end.AddDate(0, 0, -7), To: end, AsOf: end.Add(time.Duration(i+1) * time.Hour), QuarterFrom: end.AddDate(0, 0, -7)}
			r.Verdict = review.Verdict{Tone: tone, Fires: review.Sentence{{Text: "Issue " + string(tone) + "."}}}
			row, err := r.Row(i + 1)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.InsertRows(t.Context(), "review_issues", review.Columns, [][]any{row}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestPages(t *testing.T) {
	s := storetest.Open(t)
	mux := http.NewServeMux()
	(&review.Pages{Store: s, Explain: func(err error) error { return errors.New("explained: " + err.Error()) }}).Register(mux)
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		return w
	}
	if w := get("/"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "There is no weekly review yet.") {
		t.Errorf("of an empty archive: %d %s", w.Code, w.Body)
	}
	filed(t, s, map[string][]review.Tone{"2025-W50": {review.Good}, "2025-W51": {review.Good, review.Bad}})
	for _, test := range []struct {
		path, kind string
		code       int
		has        []string
		hasNot     string
	}{
		{"/", "text/html", 200, []string{"Week 2025-W51", "Issue bad.", `href="/reviews/2025-W50"`, `aria-current="page">2025-W51`, "Restated</h2>", "This is issue 2 of 2.", "<td data-label=\"Was\" class=\"was\">good</td>", `href="/reviews/2025-W51?issue=1"`}, "<p>Issue good.</p>"},
		{"/reviews/2025-W51?issue=1", "text/html", 200, []string{"Issue good.", "Restated since: this is an earlier issue"}, "Restated</h2>"},
		{"/reviews/2025-W51.md", "text/markdown", 200, []string{"issue 2 of 2: the week has been restated (below", "- Verdict: was “good”, is “bad”"}, "since."},
		{"/reviews/2025-W51.md?issue=1", "text/markdown", 200, []string{"issue 1 of 2: the week has been restated since."}, "## Restated"},
		{"/reviews/2025-W50", "text/html", 200, []string{"Week 2025-W50", `aria-current="page">2025-W50`}, "Restated</h2>"},
		{"/reviews/2025-W50.md", "text/markdown", 200, []string{"# Automation performance review, week 2025-W50"}, "<html"},
		{"/reviews/2025-W51.json", "application/json", 200, []string{`"week":"2025-W51"`, `"tone":"bad"`, `"issue":2,"issues":2`}, ""},
		{"/reviews/2025-W51.pdf", "text/plain", 404, []string{".md or .json"}, ""},
		{"/reviews/2025-W49", "text/plain", 404, []string{`no review of "2025-W49" is kept`}, ""},
		{"/reviews/2025-W51?issue=3", "text/plain", 404, []string{"no such issue"}, ""},
		{"/reviews/2025-W51?issue=0", "text/plain", 404, []string{"no such issue"}, ""},
		{"/reviews/2025-W51?issue=x", "text/plain", 404, []string{"no such issue"}, ""},
		{"/other", "text/plain", 404, nil, ""},
	} {
		w := get(test.path)
		if w.Code != test.code || !strings.HasPrefix(w.Header().Get("Content-Type"), test.kind) {
			t.Errorf("%s: %d %s", test.path, w.Code, w.Header().Get("Content-Type"))
		}
		for _, text := range test.has {
			if !strings.Contains(w.Body.String(), text) {
				t.Errorf("%s does not say %s", test.path, text)
			}
		}
		if test.hasNot != "" && strings.Contains(w.Body.String(), test.hasNot) {
			t.Errorf("%s says %s", test.path, test.hasNot)
		}
		if test.kind == "text/html" && !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s may load anything", test.path)
		}
	}
	if err := s.Exec(t.Context(), "DROP TABLE review_issues", nil); err != nil {
		t.Fatal(err)
	}
	if w := get("/"); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "explained: ") {
		t.Errorf("without the archive: %d %s", w.Code, w.Body)
	}
}
