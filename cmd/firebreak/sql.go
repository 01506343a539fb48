package main

import (
	"io"

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
		Short: "Run a read-only query in ClickHouse, or the one on standard input (-)",
		Example: `  firebreak sql "SELECT service, count() FROM incidents GROUP BY service ORDER BY 2 DESC LIMIT 10"
  firebreak sql "DESCRIBE incidents" --format csv
  firebreak sql - <question.sql`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := set.validate(); err != nil {
				return err
			}
			if err := checkFormat(opts.Format); err != nil {
				return err
			}
			query := args[0]
			if query == "-" {
				text, err := io.ReadAll(cmd.InOrStdin())
				if err != nil {
					return err
				}
				query = string(text)
			}
			return withReader(set, func(s *store.Store) error {
				return exportTo(cmd.Context(), s, cmd.OutOrStdout(), query, opts.Format, nil)
			})
		},
	}
	bindOptions(c, opts)
	return c
}
