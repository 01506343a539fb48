package datasource_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"
	"go.yaml.in/yaml/v3"

	"github.com/vividium/firebreak/dashboards/datasource"
	"github.com/vividium/firebreak/dashboards/grafanatest"
)

// provisionedRules is what Grafana reads of the alert rules.
type provisionedRules struct {
	Groups []struct {
		Name, Interval string
		Rules          []struct {
			UID, Title, Condition string
			Annotations           map[string]string
			Data                  []struct {
				RefID             string                   `yaml:"refId"`
				DatasourceUID     string                   `yaml:"datasourceUid"`
				RelativeTimeRange struct{ From, To int64 } `yaml:"relativeTimeRange"`
				Model             map[string]any
			}
		} `yaml:"rules"`
	}
}

// Every alert rule says what to do where there is no data, leads to a dashboard, and its
// queries give numbers that Grafana can tell apart by their labels.
func TestAlertRules(t *testing.T) {
	text, err := os.ReadFile("../provisioning/alerting/firebreak.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var rules provisionedRules
	if err := yaml.Unmarshal(text, &rules); err != nil {
		t.Fatal(err)
	}
	panels := make(map[string]bool)
	for _, b := range readBoards(t) {
		for _, p := range b.all() {
			panels[fmt.Sprint(b.UID, " ", p.ID)] = true
		}
	}
	count := 0
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			count++
			if r.Annotations["summary"] == "" || r.Annotations["description"] == "" || !panels[r.Annotations["__dashboardUid__"]+" "+r.Annotations["__panelId__"]] {
				t.Errorf("%s: %v", r.Title, r.Annotations)
			}
			for _, d := range r.Data {
				if d.DatasourceUID == "__expr__" {
					if d.RefID != r.Condition {
						t.Errorf("%s: the condition is %s, the expression %s", r.Title, r.Condition, d.RefID)
					}
					continue
				}
				if d.DatasourceUID != "firebreak" {
					t.Errorf("%s asks the datasource %s", r.Title, d.DatasourceUID)
				}
				now := yearEnd
				if d.Model["kind"] == "sql" {
					now = time.Now()
				}
				a := grafanatest.Ask{
					From: now.Add(-time.Duration(d.RelativeTimeRange.From) * time.Second), To: now.Add(-time.Duration(d.RelativeTimeRange.To) * time.Second),
					Queries: map[string]any{d.RefID: d.Model}, ForAlert: true,
				}
				answer := askAll(t, settings(), a)[d.RefID]
				if answer.Error == nil && len(answer.Frames) == 0 && r.Title == "A new trouble keeps coming back" {
					continue // no data: none does
				}
				checkNumbers(t, r.Title, frameOf(t, answer))
			}
		}
	}
	if count != 5 || strings.Count(string(text), "noDataState:") != count || strings.Count(string(text), "execErrState:") != count {
		t.Errorf("%d rules", count)
	}
}

// checkNumbers says what an alert rule could not evaluate.
func checkNumbers(t *testing.T, rule string, f *data.Frame) {
	t.Helper()
	if f.Rows() == 0 {
		t.Errorf("%s: no rows", rule)
	}
	numeric := 0
	labels := make(map[string]bool)
	for _, field := range f.Fields {
		switch {
		case field.Type().Time():
			t.Errorf("%s: a time among the numbers", rule)
		case field.Type().Numeric():
			numeric++
			if labels[field.Labels.String()] {
				t.Errorf("%s: two numbers with the labels %v", rule, field.Labels)
			}
			labels[field.Labels.String()] = true
		case field.Type().NonNullableType() != data.FieldTypeString:
			t.Errorf("%s: a field of type %s", rule, field.Type())
		}
	}
	if numeric == 0 {
		t.Errorf("%s: no number", rule)
	}
}

// The generated catalogue, from which dashboards are made, is up to date.
func TestCatalogueFileIsFresh(t *testing.T) {
	want, err := datasource.CatalogueJSON()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../plugin/catalogue.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytes.TrimSpace(got), want) {
		t.Error("dashboards/plugin/catalogue.json is not what the catalogue says: run `make boards`")
	}
}

// What plugin.json says is there is there, under the names that the backend goes by.
func TestPluginManifest(t *testing.T) {
	text, err := os.ReadFile("../plugin/src/plugin.json")
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		ID, Executable string
		Backend        bool
		Includes       []struct{ Path, Name string }
	}
	if err := yaml.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	if manifest.ID != datasource.PluginID || manifest.Executable != "gpx_firebreak_datasource" || !manifest.Backend {
		t.Errorf("%+v", manifest)
	}
	titles := make(map[string]string)
	for _, b := range readBoards(t) {
		titles["dashboards/"+b.UID+".json"] = b.Title
	}
	for _, i := range manifest.Includes {
		if titles[i.Path] != i.Name {
			t.Errorf("%s is called %q, not %q", i.Path, titles[i.Path], i.Name)
		}
		delete(titles, i.Path)
	}
	if len(titles) > 0 {
		t.Errorf("%v are not in plugin.json", slices.Sorted(maps.Keys(titles)))
	}
}
