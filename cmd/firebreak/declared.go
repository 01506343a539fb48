package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/segmentio/encoding/json"
	"github.com/spf13/cobra"

	"github.com/vividium/firebreak/aggregate"
	declared "github.com/vividium/firebreak/aggregate/settings"
	"github.com/vividium/firebreak/schema/store"
)

type settingsImportOptions struct {
	DryRun bool   `env:"DRY_RUN" help:"check the file and say what would change, without importing it"`
	Actor  string `env:"ACTOR" help:"who imports it; default the user who runs this"`
}

type settingsShowOptions struct {
	Version int    `env:"VERSION" help:"which version; default the one in force"`
	Format  string `env:"FORMAT" envDefault:"yaml" help:"yaml (the file as it was imported) or json"`
}

type settingsHistoryOptions struct {
	Format string `env:"FORMAT" envDefault:"table" help:"table, json (one object a line) or csv"`
}

func newSettings(set *settings) *cobra.Command {
	c := &cobra.Command{
		Use:   "settings",
		Short: "Declare what no event says: tier weights, alignment, hours that automations cost",
		Long: `What people declare is a YAML file that is imported as a whole. The latest version is
in force, also for results as of a past moment; every version is kept, with who
imported it and when.

  tier_weight:            # by service, from 0.01 to 100; 1 where none is given
    checkout-api: 3
  alignment:              # by cluster, from 0.8 to 1.25; 1 where none is given
    INC-1042: 1.2
  automations:
    restart-pool:
      build:
        - {hours: 24, date: 2026-01-15}
      upkeep:             # until may be left out: it goes on
        - {hours_per_month: 2, since: 2026-02-01, until: 2026-08-01}`,
		Example: `  firebreak settings show > settings.yaml   # then edit it
  firebreak settings import settings.yaml --dry-run
  firebreak settings import settings.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(newSettingsImport(set), newSettingsShow(set), newSettingsHistory(set))
	return c
}

func newSettingsImport(set *settings) *cobra.Command {
	opts := &settingsImportOptions{}
	c := &cobra.Command{
		Use:     "import FILE",
		Short:   "Make a file the settings in force",
		Long:    "Everything that is wrong with the file is told at once; then nothing is imported. What is not in the file is not set any more. - is standard input.",
		Example: "  firebreak settings import settings.yaml --dry-run",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := set.validate(); err != nil {
				return err
			}
			content, read, err := readSettings(cmd.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			s, err := store.Open(set.writer())
			if err != nil {
				return usagef("%w", err)
			}
			defer s.Close()
			return explain(set, importSettings(cmd.Context(), cmd.OutOrStdout(), s, opts, content, read))
		},
	}
	bindOptions(c, opts)
	return c
}

// readSettings reads and parses a file. What is wrong with it begins with its
// name and the line.
func readSettings(stdin io.Reader, name string) ([]byte, *declared.Settings, error) {
	from := stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, nil, err
		}
		defer file.Close()
		from = file
	}
	// One byte more than is allowed shows that there are too many.
	content, err := io.ReadAll(io.LimitReader(from, declared.MaxBytes+1))
	if err != nil {
		return nil, nil, err
	}
	read, err := declared.Parse(content)
	if err != nil {
		return nil, nil, usagef("%s: %w", name, err)
	}
	return content, read, nil
}

func importSettings(ctx context.Context, to io.Writer, s *store.Store, opts *settingsImportOptions, content []byte, read *declared.Settings) error {
	before, err := declared.Read(ctx, s)
	if err != nil {
		return err
	}
	if before.SHA256 == declared.Digest(content) {
		_, err := fmt.Fprintf(to, "The file is version %d, which is in force already; nothing was imported.\n", before.Version)
		return err
	}
	if opts.DryRun {
		fmt.Fprintf(to, "The file is right and would become version %d.\n", before.Version+1)
	} else {
		by := cmp.Or(opts.Actor, whoami())
		if err := declared.Write(ctx, s, by, content); err != nil {
			return err
		}
		now, err := declared.Read(ctx, s)
		if err != nil {
			return err
		}
		fmt.Fprintf(to, "Imported as version %d by %s.\n", now.Version, by)
	}
	changes := read.Changes(before)
	if len(changes) == 0 {
		changes = []string{"no value changes"}
	}
	for _, change := range changes {
		fmt.Fprintf(to, "  %s\n", change)
	}
	strangers, err := read.Strangers(ctx, s)
	for _, stranger := range strangers {
		fmt.Fprintf(to, "Check the spelling: %s.\n", stranger)
	}
	return err
}

// noSettings is what is shown when nothing was imported: a file to begin with.
const noSettings = `# Nothing was imported; everything has its default. Edit this and import it.
tier_weight:            # by service, from 0.01 to 100; 1 where none is given
#  checkout-api: 3
alignment:              # by cluster, from 0.8 to 1.25; 1 where none is given
#  INC-1042: 1.2
automations:            # hours of people that they cost; 0 where none are given
#  restart-pool:
#    build:
#      - {hours: 24, date: 2026-01-15}
#    upkeep:            # until may be left out: it goes on
#      - {hours_per_month: 2, since: 2026-02-01, until: 2026-08-01}
`

func newSettingsShow(set *settings) *cobra.Command {
	opts := &settingsShowOptions{}
	c := &cobra.Command{
		Use:     "show",
		Short:   "Print a version of the settings",
		Example: "  firebreak settings show --version 3",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := set.validate(); err != nil {
				return err
			}
			switch {
			case opts.Format != "yaml" && opts.Format != "json":
				return usagef("--format %q is none of yaml, json", opts.Format)
			case opts.Version < 0 || opts.Version == 0 && cmd.Flags().Changed("version"):
				return usagef("--version must be 1 or more; `firebreak settings history` lists them")
			}
			return withReader(set, func(s *store.Store) error {
				shown, content, err := declared.ReadVersion(cmd.Context(), s, opts.Version)
				if err != nil {
					return err
				}
				return showSettings(cmd.OutOrStdout(), opts.Format, shown, content)
			})
		},
	}
	bindOptions(c, opts)
	return c
}

func showSettings(to io.Writer, format string, shown *declared.Settings, content []byte) error {
	if format == "json" {
		line, err := json.Marshal(shown)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(to, "%s\n", line)
		return err
	}
	if content == nil {
		content = []byte(noSettings)
	}
	_, err := to.Write(content)
	return err
}

func newSettingsHistory(set *settings) *cobra.Command {
	opts := &settingsHistoryOptions{}
	c := &cobra.Command{
		Use:     "history",
		Short:   "List all versions of the settings, the latest first",
		Example: "  firebreak settings history",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := set.validate(); err != nil {
				return err
			}
			if err := checkFormat(opts.Format); err != nil {
				return err
			}
			return withReader(set, func(s *store.Store) error {
				history, err := declared.History(cmd.Context(), s)
				if err != nil {
					return err
				}
				return writeHistory(cmd.OutOrStdout(), opts.Format, history)
			})
		},
	}
	bindOptions(c, opts)
	return c
}

func writeHistory(to io.Writer, format string, history []declared.Import) error {
	fields := func(i int) []aggregate.Field {
		v := history[i]
		return []aggregate.Field{
			{Name: "version", Value: v.Version},
			{Name: "imported_at", Value: v.ImportedAt},
			{Name: "imported_by", Value: v.ImportedBy},
			{Name: "sha256", Value: v.SHA256},
		}
	}
	switch format {
	case "json":
		return fieldsJSON(to, len(history), fields)
	case "csv":
		return fieldsCSV(to, len(history), fields, csvValue)
	}
	if len(history) == 0 {
		_, err := fmt.Fprintln(to, "Nothing was imported; everything has its default.")
		return err
	}
	out := newTable(to)
	fmt.Fprintln(out, "version\timported\tby\tsha256")
	for _, v := range history {
		fmt.Fprintf(out, "%d\t%s\t%s\t%s\n", v.Version, v.ImportedAt.UTC().Format(time.RFC3339), v.ImportedBy, v.SHA256)
	}
	return out.Flush()
}
