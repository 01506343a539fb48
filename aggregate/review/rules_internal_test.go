package review

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vividium/firebreak/aggregate"
)

// TestMarkdownMeansItself: titles and ids are shown, not obeyed.
func TestMarkdownMeansItself(t *testing.T) {
	for text, want := range map[string]string{
		"plain (text), 5 %: it's":        `plain (text), 5 %: it's`,
		"![x](http://evil/p.png)":        `!\[x\](http://evil/p.png)`,
		"<b>a|b</b>\n# head":             `\<b\>a\|b\</b\> # head`,
		"*bold* _it_ `code` \\ ~~gone~~": "\\*bold\\* \\_it\\_ \\`code\\` \\\\ \\~\\~gone\\~\\~",
	} {
		if got := cell(text); got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
	if got := code("run`1\n|x"); got != "`run'1 \\|x`" {
		t.Errorf("%q", got)
	}
}

// TestTone tries the rules.
func TestTone(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Report)
		want   Tone
	}{
		"nothing shows":       {func(*Report) {}, Unclear},
		"harm":                {func(r *Report) { r.Caused = []Line{{}}; r.Prevention.Quarter.Meaning = Prevented }, Bad},
		"prevention":          {func(r *Report) { r.Prevention.Quarter.Meaning = Prevented }, Good},
		"both":                {func(r *Report) { r.Prevention.Quarter.Meaning = Both }, Good},
		"firefighting":        {func(r *Report) { r.Prevention.Quarter.Meaning = Firefighting }, Watch},
		"more fires":          {func(r *Report) { r.Prevention.Quarter.Meaning = MoreFires }, Watch},
		"fewer, but longer":   {func(r *Report) { r.Prevention.Quarter.Meaning = Rarer }, Watch},
		"a trouble has ended": {func(r *Report) { r.Troubles.Ended = []Trouble{{}} }, Good},
		"success is worse": {func(r *Report) {
			r.of("automation_success_rate").SinceQuarter.Verdict = Worse
			r.Troubles.Ended = []Trouble{{}}
		}, Watch},
		"fewer incidents":          {func(r *Report) { r.of("incident_count").SinceQuarter.Verdict = Better }, Good},
		"a trouble that came back": {func(r *Report) { r.Troubles.Ended = []Trouble{{CameBack: true}} }, Unclear},
		"a dry run to withdraw": {func(r *Report) {
			r.Decisions = []Decision{demotion("2026-11-20T00:00:00Z")}
			r.Decisions[0].Promotion.Values["stage"] = dryRun
		}, Unclear},
		"more runs":           {func(r *Report) { r.of("execution_count").SinceQuarter.Verdict = More }, Unclear},
		"must be taken back":  {func(r *Report) { r.Decisions = []Decision{demotion("2026-11-20T00:00:00Z")} }, Watch},
		"ran before the week": {func(r *Report) { r.Decisions = []Decision{demotion("2026-11-01T00:00:00Z")} }, Unclear},
	} {
		r := &Report{}
		r.To, _ = ParseWeek("2026-W47")
		r.From, r.AsOf = r.To.AddDate(0, 0, -7), r.To
		for _, m := range headlines {
			r.Headlines = append(r.Headlines, Headline{Week: Line{Values: map[string]any{"metric": m}}})
		}
		test.change(r)
		if got := r.tone(); got != test.want {
			t.Errorf("%s: %s, not %s", name, got, test.want)
		}
	}
}

// TestSilence: a kind of event of which nothing lands for longer than chance explains is told.
func TestSilence(t *testing.T) {
	end, _ := ParseWeek("2026-W47")
	for name, test := range map[string]struct {
		incidents, alerts float64          // in the quarter before
		since             [3]time.Duration // that each kind last landed before the end; 0 never did
		want              string
	}{
		"all are there":                {900, 7000, [3]time.Duration{time.Hour, time.Hour, time.Hour}, ""},
		"no incident":                  {900, 7000, [3]time.Duration{7 * day, time.Hour, time.Hour}, "Nothing landed about incidents since 2026-11-16 00:00\u00a0UTC, so that what happened until the week ended may be missing. "},
		"incidents are rare":           {30, 7000, [3]time.Duration{7 * day, time.Hour, time.Hour}, ""},
		"incidents and alerts":         {900, 7000, [3]time.Duration{7 * day, 2 * day, time.Hour}, "Nothing landed about incidents since 2026-11-16 00:00\u00a0UTC, about alerts since 2026-11-21 00:00\u00a0UTC, so that"},
		"there have never been alerts": {900, 0, [3]time.Duration{time.Hour, 0, time.Hour}, ""},
		"nothing at all, though rare":  {5, 5, [3]time.Duration{2 * day, 2 * day, 0}, "Nothing landed about incidents since 2026-11-21 00:00\u00a0UTC, about alerts since"},
		"not for a day yet":            {90000, 7000, [3]time.Duration{23 * time.Hour, time.Hour, time.Hour}, ""},
	} {
		r := &Report{From: end.AddDate(0, 0, -7), To: end, AsOf: end}
		quarter := func(metric string, n float64) {
			r.Headlines = append(r.Headlines, Headline{
				Week:    Line{Values: map[string]any{"metric": metric}},
				Quarter: Line{Values: map[string]any{"metric": metric, "n": n, "from": stamp(r.From.AddDate(0, 0, -91)), "to": stamp(r.From)}},
			})
		}
		quarter("incident_count", test.incidents)
		quarter("alert_count", test.alerts)
		quarter("execution_count", 3000)
		for i, entity := range []string{"incident", "alert", "execution"} {
			l := Line{Values: map[string]any{"entity": entity}}
			if test.since[i] > 0 {
				l.Values["last_landed_at"] = stamp(end.Add(-test.since[i]))
			}
			r.Quality.Freshness = append(r.Quality.Freshness, l)
		}
		if got := r.silence().String(); !strings.HasPrefix(got, test.want) || test.want == "" && got != "" {
			t.Errorf("%s: %q, not %q", name, got, test.want)
		}
	}
}

