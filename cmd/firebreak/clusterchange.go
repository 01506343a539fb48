package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os/user"

	"github.com/spf13/cobra"

	"github.com/vividium/firebreak/aggregate/keep"
	"github.com/vividium/firebreak/schema/store"
)

// changeOptions are what every change of a cluster by a person has.
type changeOptions struct {
	Reason string `env:"REASON" help:"why, for those who look at the audit trail later"`
	Actor  string `env:"ACTOR" help:"who decides it; default the user who runs this"`
}

type splitOptions struct {
	changeOptions

	Incidents []string `env:"INCIDENTS" help:"the incidents that leave the cluster"`
}

func newClusterMerge(set *settings) *cobra.Command {
	opts := &changeOptions{}
	c := &cobra.Command{
		Use:     "merge CLUSTER CLUSTER",
		Short:   "Say that two clusters are one trouble",
		Long:    "The cluster that was first seen keeps its id. " + whoCarriesItOut,
		Example: `  firebreak cluster merge INC-1042 INC-1377 --reason "both are the full log volume"`,
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return ask(cmd, set, opts, keep.Change{Kind: keep.Merge, Cluster: args[0], Into: args[1]}, args)
		},
	}
	bindOptions(c, opts)
	return c
}

func newClusterSplit(set *settings) *cobra.Command {
	opts := &splitOptions{}
	c := &cobra.Command{
		Use:     "split CLUSTER --incidents ID,…",
		Short:   "Say that some incidents of a cluster are another trouble",
		Long:    "They become a cluster of their own, and evidence never makes the two one again. " + whoCarriesItOut,
		Example: `  firebreak cluster split INC-1042 --incidents INC-1377,INC-1402 --reason "another disk"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(opts.Incidents) == 0 {
				return usagef("--incidents is missing: name the incidents that leave")
			}
			return ask(cmd, set, &opts.changeOptions, keep.Change{Kind: keep.Split, Cluster: args[0], Incidents: opts.Incidents}, args)
		},
	}
	bindOptions(c, opts)
	return c
}

func newClusterPin(set *settings) *cobra.Command {
	opts := &changeOptions{}
	c := &cobra.Command{
		Use:     "pin INCIDENT CLUSTER",
		Short:   "Say to which cluster an incident belongs",
		Long:    "It stays there whatever is found out about it. " + whoCarriesItOut,
		Example: `  firebreak cluster pin INC-1377 INC-1042`,
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return ask(cmd, set, opts, keep.Change{Kind: keep.Pin, Cluster: args[1], Incidents: args[:1]}, args[1:])
		},
	}
	bindOptions(c, opts)
	return c
}

const whoCarriesItOut = "`firebreak aggregate` (or `firebreak up`) carries it out within seconds; the table cluster_changes keeps it."

// ask writes down what a person decided about clusters that exist.
func ask(cmd *cobra.Command, set *settings, opts *changeOptions, change keep.Change, clusters []string) error {
	if err := set.validate(); err != nil {
		return err
	}
	change.ID, change.Reason, change.Actor = keep.NewChangeID(), opts.Reason, cmp.Or(opts.Actor, whoami())
	if change.Actor == keep.ByEvidence {
		return usagef("--actor %q is not a person", change.Actor)
	}
	s, err := store.Open(set.writer())
	if err != nil {
		return usagef("%w", err)
	}
	defer s.Close()
	if err := exist(cmd.Context(), s, clusters, change.Incidents); err != nil {
		return explain(set, err)
	}
	if err := keep.Ask(cmd.Context(), s, change); err != nil {
		return explain(set, err)
	}
	return tell(cmd.OutOrStdout(), change)
}

func whoami() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "unknown"
}

// exist fails when a cluster or an incident is not known.
func exist(ctx context.Context, s *store.Store, clusters, incidents []string) error {
	for _, what := range []struct {
		name, sql string
		ids       []string
	}{
		{"cluster", "SELECT count() FROM incident_clusters WHERE cluster_id = {id:String}", clusters},
		{"incident", "SELECT count() FROM incident_clusters WHERE incident_id = {id:String}", incidents},
	} {
		for _, id := range what.ids {
			n, err := count(ctx, s, what.sql, id)
			if err != nil {
				return err
			}
			if n == 0 {
				return fmt.Errorf("there is no %s %q that was matched; see `firebreak clusters`", what.name, id)
			}
		}
	}
	return nil
}

func count(ctx context.Context, s *store.Store, sql, id string) (n uint64, err error) {
	err = s.Each(ctx, sql, map[string]string{"id": id}, func(rows store.Rows) error { return rows.Scan(&n) })
	return n, err
}

func tell(to io.Writer, c keep.Change) error {
	_, err := fmt.Fprintf(to, "Written down as %s by %s; it is carried out at the next pass.\n", c.ID, c.Actor)
	return err
}
