package datasource

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"golang.org/x/sync/semaphore"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema/store"
)

// Datasource answers the queries of one datasource. It is for any number of
// goroutines.
type Datasource struct {
	// broken is what is wrong with the settings; nil when nothing is.
	broken error

	cfg   config
	store *store.Store
	now   func() time.Time
	// slots bounds how many queries are at ClickHouse at once: a dashboard sends all
	// of its own together.
	slots     *semaphore.Weighted
	resources backend.CallResourceHandler

	metrics *memory[metricAnswer]
	values  *memory[[]value]
	columns *memory[map[string]string] // what the columns of a table mean
	folds   *memory[aggregate.Fold]    // what is kept of incidents and executions
}

// atOnce is how many queries of a datasource run at the same time; the others wait.
const atOnce = 8

// New makes one from what Grafana was told; with settings that cannot be used, one that
// answers everything with what is wrong with them. Nothing is sent before the first query.
func New(ctx context.Context, settings backend.DataSourceInstanceSettings) *Datasource {
	cfg, err := readConfig(ctx, settings)
	if err != nil {
		return &Datasource{broken: &mistake{err}}
	}
	s, err := store.Open(cfg.store)
	if err != nil {
		return &Datasource{broken: &mistake{err}}
	}
	d := &Datasource{
		cfg: cfg, store: s, now: time.Now, slots: semaphore.NewWeighted(atOnce),
		metrics: newMemory(mostAnswers, answersFor, func(a metricAnswer) bool { return len(a.rows) <= mostRows }),
		values:  newMemory(mostLists, listsFor, func(list []value) bool { return len(list) <= mostValues }),
		folds:   newMemory(1, sameMoment, func(aggregate.Fold) bool { return true }),
		columns: newMemory(mostLists, columnsFor, func(map[string]string) bool { return true }),
	}
	d.resources = d.routes()
	return d
}

// Dispose lets the connections go when the settings were changed, once the queries that
// run have ended.
func (d *Datasource) Dispose() {
	if d.broken != nil {
		return
	}
	_ = d.slots.Acquire(context.Background(), atOnce) // each ends at its timeout
	_ = d.store.Close()
}

// QueryData answers all queries of a panel, an alert rule or an editor at once; each
// fails by itself.
func (d *Datasource) QueryData(ctx context.Context, req *backend.QueryDataRequest) (*backend.QueryDataResponse, error) {
	answer := backend.NewQueryDataResponse()
	forAlert := req.Headers["FromAlert"] == "true"
	var mutex sync.Mutex
	var group sync.WaitGroup
	for _, q := range req.Queries {
		group.Go(func() {
			frames, err := d.answer(ctx, q, forAlert)
			mutex.Lock()
			defer mutex.Unlock()
			if err != nil {
				answer.Responses[q.RefID] = d.failure(ctx, err)
				return
			}
			answer.Responses[q.RefID] = backend.DataResponse{Status: backend.StatusOK, Frames: frames}
		})
	}
	group.Wait()
	return answer, nil
}

// answer answers one query within the timeout. A fault of ours is an error of this
// query, not the end of the process.
func (d *Datasource) answer(ctx context.Context, asked backend.DataQuery, forAlert bool) (frames data.Frames, err error) {
	defer caught(&err)
	if d.broken != nil {
		return nil, d.broken
	}
	ctx, cancel := context.WithTimeout(ctx, d.cfg.timeout)
	defer cancel()
	q, err := readQuery(asked, forAlert)
	if err != nil {
		return nil, err
	}
	if err := d.slots.Acquire(ctx, 1); err != nil {
		return nil, fmt.Errorf("waiting for other queries of this datasource: %w", err)
	}
	defer d.slots.Release(1)
	kinds := map[string]func(context.Context, *query) (data.Frames, error){
		kindMetric: d.metric, kindTable: d.table, kindSQL: d.sql, kindAnnotation: d.annotation, kindValues: d.listValues,
	}
	frames, err = kinds[q.Kind](ctx, q)
	for _, f := range frames {
		f.RefID = asked.RefID
	}
	return frames, err
}

// caught makes an error of a fault of ours; it must be deferred.
func caught(err *error) {
	if fault := recover(); fault != nil {
		backend.Logger.Error("a query failed for a fault of the plugin", "fault", fault, "stack", string(debug.Stack()))
		*err = backend.PluginErrorf("a fault of the plugin, which its log describes: %v", fault)
	}
}

// CallResource answers what the editors ask.
func (d *Datasource) CallResource(ctx context.Context, req *backend.CallResourceRequest, sender backend.CallResourceResponseSender) error {
	if d.broken != nil {
		_, text := d.explain(ctx, d.broken)
		return sender.Send(&backend.CallResourceResponse{Status: http.StatusBadRequest, Headers: jsonContent, Body: message(text)})
	}
	ctx, cancel := context.WithTimeout(ctx, d.cfg.timeout)
	defer cancel()
	return d.resources.CallResource(ctx, req, sender)
}
