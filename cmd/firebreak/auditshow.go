package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/segmentio/encoding/json"
	"github.com/spf13/cobra"

	"github.com/vividium/firebreak/schema/audit"
	"github.com/vividium/firebreak/schema/store"
)

type auditShowOptions struct {
	PublicKey string `env:"AUDIT_PUBLIC_KEY" help:"file of the public key that you trust; default the .pub beside --audit-key"`
	Format    string `env:"FORMAT" envDefault:"table" help:"table or json"`
}

func newAuditShow(set *settings) *cobra.Command {
	opts := &auditShowOptions{}
	c := &cobra.Command{
		Use:   "show EXECUTION",
		Short: "Show what set a run off, who approved it, what it did and how it ended, and where each of it comes from",
		Long: `Reads the events of a run from the bytes that Kafka delivered, not from the columns that
were parsed from them, and says of each where it lies in Kafka, which checkpoint sealed
it, and whether it is as it was sealed. Events are found by their key as well as by the
column with the id; one whose columns say something else than its bytes is marked.`,
		Example: `  firebreak audit show run-99
  firebreak audit show run-99 --format json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := set.validate(); err != nil {
				return err
			}
			if err := checkTableOrJSON(opts.Format); err != nil {
				return err
			}
			prover, err := openProver(set, opts.PublicKey)
			if err != nil {
				return err
			}
			if prover != nil {
				defer prover.Close()
			}
			return withReader(set, func(s *store.Store) error {
				story, err := audit.Tell(cmd.Context(), s, prover, args[0])
				if err != nil {
					return err
				}
				if opts.Format == "json" {
					return printStoryJSON(cmd.OutOrStdout(), story)
				}
				return printStory(cmd.OutOrStdout(), story)
			})
		},
	}
	bindOptions(c, opts)
	return c
}

// openProver opens the audit trail, if there is one. Without a trail nothing is sealed.
func openProver(set *settings, keyFile string) (*audit.Prover, error) {
	if _, err := os.Stat(set.auditDir()); errors.Is(err, fs.ErrNotExist) && keyFile == "" {
		return nil, nil
	}
	key, _, err := trustedKey(set, keyFile)
	if err != nil {
		return nil, err
	}
	return audit.OpenProver(set.auditDir(), key)
}

func printStoryJSON(to io.Writer, story *audit.Story) error {
	line, err := json.Marshal(story)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(to, "%s\n", line)
	return err
}

func printStory(to io.Writer, story *audit.Story) error {
	fmt.Fprintf(to, "Execution %s\n\n", harmless(story.ExecutionID))
	out := newTable(to)
	for _, line := range story.Lines {
		harmlessRow(out, line.What, line.Says, origin(line.From))
	}
	for _, c := range story.Caused {
		harmlessRow(out, "caused", fmt.Sprintf("incident %s: %s", c.IncidentID, c.Title), origin(c.From))
	}
	if err := out.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(to)
	harmlessRow(out, "event", "occurred", "source", "place in Kafka", "sealed")
	for _, e := range story.Events {
		harmlessRow(out, e.Type, moment(e.OccurredAt), e.Source, kafkaPlace(&e), sealing(&e)+misread(&e))
	}
	return out.Flush()
}

// origin says which event something is known from.
func origin(e *audit.Told) string {
	if e == nil {
		return "no event says so"
	}
	return fmt.Sprintf("%s of %s, %s", e.Type, moment(e.OccurredAt), kafkaPlace(e))
}

func kafkaPlace(e *audit.Told) string {
	return fmt.Sprintf("%s/%d@%d", e.Topic, e.Partition, e.Offset)
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

func sealing(e *audit.Told) string {
	switch {
	case e.Checkpoint == 0:
		return "not yet"
	case !e.Intact:
		return fmt.Sprintf("NOT AS SEALED by checkpoint %d of %s: run `firebreak audit verify`", e.Checkpoint, moment(e.SealedAt))
	}
	return fmt.Sprintf("by checkpoint %d of %s, and as it was", e.Checkpoint, moment(e.SealedAt))
}

func misread(e *audit.Told) string {
	if e.Misread {
		return "; ITS COLUMNS SAY OTHERWISE: run `firebreak audit verify`"
	}
	return ""
}
