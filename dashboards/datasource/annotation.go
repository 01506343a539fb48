package datasource

import (
	"context"
	"embed"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/vividium/firebreak/aggregate"
)

//go:embed annotations/*.sql
var annotationFiles embed.FS

// annotationKind is one kind of moment; its SELECT is in annotations/NAME.sql.
type annotationKind struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	// Filters are the dimensions by which its moments can be kept.
	Filters []string `json:"filters"`
}

var annotationKinds = []annotationKind{
	{"releases", "First run of a version of an automation", []string{"automation_id", "automation_version"}},
	{"stages", "First run of a version of an automation in a stage", []string{"automation_id", "automation_version", "stage"}},
	{"induced", "Incidents caused by automation", []string{"service", "team", "environment", "severity"}},
	{"verdicts", "Promotions and demotions due", []string{"automation_id", "automation_version", "stage", "verdict"}},
}

// annotation answers with moments: time, title, text and tags.
func (d *Datasource) annotation(ctx context.Context, q *query) (data.Frames, error) {
	k, err := findAnnotation(q.Annotation)
	if err != nil {
		return nil, err
	}
	inner, err := annotationFiles.ReadFile("annotations/" + k.Name + ".sql")
	if err != nil {
		return nil, err
	}
	sql, params, ignored, err := q.filtered(string(inner), k.Name, k.Filters, oneColumn, d.now())
	if err != nil {
		return nil, err
	}
	frame, err := d.read(ctx, q, "SELECT time, title, text, tags\nFROM\n(\n"+sql+"\n)\nORDER BY time", params)
	if err != nil {
		return nil, err
	}
	frame.Name = k.Name
	noticeIgnored(frame, ignored)
	return data.Frames{frame}, nil
}

// oneColumn is for rows of which every column has one value.
func oneColumn(aggregate.Dimension) string { return "" }

func findAnnotation(name string) (*annotationKind, error) {
	var names []string
	for i := range annotationKinds {
		if annotationKinds[i].Name == name {
			return &annotationKinds[i], nil
		}
		names = append(names, annotationKinds[i].Name)
	}
	return nil, mistakef("there are no annotations %q; there are %s", name, strings.Join(names, ", "))
}
