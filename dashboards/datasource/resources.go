package datasource

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/resource/httpadapter"
	"github.com/segmentio/encoding/json"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema/store"
)

// catalogue is what the editors offer.
type catalogue struct {
	Metrics     []metricInfo     `json:"metrics"`
	Tables      []table          `json:"tables"`
	Annotations []annotationKind `json:"annotations"`
	Macros      []macro          `json:"macros"`
	Steps       []string         `json:"steps"`
	Dimensions  []string         `json:"dimensions"`
}

type metricInfo struct {
	Name        string                `json:"name"`
	Title       string                `json:"title"`
	Unit        aggregate.Unit        `json:"unit"`
	Better      aggregate.Direction   `json:"better"`
	Description string                `json:"description"`
	Formula     string                `json:"formula"`
	MinSample   int                   `json:"minSample"`
	Limits      *limitsInfo           `json:"limits,omitempty"`
	Dimensions  []aggregate.Dimension `json:"dimensions"`
	Numbers     []numberInfo          `json:"numbers"`
}

type limitsInfo struct {
	Watch float64 `json:"watch"`
	Bad   float64 `json:"bad"`
}

type numberInfo struct {
	Name    string `json:"name"`
	Meaning string `json:"meaning"`
}

// newCatalogue is all that a query can ask for.
func newCatalogue() catalogue {
	c := catalogue{Tables: tables, Annotations: annotationKinds, Macros: macros, Steps: []string{stepAuto}, Dimensions: dimensionNames()}
	for _, s := range steps {
		c.Steps = append(c.Steps, s.name)
	}
	for i := range aggregate.Catalogue {
		m := &aggregate.Catalogue[i]
		info := metricInfo{m.Name, m.Title, m.Unit, m.Better, m.Description, m.Formula, m.MinSample, nil, m.Dimensions, nil}
		if m.Limits != nil {
			info.Limits = &limitsInfo{m.Limits.Watch, m.Limits.Bad}
		}
		for _, name := range append(append([]string{}, standard...), m.Beside()...) {
			info.Numbers = append(info.Numbers, numberInfo{name, meaning(m, name)})
		}
		c.Metrics = append(c.Metrics, info)
	}
	return c
}

// CatalogueJSON is what the editors offer, for whatever is made from it.
func CatalogueJSON() ([]byte, error) { return json.MarshalIndent(newCatalogue(), "", "  ") }

// routes are what the editors ask.
func (d *Datasource) routes() backend.CallResourceHandler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /catalogue", d.respond(func(*http.Request) (any, error) { return newCatalogue(), nil }))
	mux.HandleFunc("GET /values", d.respond(func(r *http.Request) (any, error) { return d.someValues(r.Context(), r.URL.Query().Get("dimension")) }))
	mux.HandleFunc("GET /schema", d.respond(func(r *http.Request) (any, error) { return d.schema(r.Context()) }))
	mux.HandleFunc("POST /preview", d.respond(d.preview))
	return httpadapter.New(mux)
}

func (d *Datasource) respond(answer func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		status := http.StatusOK
		body, err := answer(r)
		if err != nil {
			code, text := d.explain(r.Context(), err)
			status, body = int(code), json.RawMessage(message(text))
		}
		text, err := json.Marshal(body)
		if err != nil {
			status, text = http.StatusInternalServerError, message("the answer cannot be written")
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write(text)
	}
}

// jsonContent are the headers of an answer in JSON.
var jsonContent = map[string][]string{"Content-Type": {"application/json"}}

// message is the body of an answer that says what is wrong.
func message(text string) []byte {
	return append(json.AppendEscape([]byte(`{"message":`), text, 0), '}')
}

// describedTable is a table or view that SQL may ask, with its columns.
type describedTable struct {
	Name    string            `json:"name"`
	Comment string            `json:"comment"`
	Columns []describedColumn `json:"columns"`
}

type describedColumn struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Comment string `json:"comment"`
}

// schema lists the names that have a stable meaning.
func (d *Datasource) schema(ctx context.Context) ([]describedTable, error) {
	list := []describedTable{}
	err := d.store.Each(ctx, `SELECT t.name, t.comment, c.name, c.type, c.comment
FROM system.tables AS t
INNER JOIN system.columns AS c ON c.database = t.database AND c.table = t.name
WHERE t.database = currentDatabase() AND has({names:Array(String)}, t.name)
ORDER BY indexOf({names:Array(String)}, t.name), c.position`, map[string]string{"names": store.TextsParameter(stableNames)}, func(rows store.Rows) error {
		var name, comment string
		var c describedColumn
		if err := rows.Scan(&name, &comment, &c.Name, &c.Type, &c.Comment); err != nil {
			return err
		}
		if len(list) == 0 || list[len(list)-1].Name != name {
			list = append(list, describedTable{Name: name, Comment: comment})
		}
		last := &list[len(list)-1]
		last.Columns = append(last.Columns, c)
		return nil
	})
	return list, err
}

// stableNames are the tables and views of which a column keeps its meaning.
var stableNames = []string{
	"incidents", "alerts", "executions", "automations", "clusters", "incident_clusters", "backlog", "promotions",
	"metrics_daily", "metrics_weekly", "incident_events", "alert_events", "execution_events", "dead_letters",
}

// previewRequest is a query with its range, of which the SQL is wanted.
type previewRequest struct {
	Query    json.RawMessage `json:"query"`
	From     time.Time       `json:"from"`
	To       time.Time       `json:"to"`
	Interval int64           `json:"intervalMs"`
}

// mostPreview is how large such a request may be, in bytes.
const mostPreview = 1 << 20

// preview shows the SQL that a query runs.
func (d *Datasource) preview(r *http.Request) (any, error) {
	text, err := io.ReadAll(io.LimitReader(r.Body, mostPreview))
	if err != nil {
		return nil, err
	}
	var p previewRequest
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, mistakef("the request cannot be read: %v", err)
	}
	q, err := readQuery(backend.DataQuery{JSON: p.Query, TimeRange: backend.TimeRange{From: p.From, To: p.To}, Interval: time.Duration(p.Interval) * time.Millisecond}, false)
	if err != nil {
		return nil, err
	}
	sql, err := d.previewOf(r.Context(), q)
	return map[string]string{"sql": sql}, err
}

func (d *Datasource) previewOf(ctx context.Context, q *query) (string, error) {
	switch q.Kind {
	case kindMetric:
		m, err := findMetric(q.Metric)
		if err != nil {
			return "", err
		}
		kept, err := d.lastKept(ctx)
		if err != nil {
			return "", err
		}
		w, _, err := q.window(m, d.now(), kept)
		if err != nil {
			return "", err
		}
		if q.Step != "" {
			return q.stepsSQL(m, w, d.now())
		}
		return withParameters(aggregate.Statement(m, w)), nil
	case kindTable:
		t, err := findTable(q.Table)
		if err != nil {
			return "", err
		}
		sql, params, _, err := t.statement(d, q)
		return withParameters(sql, params), err
	case kindSQL:
		return q.expand(q.SQL)
	}
	return "", mistakef("there is no SQL to show of a query of kind %s", q.Kind)
}
