package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/segmentio/encoding/json"
	"github.com/spf13/cobra"

	"github.com/vividium/firebreak/schema/audit"
	"github.com/vividium/firebreak/schema/store"
)

type auditVerifyOptions struct {
	PublicKey string `env:"AUDIT_PUBLIC_KEY" help:"file of the public key that you trust; default the .pub beside --audit-key"`
	Witness   string `env:"WITNESS" help:"file that remembers the head of the last verification that found no fault"`
	BytesOnly bool   `env:"BYTES_ONLY" help:"do not compare the columns that were parsed from records with their bytes, which is faster"`
	Format    string `env:"FORMAT" envDefault:"table" help:"table or json"`
}

func newAuditVerify(set *settings) *cobra.Command {
	opts := &auditVerifyOptions{}
	c := &cobra.Command{
		Use:   "verify",
		Short: "Hold every record in ClickHouse against what was sealed",
		Long: `Verifies the signatures and the chain of all checkpoints, the leaf logs against them,
and the bytes, keys, headers and timestamps of all records in ClickHouse against the
leaf logs. The columns from which numbers are made are compared with the bytes as far as
they say what an event is: its id, type, time, whether it is a dead letter, and the
approver of a run; not the others. It says of each partition which record is the first
at fault, and exits with 1 if any is. It only reads, as the user that only reads.

That all was put back to an older state is found by who remembers a newer one: the sealer
does beside the key, in audit.pem.head for audit.pem.pub, which is read where it is there.
Elsewhere note the head that is printed, or have it remembered in a --witness file.`,
		Example: `  firebreak audit verify
  firebreak audit verify --audit-public-key audit.pem.pub --audit-dir /var/lib/audit --witness /mnt/elsewhere/witness
  firebreak audit verify --format json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return verifyTrail(cmd, set, opts) },
	}
	bindOptions(c, opts)
	return c
}

// checkTableOrJSON is for what has no rows that are all alike.
func checkTableOrJSON(format string) error {
	if format != "table" && format != "json" {
		return usagef("--format %q is none of table, json", format)
	}
	return nil
}

func verifyTrail(cmd *cobra.Command, set *settings, opts *auditVerifyOptions) error {
	if err := set.validate(); err != nil {
		return err
	}
	if err := checkTableOrJSON(opts.Format); err != nil {
		return err
	}
	key, file, err := trustedKey(set, opts.PublicKey)
	if err != nil {
		return err
	}
	return withReader(set, func(s *store.Store) error {
		total, err := expected(cmd.Context(), s)
		if err != nil {
			return err
		}
		bar := newProgress(cmd.ErrOrStderr(), "verifying", total)
		report, err := audit.Verify(cmd.Context(), s, audit.VerifyConfig{
			Dir: set.auditDir(), Public: key, Witness: audit.Witness{File: opts.Witness}, Head: headBeside(file), BytesOnly: opts.BytesOnly, Now: time.Now, Progress: bar.add,
		})
		bar.end()
		if err != nil {
			return err
		}
		if opts.Format == "json" {
			err = printReportJSON(cmd.OutOrStdout(), report)
		} else {
			err = printReport(cmd.OutOrStdout(), report, file)
		}
		if err != nil {
			return err
		}
		return report.Err()
	})
}

// headBeside is where a sealer remembers the latest checkpoint that a key has signed, by
// the file of the public key.
func headBeside(publicKey string) audit.Witness {
	return audit.Witness{File: strings.TrimSuffix(publicKey, audit.PublicSuffix) + audit.HeadSuffix}
}

func printReportJSON(to io.Writer, r *audit.Report) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(to, "%s\n", line)
	return err
}

func printReport(to io.Writer, r *audit.Report, keyFile string) error {
	fmt.Fprintf(to, "Checkpoints are judged by the key %s (%s).\n", r.Key, keyFile)
	out := newTable(to)
	harmlessRow(out, "partition", "sealed", "intact", "not sealed yet", "unproven")
	var sealed, intact, unsealed int64
	for _, p := range r.Partitions {
		harmlessRow(out, p.Stream, p.Sealed, p.Intact, p.Unsealed, p.Unproven)
		sealed, intact, unsealed = sealed+p.Sealed, intact+p.Intact, unsealed+p.Unsealed
	}
	if err := out.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(to, "%d of %d sealed records are as they were sealed; %d are not sealed yet. Read %d records, %.1f MB, in %.1f s.\n",
		intact, sealed, unsealed, r.Records, float64(r.Bytes)/1e6, r.Seconds)
	if err := printFaults(to, r.Faults); err != nil {
		return err
	}
	if r.Head.Sequence > 0 {
		fmt.Fprintf(to, "Head: checkpoint %d of %s, SHA-256 %s, of the trail %s; note it elsewhere.\n", r.Head.Sequence, r.Time.Format(time.RFC3339), r.Head.Hash, r.Head.Trail)
	}
	return nil
}

func printFaults(to io.Writer, faults []audit.Fault) error {
	if len(faults) == 0 {
		return nil
	}
	fmt.Fprintln(to)
	out := newTable(to)
	harmlessRow(out, "fault", "partition", "first offset", "records", "sealed by checkpoint", "what the first is about", "")
	for _, f := range faults {
		if f.Topic == "" {
			harmlessRow(out, f.Kind, "-", "-", "-", f.Checkpoint, "-", f.Detail)
			continue
		}
		harmlessRow(out, f.Kind, f.Stream, f.Offset, f.Count, f.Checkpoint, about(f), f.Detail)
	}
	return out.Flush()
}

func about(f audit.Fault) string {
	switch {
	case f.EntityID == "":
		return "-"
	case f.EventType == "":
		return f.EntityID
	}
	return f.EventType + " " + f.EntityID
}
