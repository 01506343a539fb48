package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/vividium/firebreak/schema/audit"
	"github.com/vividium/firebreak/schema/store"
)

func newAudit(set *settings) *cobra.Command {
	c := &cobra.Command{
		Use:   "audit",
		Short: "Prove that what ClickHouse shows is what Kafka delivered, and show what automation did",
		Long: `Seals what has landed under signed checkpoints in a folder, and verifies later that
every record still has the bytes, key, headers and timestamp that it had. Sealing is
done by "firebreak up", by "firebreak aggregate" with --audit-key, and by
"firebreak audit seal" once. For a trail that convinces others keep the key and the
folder where those who can write to ClickHouse cannot, and have somebody else remember
the head that "verify" prints, or keep a --witness.`,
		Example: `  firebreak audit keygen /secrets/audit.pem
  firebreak audit seal --audit-key /secrets/audit.pem --audit-dir /var/lib/audit
  firebreak audit verify --audit-public-key audit.pem.pub --witness /mnt/elsewhere/witness
  firebreak audit show run-99
  firebreak audit gaps --from 2026-01-01
  firebreak audit export --from 2026-01-01 --to 2026-04-01 --out quarter.ndjson
  firebreak-audit-check quarter.ndjson audit.pem.pub   # needs nothing else of Firebreak`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(newAuditKeygen(), newAuditSeal(set), newAuditVerify(set), newAuditShow(set), newAuditGaps(set), newAuditExport(set))
	return c
}

func newAuditKeygen() *cobra.Command {
	return &cobra.Command{
		Use:     "keygen FILE",
		Short:   "Make the key that signs the audit trail, and the public key beside it",
		Example: "  firebreak audit keygen /secrets/audit.pem   # and /secrets/audit.pem.pub",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := generateKey(args[0]); err != nil {
				return err
			}
			public, err := audit.PublicKey(args[0] + audit.PublicSuffix)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s signs; give %s to those who verify\nkey %s\n", args[0], args[0]+audit.PublicSuffix, audit.KeyID(public))
			return nil
		},
	}
}

func generateKey(file string) error {
	err := audit.GenerateKey(file)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s or its public key is there already, and is not overwritten: choose another name", file)
	}
	return err
}

func newAuditSeal(set *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "seal",
		Short: "Seal once what has landed since the last checkpoint, as from cron",
		Example: `  firebreak audit seal
  firebreak audit seal --audit-key /secrets/audit.pem --audit-dir /var/lib/audit`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := set.validate(); err != nil {
				return err
			}
			key, err := signingKey(set, false)
			if err != nil {
				return err
			}
			return withReader(set, func(s *store.Store) error {
				out, err := audit.NewSealer(s, audit.SealConfig{Dir: set.auditDir(), Key: key, Head: set.signedHead(), Now: time.Now, Log: set.logger()}).Seal(cmd.Context())
				switch {
				case out.Head.Sequence == 0:
				case out.Records == 0:
					fmt.Fprintf(cmd.OutOrStdout(), "nothing has landed since checkpoint %d of %s\n", out.Head.Sequence, out.Time.Format(time.RFC3339))
				default:
					fmt.Fprintf(cmd.OutOrStdout(), "%d records are sealed by checkpoint %d, SHA-256 %s\n", out.Records, out.Head.Sequence, out.Head.Hash)
				}
				if err == nil && out.Head.Sequence == 0 {
					fmt.Fprintln(cmd.OutOrStdout(), "nothing has landed")
				}
				return err
			})
		},
	}
}

// signingKey reads the private key; with make, one that is not configured is made where
// it is looked for, unless there was one.
func signingKey(set *settings, make bool) (ed25519.PrivateKey, error) {
	file := set.auditKey()
	if _, err := os.Stat(file); make && set.AuditKey == "" && errors.Is(err, fs.ErrNotExist) {
		if err := makeFirstKey(set, file); err != nil {
			return nil, err
		}
	}
	key, err := audit.PrivateKey(file)
	if err != nil {
		return nil, usagef("--audit-key: %w", err)
	}
	return key, nil
}

// makeFirstKey makes the key of a trail that has not begun: another key than the one that
// was lost would not go on with it.
func makeFirstKey(set *settings, file string) error {
	begun, err := audit.Begun(set.auditDir())
	if err != nil {
		return err
	}
	for _, suffix := range []string{audit.PublicSuffix, audit.HeadSuffix} {
		_, err := os.Lstat(file + suffix)
		begun = begun || err == nil
	}
	if begun {
		return usagef("the key of this trail is missing: name it with --audit-key")
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return generateKey(file)
}

// seals seals the audit trail of a process; a nil one seals nothing.
type seals struct {
	*audit.Sealer
	reader *store.Store
}

// keepSealed makes the process one that seals: it is not ready while that fails. With
// make, a key is made where none is configured.
func (s *stack) keepSealed(make bool) error {
	key, err := signingKey(s.set, make)
	if err != nil {
		return err
	}
	reader, err := store.Open(s.set.reader())
	if err != nil {
		return usagef("%w", err)
	}
	s.seals = &seals{audit.NewSealer(reader, audit.SealConfig{
		Dir: s.set.auditDir(), Key: key, Head: s.set.signedHead(), Every: s.set.AuditEvery,
		Now: time.Now, Log: s.log, Metrics: audit.NewMetrics(s.registry),
	}), reader}
	return nil
}

func (s *seals) close() { s.reader.Close() }

// failure is why the last seal failed.
func (s *seals) failure() error {
	if s == nil {
		return nil
	}
	return s.Failure()
}

// trustedKey reads the public key by which checkpoints are judged, and says where it is.
func trustedKey(set *settings, file string) (ed25519.PublicKey, string, error) {
	if file == "" {
		file = set.auditKey() + audit.PublicSuffix
	}
	key, err := audit.PublicKey(file)
	if err != nil {
		return nil, file, usagef("%w", err)
	}
	return key, file, nil
}

// expected is how many records there are to read.
func expected(ctx context.Context, s *store.Store) (total int64, err error) {
	err = s.Each(ctx, "SELECT toInt64((SELECT count() FROM incident_records) + (SELECT count() FROM alert_records) + (SELECT count() FROM execution_records))", nil,
		func(rows store.Rows) error { return rows.Scan(&total) })
	return total, err
}
