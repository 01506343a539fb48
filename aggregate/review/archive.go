package review

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/segmentio/encoding/json"

	"github.com/vividium/firebreak/schema/store"
)

// Entry is a week in the archive.
type Entry struct {
	Week    string
	WeekEnd time.Time
	// Issue counts from 1: each that is more says that the week was restated.
	Issue int
	Tone  Tone
	// AsOf is as of when it was last looked at, whether or not it said something else then.
	AsOf time.Time
}

// Archived lists the weeks of which a review is kept, the latest first, each with its
// latest issue.
func Archived(ctx context.Context, s *store.Store) ([]Entry, error) {
	const latest = `SELECT r.week, r.week_end, r.issue, r.tone, greatest(r.as_of, look.as_of)
FROM reviews AS r
LEFT JOIN (SELECT week_end, max(as_of) AS as_of FROM review_looks GROUP BY week_end) AS look ON look.week_end = r.week_end
ORDER BY r.week_end DESC`
	var list []Entry
	err := s.Each(ctx, latest, nil, func(rows store.Rows) error {
		var e Entry
		var issue uint64
		var tone string
		err := rows.Scan(&e.Week, &e.WeekEnd, &issue, &tone, &e.AsOf)
		e.Issue, e.Tone, e.WeekEnd, e.AsOf = int(issue), Tone(tone), e.WeekEnd.UTC(), e.AsOf.UTC()
		list = append(list, e)
		return err
	})
	return list, err
}

// Load reads an issue of a week from the archive; nil when there is none.
func Load(ctx context.Context, s *store.Store, weekEnd time.Time, issue int) (report *Report, err error) {
	const one = "SELECT document FROM review_issues WHERE week_end = {week_end:DateTime64(3, 'UTC')} AND issue = {issue:UInt64} ORDER BY as_of LIMIT 1"
	params := map[string]string{"week_end": store.TimeParameter(weekEnd), "issue": strconv.Itoa(issue)}
	err = s.Each(ctx, one, params, func(rows store.Rows) error {
		var document string
		if err := rows.Scan(&document); err != nil {
			return err
		}
		report = &Report{}
		if err := json.Unmarshal([]byte(document), report); err != nil {
			return fmt.Errorf("the kept review of the week that ended %s is damaged: %w", weekEnd.Format(time.DateOnly), err)
		}
		return nil
	})
	return report, err
}

// LoadLatest reads the latest issue of a week; nil when there is none.
func LoadLatest(ctx context.Context, s *store.Store, weekEnd time.Time) (*Report, error) {
	var issue uint64
	params := map[string]string{"week_end": store.TimeParameter(weekEnd)}
	err := s.Each(ctx, "SELECT max(issue) FROM review_issues WHERE week_end = {week_end:DateTime64(3, 'UTC')}", params, func(rows store.Rows) error { return rows.Scan(&issue) })
	if err != nil {
		return nil, err
	}
	return Load(ctx, s, weekEnd, int(issue))
}

// Columns are those of the table review_issues, and Row is the report as an issue in it.
var Columns = []string{"week", "week_end", "issue", "tone", "verdict", "as_of", "document"}

// Row is the report as an issue of the archive.
func (r *Report) Row(issue int) ([]any, error) {
	document, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return []any{r.Week, r.To, uint64(issue), string(r.Verdict.Tone), r.Verdict.String(), r.AsOf, string(document)}, nil
}

// String is the verdict as text.
func (v *Verdict) String() string {
	return v.Fires.String() + " " + v.Automation.String() + " " + v.Next.String()
}
