package datasource_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/vividium/firebreak/dashboards/datasource"
	"github.com/vividium/firebreak/dashboards/grafanatest"
)

// board is what a dashboard's JSON says that matters here.
type board struct {
	UID, Title, Description string
	Panels                  []panel
	Templating              struct {
		List []struct {
			Name, Type string
			Query      any
			Datasource datasourceRef
		}
	}
	Annotations struct {
		List []struct {
			Name       string
			Datasource datasourceRef
			Target     map[string]any
		}
	}
	Time  struct{ From, To string }
	Links []struct{ Title, Type string }

	text string // all of it
}

type datasourceRef struct{ Type, UID string }

type panel struct {
	ID                       int
	Type, Title, Description string
	Datasource               datasourceRef
	GridPos                  struct{ X, Y, W, H int }
	Targets                  []map[string]any
	Panels                   []panel // of a row that is folded
	FieldConfig              struct {
		Defaults struct{ Unit string }
		// Overrides are for columns by their names.
		Overrides []struct{ Matcher struct{ ID, Options string } }
	}
	Transformations []struct {
		ID      string
		Options struct {
			ByField     string
			IndexByName map[string]int
		}
	}
	Options struct {
		ReduceOptions struct{ Fields string }
		XField        string
	}
}

func readBoards(t *testing.T) []board {
	t.Helper()
	files, err := filepath.Glob("../plugin/src/dashboards/*.json")
	if err != nil || len(files) != 5 {
		t.Fatalf("%d dashboards: %v", len(files), err)
	}
	var list []board
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b := board{text: string(text)}
		if err := json.Unmarshal(text, &b); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if b.UID+".json" != filepath.Base(file) {
			t.Errorf("%s has the uid %s", file, b.UID)
		}
		list = append(list, b)
	}
	return list
}

// all are the panels, those in folded rows as well, without the rows.
func (b *board) all() []panel {
	var list []panel
	for _, p := range b.Panels {
		if p.Type != "row" {
			list = append(list, p)
		}
		list = append(list, p.Panels...)
	}
	return list
}

var variableName = regexp.MustCompile(`\$\{?([a-z][A-Za-z]*)(?::[a-z]+)?\}?`)

// Rules that a reader of a dashboard never sees and would miss.
func TestDashboardsAreWellMade(t *testing.T) {
	boards := readBoards(t)
	uids := make(map[string]bool)
	for _, b := range boards {
		uids[b.UID] = true
	}
	for _, b := range boards {
		wrong := func(format string, args ...any) { t.Errorf(b.UID+": "+format, args...) }
		if b.Title == "" || !strings.HasSuffix(b.Description, ".") && !strings.HasSuffix(b.Description, "?") {
			wrong("title %q, description %q", b.Title, b.Description)
		}
		if strings.Contains(b.text, "__inputs") {
			wrong("it asks for inputs, which provisioning cannot give")
		}
		defined := []string{"datasource"}
		for _, v := range b.Templating.List {
			defined = append(defined, v.Name)
			if v.Type == "query" && v.Datasource.UID != "${datasource}" {
				wrong("the variable %s is of the datasource %s", v.Name, v.Datasource.UID)
			}
		}
		for _, used := range variableName.FindAllStringSubmatch(b.text, -1) {
			if !slices.Contains(defined, used[1]) {
				wrong("the variable %s is used and not defined", used[0])
			}
		}
		for _, link := range regexp.MustCompile(`/d/([\w-]+)`).FindAllStringSubmatch(b.text, -1) {
			if !uids[link[1]] {
				wrong("there is no dashboard %s to which it links", link[1])
			}
		}
		for _, a := range b.Annotations.List {
			if a.Datasource.UID != "${datasource}" {
				wrong("the annotations %s are of the datasource %q", a.Name, a.Datasource.UID)
			}
		}
		ids := make(map[int]bool)
		grid := make(map[[2]int]string)
		for _, p := range append(b.all(), rowsOf(&b)...) {
			if p.Title == "" || p.ID == 0 || ids[p.ID] {
				wrong("panel %d is called %q, or its id comes twice", p.ID, p.Title)
			}
			ids[p.ID] = true
			if p.Type == "piechart" || p.Type == "gauge" {
				wrong("%s is a %s", p.Title, p.Type)
			}
			if p.Type == "row" {
				continue
			}
			if p.Description == "" || p.Type != "text" && p.Datasource.UID != "${datasource}" {
				wrong("%s has the description %q and the datasource %q", p.Title, p.Description, p.Datasource.UID)
			}
			if p.Type == "stat" && p.GridPos.H != 4 || p.Type == "timeseries" && p.GridPos.H != 8 || p.GridPos.X+p.GridPos.W > 24 {
				wrong("%s, a %s, has the place %+v", p.Title, p.Type, p.GridPos)
			}
		}
		for _, p := range b.Panels {
			for x := range p.GridPos.W {
				for y := range p.GridPos.H {
					place := [2]int{p.GridPos.X + x, p.GridPos.Y + y}
					if other := grid[place]; other != "" {
						wrong("%s lies over %s", p.Title, other)
					}
					grid[place] = p.Title
				}
			}
		}
	}
}

func rowsOf(b *board) []panel {
	return slices.DeleteFunc(slices.Clone(b.Panels), func(p panel) bool { return p.Type != "row" })
}

