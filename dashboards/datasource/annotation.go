package datasource

import (
	"context"
	"embed"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/data"
)

//go:embed annotations/*.sql
var annotationFiles embed.FS

// annotationKind is one kind of moment; its SELECT is in annotations/NAME.sql.
type annotationKind struct {
	Name  string `json:"name"`
	Title string `json:"title"`
}

var annotationKinds = []annotationKind{
	{"releases", "First run of a version of an automation"},
	{"stages", "First run of a version of an automation in a stage"},
	{"induced", "Incidents caused by automation"},
	{"verdicts", "Promotions and demotions due"},
}

// annotation answers with moments: time, title, text and tags.
func (d *Datasource) annotation(ctx context.Context, q *query) (data.Frames, error) {
	var names []string
	for _, k := range annotationKinds {
		names = append(names, k.Name)
		if k.Name != q.Annotation {
			continue
		}
		sql, err := annotationFiles.ReadFile("annotations/" + k.Name + ".sql")
		if err != nil {
			return nil, err
		}
		params, err := q.moments(d.now())
		if err != nil {
			return nil, err
		}
		frame, err := d.read(ctx, q, string(sql)+"ORDER BY time", params)
		if err != nil {
			return nil, err
		}
		frame.Name = k.Name
		return data.Frames{frame}, nil
	}
	return nil, mistakef("there are no annotations %q; there are %s", q.Annotation, strings.Join(names, ", "))
}
