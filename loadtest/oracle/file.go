package oracle

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/vividium/firebreak/schema"
)

// Topic is the default name of an entity's topic.
func Topic(e schema.Entity) string { return "firebreak." + e.String() + "s" }

// LineFault is a line of a file that is no event.
type LineFault struct {
	Path  string
	Line  int // from 1
	Fault *schema.Fault
}

// ReadFiles adds the events in NDJSON files, plain or gzipped (by the name's
// end, .gz), as if each line were a record: on the default topic of its
// event's entity, in partition 0, at the next offset there. Lines that break
// the contract are returned; an offset is theirs too where the type tells the
// topic. Blank lines are passed over. It fails when a file cannot be read.
func (f *Fold) ReadFiles(paths ...string) ([]LineFault, error) {
	r := fileReader{fold: f, decoders: make(map[schema.Entity]*schema.Decoder), now: time.Now()}
	for _, path := range paths {
		if err := r.readFile(path); err != nil {
			return r.faults, fmt.Errorf("read events from %s: %w", path, err)
		}
	}
	return r.faults, nil
}

type fileReader struct {
	fold     *Fold
	decoders map[schema.Entity]*schema.Decoder
	faults   []LineFault
	now      time.Time
}

func (r *fileReader) readFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if !strings.HasSuffix(path, ".gz") {
		return r.readLines(path, file)
	}
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	return r.readLines(path, unzipped)
}

func (r *fileReader) readLines(path string, from io.Reader) error {
	lines := bufio.NewReader(from)
	for number := 1; ; number++ {
		line, err := lines.ReadString('\n')
		if line = strings.TrimSpace(line); line != "" {
			if fault := r.readLine([]byte(line)); fault != nil {
				r.faults = append(r.faults, LineFault{path, number, fault})
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *fileReader) readLine(line []byte) *schema.Fault {
	entity, ok := entityOf(line)
	if !ok {
		return &schema.Fault{
			Reason: schema.ReasonUnknownType, Field: "type",
			Message: "the line does not tell its entity by a type of the contract",
		}
	}
	if r.decoders[entity] == nil {
		r.decoders[entity] = schema.NewDecoder(entity)
	}
	r.fold.stream(entity) // makes the zero Fold ready
	topic := Topic(entity)
	offset := r.fold.next[topic]
	r.fold.next[topic]++
	ev, fault := r.decoders[entity].Decode(&schema.Record{Topic: topic, Offset: offset, Value: line}, r.now)
	if fault != nil {
		return fault
	}
	r.fold.Add(ev, topic, 0, offset)
	return nil
}

func entityOf(line []byte) (schema.Entity, bool) {
	var members map[string]json.RawMessage
	var eventType string
	if json.Unmarshal(line, &members) != nil || json.Unmarshal(members["type"], &eventType) != nil {
		return 0, false
	}
	return schema.EntityOf(eventType)
}
