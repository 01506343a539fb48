package main

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/vividium/firebreak/schema/audit"
	"github.com/vividium/firebreak/schema/store"
)

type auditExportOptions struct {
	From      string   `env:"FROM" help:"start of the window, a date or an RFC 3339 time; default 30 days before --to"`
	To        string   `env:"TO" help:"end of the window, itself not included; default now"`
	Execution []string `env:"EXECUTION" help:"these runs instead of those that started in the window"`
	Out       string   `env:"OUT" help:"file to write, which must not exist; - is standard output"`
	PublicKey string   `env:"AUDIT_PUBLIC_KEY" help:"file of the public key that you trust; default the .pub beside --audit-key"`
}

func newAuditExport(set *settings) *cobra.Command {
	opts := &auditExportOptions{}
	c := &cobra.Command{
		Use:   "export",
		Short: "Write the events of runs with the proof that they are sealed, for firebreak-audit-check to read",
		Long: `Writes all sealed events of the runs that started in the window, or of those that are
named, as JSON lines: the latest checkpoint, and each record with its audit path to it.
Who has the public key needs nothing else to check it: neither Firebreak, nor
ClickHouse, nor Kafka. What it proves is that the records were sealed as they are; it
does not prove that none was left out of the export. The chain of checkpoints before
that one is for "firebreak audit verify".`,
		Example: `  firebreak audit export --from 2026-01-01 --to 2026-04-01 --out quarter.ndjson
  firebreak audit export --execution run-99,run-100 --out runs.ndjson
  firebreak-audit-check runs.ndjson audit.pem.pub`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return exportTrail(cmd, set, opts) },
	}
	bindOptions(c, opts)
	return c
}

func exportTrail(cmd *cobra.Command, set *settings, opts *auditExportOptions) error {
	if err := set.validate(); err != nil {
		return err
	}
	if opts.Out == "" {
		return usagef("name the file to write with --out, or - for standard output")
	}
	if len(opts.Execution) > 0 && opts.From+opts.To != "" {
		return usagef("give either --execution or a window")
	}
	began, err := parseWindow(opts.From, opts.To, time.Now())
	if err != nil {
		return err
	}
	key, _, err := trustedKey(set, opts.PublicKey)
	if err != nil {
		return err
	}
	prover, err := audit.OpenProver(set.auditDir(), key)
	if err != nil {
		return err
	}
	defer prover.Close()
	selection := audit.Selection{From: began.from, To: began.to, Executions: opts.Execution}
	return withReader(set, func(s *store.Store) error {
		if opts.Out == "-" {
			_, err := audit.Export(cmd.Context(), s, prover, key, selection, cmd.OutOrStdout())
			return err
		}
		header, err := exportFile(cmd.Context(), s, prover, key, selection, opts.Out)
		if err != nil {
			return err
		}
		printExported(cmd.OutOrStdout(), opts.Out, header)
		return nil
	})
}

// exportFile leaves no half of a file.
func exportFile(ctx context.Context, s *store.Store, p *audit.Prover, key ed25519.PublicKey, x audit.Selection, path string) (audit.ExportHeader, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return audit.ExportHeader{}, err
	}
	out := bufio.NewWriter(file)
	header, err := audit.Export(ctx, s, p, key, x, out)
	if err = errors.Join(err, out.Flush(), file.Close()); err != nil {
		return header, errors.Join(err, os.Remove(path))
	}
	return header, nil
}

func printExported(to io.Writer, path string, h audit.ExportHeader) {
	fmt.Fprintf(to, "%s holds %d records of %d runs, proven against checkpoint %d; %d of them are no events that can be read; %d more are not sealed yet and left out\n",
		path, h.Records, h.Runs, h.Checkpoint, h.Unreadable, h.Unsealed)
}
