package main

import (
	"github.com/spf13/cobra"

	"github.com/vividium/firebreak/schema/store"
)

type sqlOptions struct {
	Format string `env:"FORMAT" envDefault:"table" help:"table, json (one object a line) or csv"`
}

func newSQL(set *settings) *cobra.Command {
	opts := &sqlOptions{}
	c := &cobra.Command{
		Use:   `sql "SELECT …"`,
		Short: "Run a read-only query in ClickHouse",
		Example: `  firebreak sql "SELECT service, count() FROM incidents GROUP BY service ORDER BY 2 DESC LIMIT 10"
  firebreak sql "DESCRIBE incidents" --format csv`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := set.validate(); err != nil {
				return err
			}
			if err := checkFormat(opts.Format); err != nil {
				return err
			}
			return withReader(set, func(s *store.Store) error {
				return exportTo(cmd.Context(), s, cmd.OutOrStdout(), args[0], opts.Format, nil)
			})
		},
	}
	bindOptions(c, opts)
	return c
}
