package audit

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

const exportFormat = "firebreak audit export 1"

// ExportHeader is the first line of an export. The checkpoint to which the proofs lead
// follows, as {"checkpoint": the text of its file}, then an [ExportedRecord] a line.
type ExportHeader struct {
	Format string `json:"format"`
	// Key is the KeyID of the key by which the checkpoint was judged.
	Key Hash `json:"key"`
	// Trail and Checkpoint name the latest checkpoint, against which records are proven.
	Trail      Trail `json:"trail"`
	Checkpoint int64 `json:"checkpoint"`
	Records    int64 `json:"records"`
	// Runs is of how many runs these records are by their bytes, Unreadable how many of
	// them are no events, whatever their columns say.
	Runs       int   `json:"runs"`
	Unreadable int64 `json:"unreadable"`
	// Unsealed are records of these runs that no checkpoint covers yet; they are left
	// out.
	Unsealed int64 `json:"unsealed"`
}

type exportedCheckpoint struct {
	Checkpoint string `json:"checkpoint"`
}

// ExportedRecord is a record with the proof that it is sealed. Byte strings are in
// base64.
type ExportedRecord struct {
	Stream

	Offset     int64            `json:"offset"`
	RecordedAt int64            `json:"recorded_at"` // milliseconds since 1970
	Key        []byte           `json:"key"`
	Headers    []ExportedHeader `json:"headers"`
	Value      []byte           `json:"value"`
	Index      int64            `json:"index"` // of the leaf in its tree
	Path       []Hash           `json:"path"`  // from the leaf up
}

// ExportedHeader is a header of a record.
type ExportedHeader struct {
	Name  []byte `json:"name"`
	Value []byte `json:"value"`
}

// Selection says which runs are exported: those that began in [From, To), or those that
// are named.
type Selection struct {
	From, To   time.Time
	Executions []string
}

func (x *Selection) condition() (string, map[string]string) {
	if len(x.Executions) > 0 {
		return "reason = '' AND execution_id IN {ids:Array(String)}", map[string]string{"ids": store.TextsParameter(x.Executions)}
	}
	return "reason = '' AND execution_id IN (SELECT execution_id FROM executions WHERE began_at >= {from:DateTime64(3, 'UTC')} AND began_at < {to:DateTime64(3, 'UTC')})",
		map[string]string{"from": store.TimeParameter(x.From), "to": store.TimeParameter(x.To)}
}

// Export writes the events of runs with what proves them, one JSON object a line. The
// records are read twice, and their proofs, about 1 kB each, are held between. One that
// is not as it was sealed ends it with an error.
func Export(ctx context.Context, s *store.Store, p *Prover, key ed25519.PublicKey, x Selection, to io.Writer) (ExportHeader, error) {
	head := p.chain.last()
	if head == nil {
		return ExportHeader{}, errors.New("nothing has been sealed, so that nothing can be proven: run `firebreak audit seal` first")
	}
	e := &exporter{store: s, prover: p, proofs: make(map[place]Proof)}
	e.where, e.params = x.condition()
	header := ExportHeader{Format: exportFormat, Key: KeyID(key), Trail: head.Trail, Checkpoint: head.Sequence}
	if err := e.prove(ctx, &header); err != nil {
		return header, err
	}
	out := bufio.NewWriterSize(to, 1<<20)
	lines := json.NewEncoder(out)
	if err := lines.Encode(header); err != nil {
		return header, err
	}
	if err := lines.Encode(exportedCheckpoint{string(head.text())}); err != nil {
		return header, err
	}
	if err := e.write(ctx, lines); err != nil {
		return header, err
	}
	return header, out.Flush()
}

type place struct {
	stream Stream
	offset int64
}

type exporter struct {
	store  *store.Store
	prover *Prover
	where  string
	params map[string]string
	proofs map[place]Proof
}

// prove reads the records a first time.
func (e *exporter) prove(ctx context.Context, header *ExportHeader) error {
	leaves := make(map[Stream][]Leaf)
	of := make(map[place]string)
	decoder := schema.NewDecoder(schema.Execution)
	err := eachDigest(ctx, e.store, schema.Execution, e.where, e.params, func(records []schema.Record, digests []Hash) error {
		for i := range records {
			rec := &records[i]
			stream := streamOf(schema.Execution, rec)
			leaves[stream] = append(leaves[stream], Leaf{rec.Offset, digests[i]})
			of[place{stream, rec.Offset}] = runOf(decoder, rec)
		}
		return nil
	})
	if err != nil {
		return err
	}
	runs := make(map[string]bool)
	for stream, some := range leaves {
		slices.SortFunc(some, byOffset)
		proofs, err := e.prover.Prove(stream, some)
		if err != nil {
			return err
		}
		for i, proof := range proofs {
			if proof.Checkpoint == 0 {
				header.Unsealed++
				continue
			}
			if !proof.Holds {
				return notAsSealed(stream, some[i].Offset)
			}
			at := place{stream, some[i].Offset}
			header.Records++
			e.proofs[at] = proof
			if run := of[at]; run != "" {
				runs[run] = true
			} else {
				header.Unreadable++
			}
		}
	}
	header.Runs = len(runs)
	return nil
}

// anyTime is after everything that can have been too far ahead when it landed.
var anyTime = time.Date(2299, 1, 1, 0, 0, 0, 0, time.UTC)

// runOf is the run that a record is about by its bytes; empty when it is no event.
func runOf(decoder *schema.Decoder, rec *schema.Record) string {
	event, fault := decoder.Decode(rec, anyTime)
	if fault != nil {
		return ""
	}
	return strings.Clone(event.EntityID())
}

func notAsSealed(of Stream, offset int64) error {
	return fmt.Errorf("the record at offset %d of %s is not as it was sealed: run `firebreak audit verify`", offset, of)
}

// write reads the records again, and writes those that are proven.
func (e *exporter) write(ctx context.Context, lines *json.Encoder) error {
	return e.store.EachRecord(ctx, schema.Execution, e.where, e.params, func(records []schema.Record) error {
		for i := range records {
			rec := &records[i]
			of := streamOf(schema.Execution, rec)
			proof, proven := e.proofs[place{of, rec.Offset}]
			if !proven {
				continue
			}
			line := ExportedRecord{
				Stream: of, Offset: rec.Offset, RecordedAt: int64(rec.Timestamp), Key: rec.Key, Value: rec.Value,
				Headers: []ExportedHeader{}, Index: proof.Index, Path: append([]Hash{}, proof.Path...),
			}
			for _, h := range rec.Headers {
				line.Headers = append(line.Headers, ExportedHeader{[]byte(h.Name), h.Value})
			}
			if err := lines.Encode(line); err != nil {
				return err
			}
		}
		return nil
	})
}
