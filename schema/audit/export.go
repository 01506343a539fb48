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
	"strconv"
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

// runs is the set of their ids, and its parameters.
func (x *Selection) runs() (string, map[string]string) {
	if len(x.Executions) > 0 {
		return "{ids:Array(String)}", map[string]string{"ids": store.TextsParameter(x.Executions)}
	}
	return "(SELECT execution_id FROM executions WHERE began_at >= {from:DateTime64(3, 'UTC')} AND began_at < {to:DateTime64(3, 'UTC')})",
		map[string]string{"from": store.TimeParameter(x.From), "to": store.TimeParameter(x.To)}
}

// Export writes the events of runs with what proves them, one JSON object a line. The
// records are read twice, and their proofs, about 1 kB each, are held between. They are
// those that columns call events of the runs, and those that [Tell] finds by their keys
// though columns hide them. One that is not as it was sealed ends it with an error before
// anything is written, as does a run that is named and has no event.
func Export(ctx context.Context, s *store.Store, p *Prover, key ed25519.PublicKey, x Selection, to io.Writer) (ExportHeader, error) {
	head := p.chain.last()
	if head == nil {
		return ExportHeader{}, errors.New("nothing has been sealed, so that nothing can be proven: run `firebreak audit seal` first")
	}
	e := &exporter{store: s, leaves: make(map[Stream][]Leaf), of: make(map[place]string), proofs: make(map[place]proven)}
	e.runs, e.params = x.runs()
	header := ExportHeader{Format: exportFormat, Key: KeyID(key), Trail: head.Trail, Checkpoint: head.Sequence}
	if err := errors.Join(e.claimed(ctx), e.hidden(ctx)); err != nil {
		return header, err
	}
	if err := e.lacks(x.Executions); err != nil {
		return header, err
	}
	if err := e.prove(p, &header); err != nil {
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
	runs   string // the set of their ids
	params map[string]string
	// leaves are the records to export, of says of which run each is by its bytes.
	leaves map[Stream][]Leaf
	of     map[place]string
	proofs map[place]proven
}

// proven is a proof and what it is of.
type proven struct {
	Proof
	digest Hash
}

func (e *exporter) take(rec *schema.Record, digest Hash, run string) {
	stream := streamOf(schema.Execution, rec)
	e.leaves[stream] = append(e.leaves[stream], Leaf{rec.Offset, digest})
	e.of[place{stream, rec.Offset}] = run
}

// claim is the condition on records that their columns call events of the runs.
func (e *exporter) claim() string { return "reason = '' AND execution_id IN " + e.runs }

// claimed takes the records that their columns call events of the runs.
func (e *exporter) claimed(ctx context.Context) error {
	decoder := schema.NewDecoder(schema.Execution)
	return eachDigest(ctx, e.store, schema.Execution, e.claim(), e.params, func(records []schema.Record, digests []Hash) error {
		for i := range records {
			e.take(&records[i], digests[i], runOf(decoder, &records[i]))
		}
		return nil
	})
}

// hidden takes the others that are events of the runs by their bytes, found by their keys.
func (e *exporter) hidden(ctx context.Context) error {
	decoder := schema.NewDecoder(schema.Execution)
	where := fmt.Sprintf("key IN %s AND NOT (%s)", e.runs, e.claim())
	return e.store.EachRow(ctx, schema.Execution, where, e.params, func(records []schema.Record, columns []store.Columns) error {
		for i := range records {
			rec := &records[i]
			event, agrees := decode(decoder, rec, &columns[i])
			if event == nil && !agrees {
				return notReadAnyMore(rec)
			}
			if event == nil || event.EntityID() != string(rec.Key) {
				continue
			}
			digest, _ := DigestOf(rec, nil)
			e.take(rec, digest, string(rec.Key))
		}
		return nil
	})
}

// lacks is an error when there is no event of one of the runs that are named.
func (e *exporter) lacks(named []string) error {
	found := make(map[string]bool)
	for _, run := range e.of {
		found[run] = true
	}
	var none []string
	for _, id := range named {
		if !found[id] {
			none = append(none, strconv.Quote(id))
		}
	}
	if len(none) == 0 {
		return nil
	}
	return fmt.Errorf("there is no event of the executions %s, and nothing is exported: leave them out, or see what they are called", strings.Join(none, ", "))
}

// prove proves that the records are sealed, all but those that landed later.
func (e *exporter) prove(p *Prover, header *ExportHeader) error {
	runs := make(map[string]bool)
	for stream, some := range e.leaves {
		slices.SortFunc(some, byOffset)
		proofs, err := p.Prove(stream, some)
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
			e.proofs[at] = proven{proof, some[i].Digest}
			if run := e.of[at]; run != "" {
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
	where := fmt.Sprintf("%s OR key IN %s", e.claim(), e.runs)
	return e.store.EachRecord(ctx, schema.Execution, where, e.params, func(records []schema.Record) error {
		for i := range records {
			rec := &records[i]
			of := streamOf(schema.Execution, rec)
			proof, taken := e.proofs[place{of, rec.Offset}]
			if !taken {
				continue
			}
			if digest, _ := DigestOf(rec, nil); digest != proof.digest {
				return notAsSealed(of, rec.Offset)
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