// at reads a time like now-90d/d, where now is when the company's year ended.
func at(t *testing.T, text string, up bool) time.Time {
	t.Helper()
	parts := regexp.MustCompile(`^now(?:-(\d+)([dw]))?(?:/([dw]))?$`).FindStringSubmatch(text)
	if parts == nil {
		t.Fatalf("%q is no time of a dashboard", text)
	}
	days := map[string]int{"d": 1, "w": 7}
	moment := yearEnd
	if parts[1] != "" {
		n, _ := strconv.Atoi(parts[1])
		moment = moment.AddDate(0, 0, -n*days[parts[2]])
	}
	if parts[3] != "" {
		moment = moment.Truncate(24 * time.Hour)
		if parts[3] == "w" {
			moment = moment.AddDate(0, 0, -(int(moment.Weekday())+6)%7)
		}
		if up { // as Grafana ends it
			moment = moment.AddDate(0, 0, days[parts[3]]).Add(-time.Millisecond)
		}
	}
	return moment
}

// resolved is a query as Grafana sends it with everything selected and one trouble.
func resolved(t *testing.T, target map[string]any, cluster string) map[string]any {
	t.Helper()
	text, err := json.Marshal(target)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"team", "service", "severity", "automation", "stage"} {
		text = []byte(strings.ReplaceAll(string(text), `"$`+name+`"`, `"$__all"`))
	}
	text = []byte(strings.ReplaceAll(string(text), "$cluster", cluster))
	out := make(map[string]any)
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// mostFrequent is the trouble that came most often until the year's end.
func mostFrequent(t *testing.T) string {
	t.Helper()
	frame := frameOf(t, askAll(t, settings(), over(yearEnd.AddDate(0, 0, -30), yearEnd, datasource.Query{Metric: "incident_count", GroupBy: []string{"cluster_id"}, Limit: 1}))["A"])
	return fieldOf(t, frame, "cluster_id").At(0).(string)
}

// Every panel, variable and annotation of every dashboard is asked as Grafana asks it,
// and comes back with rows of the fields that the panel is set up for.
func TestEveryPanelShowsSomething(t *testing.T) {
	cluster := mostFrequent(t)
	for _, b := range readBoards(t) {
		from, to := at(t, b.Time.From, false), at(t, b.Time.To, true)
		for _, p := range b.all() {
			if p.Type == "text" {
				continue
			}
			t.Run(b.UID+"/"+p.Title, func(t *testing.T) {
				ask := grafanatest.Ask{From: from, To: to, Queries: make(map[string]any), Interval: 2 * time.Hour, MostPoints: 800}
				for _, target := range p.Targets {
					ask.Queries[target["refId"].(string)] = resolved(t, target, cluster)
				}
				if len(ask.Queries) == 0 {
					t.Fatal("it asks nothing")
				}
				var frames []*data.Frame
				for refID, answer := range askAll(t, settings(), ask) {
					if answer.Error != nil {
						t.Errorf("%s: %v", refID, answer.Error)
					}
					frames = append(frames, answer.Frames...)
				}
				checkShown(t, &p, frames)
			})
		}
		for _, v := range b.Templating.List {
			if v.Type != "query" {
				continue
			}
			if frame := frameOf(t, askAll(t, settings(), grafanatest.Ask{From: from, To: to, Queries: map[string]any{"A": v.Query}})["A"]); frame.Rows() == 0 {
				t.Errorf("%s: the variable %s has no values", b.UID, v.Name)
			}
		}
		for _, a := range b.Annotations.List {
			if frame := frameOf(t, askAll(t, settings(), grafanatest.Ask{From: yearStart, To: yearEnd, Queries: map[string]any{"A": a.Target}})["A"]); frame.Rows() == 0 {
				t.Errorf("%s: there is nothing to mark as %s", b.UID, a.Name)
			}
		}
	}
}

// mayBeEmpty are tables in which nothing is a good sign.
var mayBeEmpty = []string{"Dead letters", "Incidents caused by automation"}

// checkShown says what of a panel's set-up does not fit what it got.
func checkShown(t *testing.T, p *panel, frames []*data.Frame) {
	t.Helper()
	shown := make(map[string]*data.Field)
	for _, f := range frames {
		if f.Rows() == 0 && !slices.Contains(mayBeEmpty, p.Title) {
			t.Errorf("%s has no rows", f.Name)
		}
		for _, field := range f.Fields {
			name := field.Name
			if field.Config != nil && field.Config.DisplayNameFromDS != "" {
				name = field.Config.DisplayNameFromDS
			}
			shown[name] = field
			if field.Type().Numeric() && p.FieldConfig.Defaults.Unit == "" && p.Type != "table" && (field.Config == nil || field.Config.Unit == "") && p.Type != "state-timeline" {
				t.Errorf("%s has no unit", name)
			}
		}
	}
	known := slices.Sorted(maps.Keys(shown))
	need := func(name, why string) {
		if shown[name] == nil {
			t.Errorf("%s is for the field %q; there are %q", why, name, known)
		}
	}
	for _, o := range p.FieldConfig.Overrides {
		if o.Matcher.ID == "byName" {
			need(o.Matcher.Options, "an override")
		}
	}
	for _, tr := range p.Transformations {
		if tr.Options.ByField != "" {
			need(tr.Options.ByField, "a join")
		}
		for name := range tr.Options.IndexByName {
			need(name, "the order of columns")
		}
	}
	if p.Options.XField != "" {
		need(p.Options.XField, "the axis")
	}
	if fields := p.Options.ReduceOptions.Fields; fields != "" {
		pattern := regexp.MustCompile(strings.Trim(fields, "/"))
		if !slices.ContainsFunc(known, pattern.MatchString) {
			t.Errorf("no field is called like %s; there are %q", fields, known)
		}
	}
	if t.Failed() {
		t.Log(fmt.Sprint(p.Type, " of ", len(frames), " frames"))
	}
}
