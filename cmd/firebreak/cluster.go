package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/segmentio/encoding/json"
	"github.com/spf13/cobra"

	"github.com/vividium/firebreak/aggregate/recurrence"
	"github.com/vividium/firebreak/schema"
)

type clusterOptions struct {
	Neighbours int `env:"NEIGHBOURS" help:"add the K most similar earlier incidents, nearest first"`
}

func newCluster(set *settings) *cobra.Command {
	opts := &clusterOptions{}
	c := &cobra.Command{
		Use:   "cluster [FILE]",
		Short: "Group the incidents of an NDJSON file into recurring troubles, without any server",
		Long: `Reads incident.opened events (plain, .gz, or standard input) and prints one JSON
object for each in the order of the file: the incident, the cluster to which it
belongs, called by the incident that founded it, and how similar it is to that
cluster. Incidents are matched in the order in which they opened. The names of
alerts that the file has as well are used; other events are passed over: an
incident is what it was when it opened, whereas a server goes by the latest word
on each of its fields, and may group differently.`,
		Example: `  firebreak cluster incidents.ndjson.gz
  zcat incidents.gz | firebreak cluster --neighbours 5`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error {
			if opts.Neighbours < 0 {
				return usagef("--neighbours must not be negative")
			}
			name := "-"
			if len(files) > 0 {
				name = files[0]
			}
			r := newIncidentReader()
			if err := r.readFile(name); err != nil {
				return err
			}
			if err := printClusters(cmd.OutOrStdout(), r.opened(), opts.Neighbours); err != nil {
				return err
			}
			return r.unreadable()
		},
	}
	bindOptions(c, opts)
	c.AddCommand(newClusterMerge(set), newClusterSplit(set), newClusterPin(set), newClusterAnew(set), newClusterExplain(set))
	return c
}

// incidentReader reads incidents as they opened, and the names of their alerts.
type incidentReader struct {
	incidents []*recurrence.Incident // in the order of the file
	alerts    map[string][]string    // ids of alerts by incident
	names     map[string]string      // of alerts
	decoders  map[schema.Entity]*schema.Decoder
	bad       []string
	badCount  int
}

// mostBadLines is how many unreadable lines are shown.
const mostBadLines = 10

func newIncidentReader() *incidentReader {
	return &incidentReader{
		alerts: make(map[string][]string), names: make(map[string]string),
		decoders: make(map[schema.Entity]*schema.Decoder),
	}
}

func (r *incidentReader) readFile(name string) error {
	in, err := openEvents(name)
	if err != nil {
		return err
	}
	defer in.Close()
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 1<<20), maxLine)
	number := 1
	for ; lines.Scan(); number++ {
		if fault := r.readLine(lines.Bytes()); fault != nil {
			if r.badCount++; r.badCount <= mostBadLines {
				r.bad = append(r.bad, fmt.Sprintf("line %d: %s", number, strings.TrimSpace(fmt.Sprintln(fault.Reason, fault.Field, fault.Message))))
			}
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s, line %d cannot be read (a line may have %d bytes): %w", name, number, maxLine, err)
	}
	return nil
}

func (r *incidentReader) readLine(line []byte) *schema.Fault {
	if len(line) == 0 {
		return nil
	}
	entity, _, known := schema.Peek(line).Entity()
	if !known {
		entity = schema.Incident
	}
	d := r.decoders[entity]
	if d == nil {
		d = schema.NewDecoder(entity)
		r.decoders[entity] = d
	}
	// The event may borrow from the bytes, which the scanner will overwrite.
	event, fault := d.Decode(&schema.Record{Value: slices.Clone(line)}, time.Now())
	if fault != nil {
		return fault
	}
	switch e := event.(type) {
	case *schema.IncidentEvent:
		if e.Type == schema.IncidentOpened {
			r.incidents = append(r.incidents, recurrence.FromOpened(e))
		}
		r.alerts[e.IncidentID] = append(r.alerts[e.IncidentID], e.AlertIDs.Value...)
	case *schema.AlertEvent:
		r.names[e.AlertID] = cmp.Or(e.Name.Value, r.names[e.AlertID])
		if e.IncidentID.Set {
			r.alerts[e.IncidentID.Value] = append(r.alerts[e.IncidentID.Value], e.AlertID)
		}
	}
	return nil
}

// opened gives the incidents in the order of the file, with the rules of their
// alerts.
func (r *incidentReader) opened() []*recurrence.Incident {
	for _, in := range r.incidents {
		var rules []string
		for _, alert := range append(in.Rules, r.alerts[in.ID]...) {
			if name := cmp.Or(r.names[alert], alert); !slices.Contains(rules, name) {
				rules = append(rules, name)
			}
		}
		in.Rules = rules
	}
	return r.incidents
}

// unreadable tells which lines could not be read, if any.
func (r *incidentReader) unreadable() error {
	if r.badCount == 0 {
		return nil
	}
	more := ""
	if n := r.badCount - len(r.bad); n > 0 {
		more = fmt.Sprintf("; and %d more", n)
	}
	return fmt.Errorf("%d lines could not be read and are not in the output; mend them and run again: %s%s", r.badCount, strings.Join(r.bad, "; "), more)
}

// clusterLine is what is printed of an incident.
type clusterLine struct {
	IncidentID string          `json:"incident_id"`
	ClusterID  string          `json:"cluster_id"`
	Similarity float64         `json:"similarity"`
	Neighbours []neighbourLine `json:"neighbours,omitempty"`
}

type neighbourLine struct {
	IncidentID string  `json:"incident_id"`
	Similarity float64 `json:"similarity"`
}

// printClusters groups the incidents and prints a line for each.
func printClusters(to io.Writer, incidents []*recurrence.Incident, neighbours int) error {
	order := make([]int, len(incidents))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return incidents[a].OpenedAt.Compare(incidents[b].OpenedAt) })

	c, near := recurrence.New(), recurrence.NewNeighbours()
	c.Learn(func(yield func(*recurrence.Incident) bool) {
		for _, i := range order {
			if !yield(incidents[i]) {
				return
			}
		}
	})
	lines := make([]clusterLine, len(incidents))
	first := make(map[string]int) // where an incident was before, by its id
	for _, i := range order {
		in := incidents[i]
		if before, again := first[in.ID]; again {
			lines[i] = lines[before]
			continue
		}
		first[in.ID] = i
		a := c.Add(in)
		lines[i] = clusterLine{IncidentID: in.ID, ClusterID: a.Cluster, Similarity: fourDigits(a.Similarity)}
		if neighbours > 0 {
			for _, n := range near.Nearest(in, neighbours) {
				lines[i].Neighbours = append(lines[i].Neighbours, neighbourLine{n.ID, fourDigits(n.Similarity)})
			}
			near.Add(in)
		}
	}
	c.Settle()
	return writeClusterLines(to, c, lines)
}

func writeClusterLines(to io.Writer, c *recurrence.Clusterer, lines []clusterLine) error {
	out := bufio.NewWriter(to)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	var failed error
	for i := range lines {
		lines[i].ClusterID = c.Top(lines[i].ClusterID)
		failed = errors.Join(failed, encoder.Encode(&lines[i]))
	}
	return errors.Join(failed, out.Flush())
}

func fourDigits(x float64) float64 { return math.Round(x*1e4) / 1e4 }
