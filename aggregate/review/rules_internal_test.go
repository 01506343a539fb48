package review

import (
	"testing"
	"time"
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
