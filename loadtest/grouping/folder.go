package grouping

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/vividium/firebreak/aggregate/recurrence"
	"github.com/vividium/firebreak/schema"
)

// Set is a stream of incidents in the order in which they opened. Truth[i] is
// the group of incident i; there is none when nobody knows.
type Set struct {
	Name      string
	Incidents []*recurrence.Incident
	Truth     []string
}

const (
	incidentsSuffix = ".incidents.ndjson.gz"
	truthSuffix     = ".truth.tsv"
)

// ReadFolder reads NAME.incidents.ndjson.gz, and the truth where NAME.truth.tsv
// (incident id, tab, group) lies beside it.
func ReadFolder(folder string) ([]Set, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*"+incidentsSuffix))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no file NAME%s", folder, incidentsSuffix)
	}
	var sets []Set
	for _, file := range files {
		set, err := readSet(strings.TrimSuffix(file, incidentsSuffix))
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	return sets, nil
}

func readSet(path string) (Set, error) {
	set := Set{Name: filepath.Base(path)}
	err := lines(path+incidentsSuffix, func(line []byte) error {
		in, err := opened(line)
		if in != nil {
			set.Incidents = append(set.Incidents, in)
		}
		return err
	})
	if err != nil {
		return set, err
	}
	set.inOrder()
	truth, err := readTruth(path + truthSuffix)
	if err != nil {
		return set, err
	}
	for _, in := range set.Incidents {
		if group, known := truth[in.ID]; known {
			set.Truth = append(set.Truth, group)
		}
	}
	if n := len(set.Truth); n != 0 && n != len(set.Incidents) {
		return set, fmt.Errorf("%s%s knows %d of %d incidents", path, truthSuffix, n, len(set.Incidents))
	}
	return set, nil
}

func readTruth(file string) (map[string]string, error) {
	text, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return nil, nil
	}
	truth := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		if id, group, found := strings.Cut(strings.TrimSpace(line), "\t"); found {
			truth[id] = group
		}
	}
	return truth, err
}

func lines(file string, each func([]byte) error) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("reading %s: %w", file, err)
	}
	scanner := bufio.NewScanner(unzipped)
	scanner.Buffer(make([]byte, 1<<20), schema.MaxRecordBytes+1)
	for n := 1; scanner.Scan(); n++ {
		if err := each(scanner.Bytes()); err != nil {
			return fmt.Errorf("%s, line %d: %w", file, n, err)
		}
	}
	return scanner.Err()
}

// opened reads an incident from its opening; nil when the line is another event.
func opened(line []byte) (*recurrence.Incident, error) {
	d := schema.NewDecoder(schema.Incident)
	event, fault := d.Decode(&schema.Record{Value: slices.Clone(line)}, time.Now())
	if fault != nil {
		return nil, fault
	}
	e := event.(*schema.IncidentEvent)
	if e.Type != schema.IncidentOpened {
		return nil, nil
	}
	return recurrence.FromOpened(e), nil
}
