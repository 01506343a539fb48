package cookbook_test

import (
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/vividium/firebreak/schema/audit"
	"github.com/vividium/firebreak/schema/store"
)

// TestReadersMayAudit seals, verifies and tells a run with the rights of those who read.
func TestReadersMayAudit(t *testing.T) {
	for _, user := range []string{reader, auditor} {
		asUser(t, user, func(s *store.Store) {
			dir := filepath.Join(t.TempDir(), "trail")
			file := filepath.Join(t.TempDir(), "key.pem")
			if err := audit.GenerateKey(file); err != nil {
				t.Fatal(err)
			}
			private, err := audit.PrivateKey(file)
			if err != nil {
				t.Fatal(err)
			}
			public, err := audit.PublicKey(file + audit.PublicSuffix)
			if err != nil {
				t.Fatal(err)
			}
			sealed, err := audit.NewSealer(s, audit.SealConfig{Dir: dir, Key: private, Now: time.Now}).Seal(t.Context())
			if err != nil || sealed.Records == 0 {
				t.Fatalf("%s seals %d records: %v", user, sealed.Records, err)
			}
			found, err := audit.Verify(t.Context(), s, audit.VerifyConfig{Dir: dir, Public: public, Now: time.Now})
			if err != nil || found.Err() != nil || found.Records != sealed.Records {
				t.Errorf("%s verifies %+v: %v", user, found, err)
			}
			var run string
			err = s.Each(t.Context(), "SELECT execution_id FROM approval_gaps WHERE approved_at IS NULL ORDER BY started_at DESC LIMIT 1", nil, func(rows store.Rows) error { return rows.Scan(&run) })
			if err != nil || run == "" {
				t.Fatalf("%s finds no gap: %v", user, err)
			}
			if story, err := audit.Tell(t.Context(), s, nil, run); err != nil || len(story.Events) == 0 {
				t.Errorf("%s is told of %s: %v", user, run, err)
			}
			prover, err := audit.OpenProver(dir, public)
			if err != nil {
				t.Fatal(err)
			}
			defer prover.Close()
			window := audit.Selection{From: time.Unix(0, 0), To: time.Now()}
			if header, err := audit.Export(t.Context(), s, prover, public, window, io.Discard); err != nil || header.Records == 0 {
				t.Errorf("%s exports %+v: %v", user, header, err)
			}
		})
	}
}
