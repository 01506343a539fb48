package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema/store"
)

type promotionsOptions struct {
	AsOf    string   `env:"AS_OF" help:"the verdicts that were in force then; default now"`
	History bool     `env:"HISTORY" help:"the verdicts of all weeks until then, the latest first"`
	Where   []string `env:"WHERE" help:"keep only automation_id=, automation_version=, stage= or verdict=VALUE"`
	Format  string   `env:"FORMAT" envDefault:"table" help:"table, json (one object a line) or csv"`
}

func newPromotions(set *settings) *cobra.Command {
	opts := &promotionsOptions{}
	c := &cobra.Command{
		Use:   "promotions",
		Short: "Show which automations may leave their stage, and which must be taken back",
		Long: fmt.Sprintf(`One row for each version of an automation in each stage (dry_run, canary, full), with a
verdict that `+"`firebreak aggregate`"+` (or `+"`firebreak up`"+`) forms once a week, at its end, from
all that happened until then:

  promote  at least %d runs over %d days, success at least %g %% (of dry runs: people agree),
           at most %g %% not needed, and no incident confirmed to be caused by it;
           at full, where there is nothing to promote to, it reads keep
  demote   it causes more than %g incident per 1,000 runs, or success is below %g %%
           (from %d finished runs on)
  hold     neither is shown

All of these are bounds that hold with 95 %% confidence, not averages of what was seen:
few runs prove little.`, aggregate.PromoteExecutions, aggregate.PromoteDays, 100*aggregate.PromoteSuccess, 100*aggregate.PromoteFalsePositives,
			aggregate.DemoteInduced, 100*aggregate.DemoteSuccess, aggregate.DemoteFinished),
		Example: `  firebreak promotions
  firebreak promotions --where verdict=demote
  firebreak promotions --history --where automation_id=restart-pool`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := set.validate(); err != nil {
				return err
			}
			if err := checkFormat(opts.Format); err != nil {
				return err
			}
			asOf := time.Now()
			if err := parseTime("as-of", opts.AsOf, &asOf); err != nil {
				return err
			}
			where, err := conditions(opts.Where, map[string][]string{"stage": stages, "verdict": verdicts}, "automation_id", "automation_version", "stage", "verdict")
			if err != nil {
				return err
			}
			return withReader(set, func(s *store.Store) error {
				list, err := readPromotions(cmd.Context(), s, asOf, opts.History, where)
				if err != nil {
					return err
				}
				return writePromotions(cmd.OutOrStdout(), opts.Format, list)
			})
		},
	}
	bindOptions(c, opts)
	return c
}

// stages and verdicts are what --where can ask for.
var (
	stages   = []string{"dry_run", "canary", "full"}
	verdicts = []string{string(aggregate.Promote), string(aggregate.Keep), string(aggregate.Hold), string(aggregate.Demote)}
)

func readPromotions(ctx context.Context, s *store.Store, asOf time.Time, history bool, where []condition) ([]aggregate.Promotion, error) {
	list, err := aggregate.KeptPromotions(ctx, s, asOf, history)
	return slices.DeleteFunc(list, func(p aggregate.Promotion) bool {
		return slices.ContainsFunc(where, func(w condition) bool {
			return w.value != map[string]string{
				"automation_id": p.AutomationID, "automation_version": p.Version, "stage": p.Stage, "verdict": string(p.Verdict),
			}[w.name]
		})
	}), err
}

func writePromotions(to io.Writer, format string, list []aggregate.Promotion) error {
	fields := func(i int) []aggregate.Field { return list[i].Fields() }
	switch format {
	case "json":
		return fieldsJSON(to, len(list), fields)
	case "csv":
		return fieldsCSV(to, len(list), fields, csvValue)
	}
	if len(list) == 0 {
		_, err := fmt.Fprintln(to, "There is no such verdict; verdicts are formed by `firebreak aggregate` or `firebreak up` once a week in which an automation ran is over.")
		return err
	}
	return promotionsTable(to, list)
}

func promotionsTable(to io.Writer, list []aggregate.Promotion) error {
	w := newTable(to)
	fmt.Fprintln(w, "week\tautomation\tversion\tstage\tverdict\tlast run\twhy")
	for i := range list {
		p := &list[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", aggregate.WeekName(p.WeekEnd), p.AutomationID, p.Version, p.Stage, p.Verdict,
			p.LastRun.UTC().Format(time.DateOnly), p.Reason)
	}
	return w.Flush()
}
