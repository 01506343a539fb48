package main

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/segmentio/encoding/json"

	"github.com/vividium/firebreak/schema"
)

// correction is what a line of a file says.
type correction struct {
	Topic     string  `json:"topic"`
	Partition *int32  `json:"partition"`
	Offset    *int64  `json:"offset"`
	Key       string  `json:"key"`
	Raw       *string `json:"raw"`
	Encoding  string  `json:"encoding"`
	// Headers are nil where they are to stay as they are.
	Headers *[]struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"headers"`

	key, value []byte
	headers    []schema.Header
}

// readCorrections reads what `dead-letters list --format json` writes.
func readCorrections(in io.Reader) (map[string]correction, error) {
	corrections := make(map[string]correction)
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 1<<20), 2*maxLine) // a value in JSON is longer than its bytes
	number := 1
	for ; lines.Scan(); number++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		c, err := readCorrection(lines.Bytes())
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		at := (&schema.Record{Topic: c.Topic, Partition: *c.Partition, Offset: *c.Offset}).Place()
		if _, twice := corrections[at]; twice {
			return nil, fmt.Errorf("line %d: %s is in the file twice", number, at)
		}
		corrections[at] = c
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("line %d cannot be read: %w", number, err)
	}
	return corrections, nil
}

func readCorrection(line []byte) (correction, error) {
	var c correction
	if err := json.Unmarshal(line, &c); err != nil {
		return c, fmt.Errorf("not a line of `firebreak dead-letters list --format json`: %w", err)
	}
	if c.Topic == "" || c.Partition == nil || c.Offset == nil || c.Raw == nil {
		return c, errors.New(`a dead letter needs "topic", "partition", "offset" and "raw", as "firebreak dead-letters list --format json" writes them`)
	}
	read := func(text string) ([]byte, error) { return []byte(text), nil }
	if c.Encoding == "base64" {
		read = base64.StdEncoding.DecodeString
	}
	var faults [3]error
	c.key, faults[0] = read(c.Key)
	c.value, faults[1] = read(*c.Raw)
	if c.Headers != nil {
		for _, h := range *c.Headers {
			value, err := read(h.Value)
			c.headers = append(c.headers, schema.Header{Name: h.Name, Value: value})
			faults[2] = errors.Join(faults[2], err)
		}
	}
	if err := errors.Join(faults[:]...); err != nil {
		return c, fmt.Errorf(`"key", "raw" and the headers' values are to be base64, or "encoding" to be "text": %w`, err)
	}
	return c, nil
}

// correct gives a dead letter the correction's key, value and headers.
func (c *correction) correct(dead *schema.Record) {
	dead.Key, dead.Value = c.key, c.value
	if c.Headers == nil {
		return
	}
	original, isReplay := dead.ReplayOf()
	dead.Headers = c.headers
	if _, kept := dead.ReplayOf(); isReplay && !kept {
		dead.Headers = append(dead.Headers, schema.Header{Name: schema.ReplayHeader, Value: []byte(original)})
	}
}
