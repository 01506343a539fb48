package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/vividium/firebreak/loadtest/oracle"
	"github.com/vividium/firebreak/schema/store"
)

// checkEntities compares every row of the tables of entities with the fold.
func (l *Ledger) checkEntities(ctx context.Context, s *store.Store, f *findings) error {
	tables := map[string]map[string]Row{
		"incidents":   Incidents(l.fold.Incidents(endOfTime)),
		"alerts":      Alerts(l.fold.Alerts(endOfTime)),
		"executions":  Executions(l.fold.Executions(endOfTime)),
		"automations": automations(l.fold.Automations(endOfTime)),
	}
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		differences, err := CompareTable(ctx, s, name, name[:len(name)-1]+"_id", tables[name])
		if err != nil {
			return err
		}
		for _, d := range differences {
			f.add(name, "%s", d)
		}
	}
	return nil
}

func automations(entities map[string]*oracle.Automation) map[string]Row {
	return rowsOf(entities, automationRow)
}

// notFolded are columns that the fold does not know: of the sender it may not
// know the latest, and the cluster is no fold of events.
var notFolded = []string{"source", "cluster_id"}

// CompareTable reads a view of entities and compares each of the columns that
// the wanted rows, by id, have. The rows must be the same ones.
func CompareTable(ctx context.Context, s *store.Store, view, id string, want map[string]Row) ([]string, error) {
	var out bytes.Buffer
	if err := s.Export(ctx, &out, "SELECT * FROM "+view, store.FormatJSON, nil); err != nil {
		return nil, err
	}
	var differences []string
	differ := func(format string, args ...any) { differences = append(differences, fmt.Sprintf(format, args...)) }
	seen := make(map[string]bool)
	for decoder := json.NewDecoder(&out); decoder.More(); {
		var got Row
		if err := decoder.Decode(&got); err != nil {
			return nil, err
		}
		key, _ := got[id].(string)
		w, known := want[key]
		if !known || seen[key] {
			differ("%s is too much", key)
			continue
		}
		seen[key] = true
		for _, column := range slices.Sorted(maps.Keys(got)) {
			value, compared := w[column]
			if !compared && !slices.Contains(notFolded, column) {
				return nil, fmt.Errorf("column %s of %s is compared with nothing", column, view)
			}
			if g, w := inJSON(got[column]), inJSON(value); compared && g != w {
				differ("%s: %s is %s, the fold says %s", key, column, g, w)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if !seen[key] {
			differ("%s is missing", key)
		}
	}
	return differences, nil
}

// inJSON brings values to one form: numbers have one type, maps one order.
func inJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