// TestEndOfMany: the more troubles are watched the less likely their silence must be.
func TestEndOfMany(t *testing.T) {
	silent := func(p float64) aggregate.ClusterFacts {
		f := aggregate.ClusterFacts{State: aggregate.Chronic, SilenceP: &p}
		if p < 0.05 {
			f.State = aggregate.Eliminated
		}
		return f
	}
	for name, test := range map[string]struct {
		facts []aggregate.ClusterFacts
		want  bool // of the first
	}{
		"one":                   {[]aggregate.ClusterFacts{silent(0.04)}, true},
		"one that may be":       {[]aggregate.ClusterFacts{silent(0.06)}, false},
		"one of two":            {[]aggregate.ClusterFacts{silent(0.04), silent(0.9)}, false},
		"surely one of two":     {[]aggregate.ClusterFacts{silent(0.02), silent(0.9)}, true},
		"others have no remedy": {[]aggregate.ClusterFacts{silent(0.04), {State: aggregate.Chronic}, {State: aggregate.Quiet}}, true},
		"never seen before":     {[]aggregate.ClusterFacts{{}}, false},
	} {
		if got := endOfMany(test.facts)(&test.facts[0]); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestMoreUrgent: what did harm is decided on first, and a dry run harms nobody.
func TestMoreUrgent(t *testing.T) {
	r := &Report{Caused: []Line{{Values: map[string]any{"automation_id": "promote-replica"}}}}
	for _, row := range [][4]string{
		{"a-good-one", "promote", "canary", "2026-11-22"},
		{"skip-documents", "demote", dryRun, "2026-11-22"},
		{"drain", "demote", "canary", "2026-11-22"},
		{"restart", "demote", "full", "2026-11-20"},
		{"scale", "demote", "full", "2026-11-21"},
		{"promote-replica", "demote", "canary", "2026-11-17"},
	} {
		r.Decisions = append(r.Decisions, Decision{Promotion: Line{Values: map[string]any{
			"automation_id": row[0], "verdict": row[1], "stage": row[2], "last_run_at": row[3] + "T00:00:00.000Z",
		}}})
	}
	slices.SortStableFunc(r.Decisions, r.moreUrgent)
	var order []string
	for i := range r.Decisions {
		order = append(order, r.Decisions[i].Promotion.Text("automation_id"))
	}
	if want := []string{"promote-replica", "scale", "restart", "drain", "skip-documents", "a-good-one"}; !slices.Equal(order, want) {
		t.Errorf("%v, not %v", order, want)
	}
}

func demotion(lastRun string) Decision {
	return Decision{Promotion: Line{Values: map[string]any{"verdict": "demote", "last_run_at": lastRun}}}
}

func TestCulprits(t *testing.T) {
	var caused []Line
	for _, a := range []string{"restart-pool", "restart", "restart-pool", "drain"} {
		caused = append(caused, Line{Values: map[string]any{"automation_id": a}})
	}
	if got := culprits(caused); got != ", by restart-pool, restart and drain" {
		t.Error(got)
	}
}

func TestKnownSince(t *testing.T) {
	at := func(day string) time.Time {
		at, err := time.Parse(time.DateTime, day)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for name, test := range map[string]struct {
		weeks []weekOf
		want  string
	}{
		"nothing":                 {nil, "0001-01-01"},
		"one event":               {[]weekOf{{at("2026-03-03 09:00:00"), 1}}, "2026-03-09"},
		"from a Monday on":        {[]weekOf{{at("2026-03-02 00:00:00"), 5}, {at("2026-03-09 00:00:00"), 5}}, "2026-03-02"},
		"from a Wednesday on":     {[]weekOf{{at("2026-03-04 00:00:00"), 5}, {at("2026-03-09 00:00:00"), 5}}, "2026-03-09"},
		"a stray of another year": {[]weekOf{{at("1970-01-01 00:00:00"), 1}, {at("2026-03-04 00:00:00"), 5000}}, "2026-03-09"},
		"a small beginning":       {[]weekOf{{at("2026-01-07 00:00:00"), 2}, {at("2026-03-04 00:00:00"), 500}}, "2026-01-12"},
	} {
		if got := knownSince(test.weeks).Format(time.DateOnly); got != test.want {
			t.Errorf("%s: %s, not %s", name, got, test.want)
		}
	}
}
