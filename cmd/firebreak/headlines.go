package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema/store"
)

// headlineMetrics are what a first look shows.
var headlineMetrics = []string{
	"incident_count", "time_to_acknowledge", "time_to_resolve", "responder_hours",
	"alert_count", "alert_noise_rate", "execution_count", "automation_coverage",
	"automation_success_rate", "escalation_rate", "false_positive_rate", "induced_incident_rate",
}

// automationMetrics are what is shown of each automation.
var automationMetrics = []string{
	"execution_count", "automation_success_rate", "false_positive_rate", "induced_incident_rate",
}

// headlineDays is the length of the two windows that are compared.
const headlineDays = 90

// headlines shows the last 90 days beside the 90 before, then each automation.
func (s *stack) headlines(ctx context.Context, to io.Writer, end time.Time) error {
	reader, err := store.Open(s.set.reader())
	if err != nil {
		return err
	}
	defer reader.Close()
	middle := end.AddDate(0, 0, -headlineDays)
	now := aggregate.Query{From: middle, To: end, AsOf: end}
	before := aggregate.Query{From: middle.AddDate(0, 0, -headlineDays), To: middle, AsOf: middle}
	if err := compareWindows(ctx, to, reader, before, now); err != nil {
		return err
	}
	fmt.Fprintln(to)
	return listAutomations(ctx, to, reader, now)
}

func compareWindows(ctx context.Context, to io.Writer, s *store.Store, before, now aggregate.Query) error {
	out := newTable(to)
	fmt.Fprintf(out, "%d days to %s\tlast\t95 %% interval\tn\tbefore\t95 %% interval\tn\tbetter\n", headlineDays, day(now.To))
	for _, name := range headlineMetrics {
		m, err := aggregate.Find(name)
		if err != nil {
			return err
		}
		fmt.Fprint(out, m.Title)
		for _, q := range []aggregate.Query{now, before} {
			rows, err := aggregate.Run(ctx, s, m, q)
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "\t%s\t%s\t%d", estimateText(&rows[0]), intervalText(&rows[0]), rows[0].N)
		}
		fmt.Fprintf(out, "\t%s\n", m.Better)
	}
	return out.Flush()
}

func listAutomations(ctx context.Context, to io.Writer, s *store.Store, q aggregate.Query) error {
	q.By = []aggregate.Dimension{"automation_id"}
	cells := make(map[string][]string)
	var order []string
	out := newTable(to)
	fmt.Fprintf(out, "automation, last %d days", headlineDays)
	for column, name := range automationMetrics {
		m, err := aggregate.Find(name)
		if err != nil {
			return err
		}
		rows, err := aggregate.Run(ctx, s, m, q)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "\t%s", m.Title)
		for i := range rows {
			id := rows[i].Dims[0]
			if cells[id] == nil {
				cells[id] = make([]string, len(automationMetrics))
				order = append(order, id)
			}
			cells[id][column] = estimateText(&rows[i]) + " " + intervalText(&rows[i])
		}
	}
	fmt.Fprintln(out)
	for _, id := range order {
		fmt.Fprint(out, id)
		for _, cell := range cells[id] {
			fmt.Fprintf(out, "\t%s", cell)
		}
		fmt.Fprintln(out)
	}
	return out.Flush()
}

// estimateText is an estimate as people write it; one that there is none of is
// the reason why.
func estimateText(r *aggregate.Row) string {
	if r.Estimate == nil {
		return "(" + string(r.Status) + ")"
	}
	return quantity(r.Metric.Unit, *r.Estimate)
}

func intervalText(r *aggregate.Row) string {
	if r.Low == nil && r.High == nil {
		return ""
	}
	end := func(v *float64) string {
		if v == nil {
			return "?"
		}
		return quantity(r.Metric.Unit, *v)
	}
	return "[" + end(r.Low) + ", " + end(r.High) + "]"
}

// quantity writes a number in its unit, to about three digits.
func quantity(unit aggregate.Unit, v float64) string {
	switch unit {
	case aggregate.Seconds:
		return time.Duration(math.Round(v) * float64(time.Second)).String()
	case aggregate.Proportion:
		return strconv.FormatFloat(v*100, 'f', 1, 64) + " %"
	case aggregate.Hours:
		return strconv.FormatFloat(v, 'f', 0, 64) + " h"
	case aggregate.Count:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'f', 1, 64)
}
