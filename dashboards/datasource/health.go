package datasource

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/segmentio/encoding/json"

	"github.com/vividium/firebreak/schema/store"
)

// staleAfter is how long nothing may land before it is said.
const staleAfter = time.Hour

// CheckHealth says what is wrong: the address, the network, TLS, the login, rights, the
// schema, or old data.
func (d *Datasource) CheckHealth(ctx context.Context, _ *backend.CheckHealthRequest) (*backend.CheckHealthResult, error) {
	text, err := "", d.broken
	if err == nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.cfg.timeout)
		defer cancel()
		text, err = d.checkUp(ctx)
	}
	if err != nil {
		_, text := d.explain(ctx, err)
		return &backend.CheckHealthResult{Status: backend.HealthStatusError, Message: text, JSONDetails: details(err)}, nil
	}
	return &backend.CheckHealthResult{Status: backend.HealthStatusOk, Message: text}, nil
}

// details keep what was said literally, for support.
func details(err error) []byte {
	text, _ := json.Marshal(map[string]string{"verboseMessage": err.Error()})
	return text
}

func (d *Datasource) checkUp(ctx context.Context) (string, error) {
	if err := d.store.Ping(ctx); err != nil {
		return "", err
	}
	pending, err := store.Pending(ctx, d.cfg.store)
	if err != nil {
		return "", err
	}
	known, err := store.Migrations()
	if err != nil {
		return "", err
	}
	switch {
	case len(pending) == len(known):
		return "", mistakef("ClickHouse answers, but there is no Firebreak in the database %q: check the name, or run `firebreak migrate`", d.database())
	case len(pending) > 0:
		return "", mistakef("the schema of the database %q is version %d, this plugin needs %d: run `firebreak migrate`", d.database(), len(known)-len(pending), len(known))
	}
	return d.freshness(ctx, len(known))
}

// freshness says when something last landed, and whether the worker keeps up.
func (d *Datasource) freshness(ctx context.Context, version int) (string, error) {
	var landed, looked, folded time.Time
	err := d.store.Each(ctx, `SELECT greatest((SELECT max(landed_at) FROM incident_records), (SELECT max(landed_at) FROM alert_records), (SELECT max(landed_at) FROM execution_records)),
    (SELECT max(landed_at) FROM worker_progress WHERE worker = 'snapshots'),
    (SELECT max(until) FROM members_moments WHERE is_whole)`, nil, func(rows store.Rows) error { return rows.Scan(&landed, &looked, &folded) })
	if err != nil {
		return "", err
	}
	parts := []string{fmt.Sprintf("ClickHouse answers; Firebreak's schema is version %d", version)}
	now := d.now()
	switch {
	case landed.Unix() <= 0:
		parts = append(parts, "no event has landed yet: is `firebreak ingest` running?")
	case now.Sub(landed) > staleAfter:
		parts = append(parts, fmt.Sprintf("the newest record landed %s ago: is `firebreak ingest` running?", duration(now.Sub(landed).Seconds())))
	default:
		parts = append(parts, fmt.Sprintf("the newest record landed %s ago", duration(now.Sub(landed).Seconds())))
	}
	switch {
	case looked.Unix() <= 0:
		parts = append(parts, "nothing has been kept of metrics yet: is `firebreak aggregate` running?")
	case landed.Sub(looked) > staleAfter:
		parts = append(parts, fmt.Sprintf("what is kept of metrics is %s behind: is `firebreak aggregate` running?", duration(landed.Sub(looked).Seconds())))
	case now.Sub(folded) > staleAfter:
		parts = append(parts, "what has landed has not been folded for an hour, so that everything is while you wait: is `firebreak aggregate` running?")
	}
	return strings.Join(parts, "; "), nil
}
