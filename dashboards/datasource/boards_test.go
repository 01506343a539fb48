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
		Overrides []struct {
			Matcher    struct{ ID, Options string }
			Properties []struct {
				ID    string
				Value any
			}
		}
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

func readBoards(t testing.TB) []board {
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

// links are where a panel's columns lead.
func (p *panel) links() []string {
	var urls []string
	for _, o := range p.FieldConfig.Overrides {
		for _, property := range o.Properties {
			if property.ID != "links" {
				continue
			}
			for _, link := range property.Value.([]any) {
				urls = append(urls, link.(map[string]any)["url"].(string))
			}
		}
	}
	return urls
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
		for _, p := range b.all() {
			for _, link := range p.links() {
				for _, v := range b.Templating.List {
					if v.Type == "query" && v.Name != "cluster" && !strings.Contains(link, "var-"+v.Name+"=") && !strings.Contains(link, "${"+v.Name+":queryparam}") {
						wrong("%s: the link %s drops the variable %s", p.Title, link, v.Name)
					}
				}
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
func at(t testing.TB, text string, up bool) time.Time {
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

// variables are the dimensions of the variables that dashboards share.
var variables = map[string]string{"team": "team", "service": "service", "severity": "severity", "automation": "automation_id", "stage": "stage"}

// resolved is a query as Grafana sends it with everything selected and one trouble.
func resolved(t testing.TB, target map[string]any, cluster string) map[string]any {
	t.Helper()
	text, err := json.Marshal(target)
	if err != nil {
		t.Fatal(err)
	}
	for name := range variables {
		text = []byte(strings.ReplaceAll(string(text), `"$`+name+`"`, `"$__all"`))
	}
	text = []byte(strings.ReplaceAll(string(text), "$cluster", cluster))
	out := make(map[string]any)
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	if sql, ok := out["sql"].(string); ok {
		out["sql"] = withLists(t, sql)
	}
	return out
}

// withLists puts all values of a variable into SQL, as Grafana does when everything is
// selected.
func withLists(t testing.TB, sql string) string {
	t.Helper()
	for name, dimension := range variables {
		if !strings.Contains(sql, "$"+name) {
			continue
		}
		var list []string
		values := fieldOf(t, frameOf(t, ask(t, datasource.Query{Kind: "values", Dimension: dimension})), "value")
		for i := range values.Len() {
			list = append(list, "'"+strings.ReplaceAll(values.At(i).(string), "'", `\'`)+"'")
		}
		sql = strings.ReplaceAll(sql, "$"+name, strings.Join(list, ", "))
	}
	return sql
}

// mostFrequent is the trouble that came most often until the year's end.
func mostFrequent(t testing.TB) string {
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
			if frame := frameOf(t, askAll(t, settings(), grafanatest.Ask{From: yearStart, To: yearEnd, Queries: map[string]any{"A": resolved(t, a.Target, cluster)}})["A"]); frame.Rows() == 0 {
				t.Errorf("%s: there is nothing to mark as %s", b.UID, a.Name)
			}
		}
	}
}

// A filter by a variable keeps what it says in every panel, or a notice says that it does
// not apply there.
func TestEveryPanelIsFiltered(t *testing.T) {
	cluster := mostFrequent(t)
	for _, b := range readBoards(t) {
		from, to := at(t, b.Time.From, false), at(t, b.Time.To, true)
		for _, p := range b.all() {
			for _, target := range p.Targets {
				if target["kind"] == "sql" {
					continue
				}
				for _, v := range b.Templating.List {
					dimension := variables[v.Name]
					if dimension == "" {
						continue
					}
					q := resolved(t, target, cluster)
					found := false
					for _, f := range q["filters"].([]any) {
						if f := f.(map[string]any); f["dimension"] == dimension {
							f["values"], found = []string{"no-such"}, true
						}
					}
					if !found {
						t.Errorf("%s: %s is not filtered by %s", b.UID, p.Title, v.Name)
						continue
					}
					frame := frameOf(t, askAll(t, settings(), grafanatest.Ask{From: from, To: to, Queries: map[string]any{"A": q}, Interval: 2 * time.Hour, MostPoints: 800})["A"])
					n := float64(frame.Rows())
					if target["kind"] == "metric" {
						n = cases(frame)
					}
					if n > 0 && !strings.Contains(notices(frame), "do not apply here: "+dimension) {
						t.Errorf("%s: %s has %v rows or cases of a %s that there is not", b.UID, p.Title, n, v.Name)
					}
				}
			}
		}
	}
}

// cases are the numbers of a metric's frame together, of which there are none of nothing.
func cases(f *data.Frame) (sum float64) {
	for _, field := range f.Fields {
		for i := range field.Len() {
			if v, ok := field.ConcreteAt(i); ok && field.Type() == data.FieldTypeNullableFloat64 && field.Name != "before" && field.Name != "high" {
				sum += max(v.(float64), -v.(float64))
			}
		}
	}
	return sum
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
