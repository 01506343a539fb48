package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os/user"
	"slices"
	"strconv"

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
			if args[0] == args[1] {
				return usagef("%s is named twice: name the two clusters that are one trouble", args[0])
			}
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
			leave := slices.Compact(slices.Sorted(slices.Values(opts.Incidents)))
			return ask(cmd, set, &opts.changeOptions, keep.Change{Kind: keep.Split, Cluster: args[0], Incidents: leave}, args)
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
	if err := check(cmd.Context(), s, clusters, change); err != nil {
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

// check refuses what the worker would refuse: an incident or a cluster that is
// not known, and a split that takes what is not there or leaves nothing.
func check(ctx context.Context, s *store.Store, clusters []string, change keep.Change) error {
	for _, id := range change.Incidents {
		cluster, err := lookUp(ctx, s, "SELECT cluster_id FROM incident_clusters WHERE incident_id = {id:String}", id)
		switch {
		case err != nil:
			return err
		case cluster == "":
			return usagef("there is no incident %q that was matched; see the table incident_clusters", id)
		case change.Kind == keep.Split && cluster != change.Cluster:
			return usagef("the incident %s is in the cluster %s, not in %s: name incidents of one cluster", id, cluster, change.Cluster)
		}
	}
	for _, id := range clusters {
		size, err := lookUp(ctx, s, "SELECT toString(count()) FROM incident_clusters WHERE cluster_id = {id:String}", id)
		switch {
		case err != nil:
			return err
		case size == "0":
			return usagef("there is no cluster %q that was matched; see `firebreak clusters`", id)
		case change.Kind == keep.Split && size == strconv.Itoa(len(change.Incidents)):
			return usagef("these are all incidents of the cluster %s: leave some of them out of --incidents", id)
		}
	}
	return nil
}

// lookUp asks for one text by an id; "" when nothing is found.
func lookUp(ctx context.Context, s *store.Store, sql, id string) (text string, err error) {
	err = s.Each(ctx, sql, map[string]string{"id": id}, func(rows store.Rows) error { return rows.Scan(&text) })
	return text, err
}

func tell(to io.Writer, c keep.Change) error {
	_, err := fmt.Fprintf(to, "Written down as %s by %s; it is carried out at the next pass.\n", c.ID, c.Actor)
	return err
}
