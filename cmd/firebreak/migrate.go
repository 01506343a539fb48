package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vividium/firebreak/schema/store"
)

type migrateOptions struct {
	DryRun bool `env:"DRY_RUN" help:"print the SQL of the pending steps instead of running it"`
}

func newMigrate(set *settings) *cobra.Command {
	opts := &migrateOptions{}
	c := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the ClickHouse schema up to date",
		Example: `  firebreak migrate --clickhouse-addr clickhouse:8123
  firebreak migrate --dry-run`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := set.validate(); err != nil {
				return err
			}
			if opts.DryRun {
				return printPending(cmd, set)
			}
			done, err := store.Migrate(cmd.Context(), set.writer())
			if err != nil {
				return explain(set, err)
			}
			for _, step := range done {
				fmt.Fprintf(cmd.OutOrStdout(), "applied %d %s\n", step.Version, step.Name)
			}
			if len(done) == 0 {
				fmt.Fprintln(cmd.OutOrStdout(), "the schema is up to date")
			}
			return nil
		},
	}
	bindOptions(c, opts)
	return c
}

func printPending(cmd *cobra.Command, set *settings) error {
	pending, err := store.Pending(cmd.Context(), set.writer())
	if err != nil {
		return explain(set, err)
	}
	for _, step := range pending {
		fmt.Fprintf(cmd.OutOrStdout(), "-- %d %s\n\n", step.Version, step.Name)
		for _, statement := range step.Statements {
			fmt.Fprintf(cmd.OutOrStdout(), "%s;\n\n", statement)
		}
	}
	return nil
}
