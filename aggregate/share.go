package aggregate

import (
	"slices"

	"github.com/vividium/firebreak/aggregate/stats"
)

// share is a proportion of the members of which it is known.
type share struct {
	yes, known, all, leftOut uint64
	verdictYes, verdicts     uint64 // by explicit verdicts only
}

func byVerdict(m *Metric) bool { return slices.Contains(m.Companions, "by_verdict") }

func (s *share) columns(m *Metric) []string {
	columns := []string{"countIf(NOT left_out AND outcome)", "countIf(NOT left_out AND outcome IS NOT NULL)", "countIf(NOT left_out)", "countIf(left_out)"}
	if byVerdict(m) {
		columns = append(columns, "countIf(NOT left_out AND by_verdict)", "countIf(NOT left_out AND by_verdict IS NOT NULL)")
	}
	return columns
}

func (s *share) targets(m *Metric) []any {
	targets := []any{&s.yes, &s.known, &s.all, &s.leftOut}
	if byVerdict(m) {
		targets = append(targets, &s.verdictYes, &s.verdicts)
	}
	return targets
}

func (s *share) rows(base Row) []Row { return single(base, s.fill) }

func (s *share) fill(r *Row) {
	r.N = int64(s.known)
	r.count("numerator", int64(s.yes))
	r.count("denominator", r.N)
	r.count("unknown", int64(s.all)-r.N)
	r.count("left_out", int64(s.leftOut))
	if r.N > 0 {
		r.estimate(float64(s.yes)/float64(s.known), stats.Wilson(int64(s.yes), r.N, confidence))
	}
	if byVerdict(r.Metric) {
		s.bounds(r)
	}
}

// bounds says what the share would be if everything unknown went one way, or
// if only people's verdicts counted.
func (s *share) bounds(r *Row) {
	yes, all, unknown := int64(s.yes), int64(s.all), int64(s.all-s.known)
	enough := all >= int64(r.Metric.MinSample)
	var low, high float64
	if enough {
		low = stats.Wilson(yes, all, confidence).Low
		high = stats.Wilson(yes+unknown, all, confidence).High
	}
	r.companion("bound_low", low, enough)
	r.companion("bound_high", high, enough)

	verdicts := int64(s.verdicts)
	enough = verdicts >= int64(r.Metric.MinSample)
	var part float64
	var interval stats.Interval
	if enough {
		part = float64(s.verdictYes) / float64(verdicts)
		interval = stats.Wilson(int64(s.verdictYes), verdicts, confidence)
	}
	r.companion("by_verdict", part, enough)
	r.companion("by_verdict_low", interval.Low, enough)
	r.companion("by_verdict_high", interval.High, enough)
	r.companion("by_verdict_n", float64(verdicts), true)
}
