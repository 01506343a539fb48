package main

import (
	"fmt"
	"io"

	"github.com/segmentio/encoding/json"
	"github.com/spf13/cobra"

	"github.com/vividium/firebreak/aggregate/keep"
	"github.com/vividium/firebreak/schema/store"
)

type anewOptions struct {
	changeOptions

	Apply  bool   `env:"APPLY" help:"have the worker move the incidents; without it, nothing is changed"`
	Limit  int    `env:"LIMIT" envDefault:"20" help:"how many of the incidents that move to show; 0 is all"`
	Format string `env:"FORMAT" envDefault:"table" help:"table or json (one object a line)"`
}

func newClusterAnew(set *settings) *cobra.Command {
	opts := &anewOptions{}
	c := &cobra.Command{
		Use:   "anew",
		Short: "Cluster the whole history on all that is known by now, and tell what moves",
		Long: `Clusters on which people decided stay as they are, and a cluster of which most
stays keeps its id. With --apply the worker does it; the table cluster_changes
keeps that it was done.`,
		Example: `  firebreak cluster anew
  firebreak cluster anew --apply --reason "the first months were matched on little"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := set.validate(); err != nil {
				return err
			}
			if opts.Format != "table" && opts.Format != "json" {
				return usagef("--format %q is none of table, json", opts.Format)
			}
			if opts.Apply {
				return ask(cmd, set, &opts.changeOptions, keep.Change{Kind: keep.Anew}, nil)
			}
			return withReader(set, func(s *store.Store) error {
				r, err := keep.ClusterAnew(cmd.Context(), s)
				if err != nil {
					return err
				}
				return opts.print(cmd.OutOrStdout(), &r)
			})
		},
	}
	bindOptions(c, opts)
	return c
}

func (o *anewOptions) print(to io.Writer, r *keep.Restated) error {
	shown := r.Moved
	if o.Limit > 0 && len(shown) > o.Limit {
		shown = shown[:o.Limit]
	}
	if o.Format == "json" {
		for _, m := range shown {
			line, err := json.Marshal(struct {
				Incident string `json:"incident_id"`
				From     string `json:"from"`
				To       string `json:"to"`
			}{m.Incident, m.From, m.To})
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(to, "%s\n", line); err != nil {
				return err
			}
		}
		return nil
	}
	fmt.Fprintf(to, "%d incidents in %d clusters; anew in %d, %d incidents move\n", r.Incidents, r.ClustersBefore, r.ClustersAfter, len(r.Moved))
	w := newTable(to)
	if len(shown) > 0 {
		fmt.Fprintln(w, "incident\tfrom\tto")
	}
	for _, m := range shown {
		fmt.Fprintf(w, "%s\t%s\t%s\n", m.Incident, m.From, m.To)
	}
	return w.Flush()
}

func newClusterExplain(set *settings) *cobra.Command {
	return &cobra.Command{
		Use:     "explain INCIDENT INCIDENT",
		Short:   "Say in which clusters two incidents are, and why they are, or are not, held to be one trouble",
		Example: `  firebreak cluster explain INC-1042 INC-1377`,
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := set.validate(); err != nil {
				return err
			}
			return withReader(set, func(s *store.Store) error {
				e, err := keep.Explain(cmd.Context(), s, args[0], args[1])
				if err != nil {
					return err
				}
				return printExplanation(cmd.OutOrStdout(), args, &e)
			})
		},
	}
}

func printExplanation(to io.Writer, incidents []string, e *keep.Explained) error {
	if a, b := e.Clusters[0], e.Clusters[1]; a == b {
		fmt.Fprintf(to, "%s and %s are in one cluster, %s\n", incidents[0], incidents[1], a)
	} else {
		fmt.Fprintf(to, "%s is in the cluster %s, %s in another, %s\n", incidents[0], a, incidents[1], b)
	}
	verdict := "one trouble by themselves"
	if e.Bits < e.Enough {
		verdict = "not one trouble by themselves"
	}
	fmt.Fprintf(to, "%.1f bits speak for it, %.0f are enough: %s\n", e.Bits, e.Enough, verdict)
	w := newTable(to)
	for _, r := range e.Reasons {
		fmt.Fprintf(w, "%s\t%+.1f\t%s\n", r.Field, r.Bits, r.Detail)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, d := range e.Differs {
		fmt.Fprintln(to, "differs in", d)
	}
	return nil
}
