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

	key, value []byte
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
	if c.Encoding != "base64" {
		c.key, c.value = []byte(c.Key), []byte(*c.Raw)
		return c, nil
	}
	var keyErr, valueErr error
	c.key, keyErr = base64.StdEncoding.DecodeString(c.Key)
	c.value, valueErr = base64.StdEncoding.DecodeString(*c.Raw)
	if err := errors.Join(keyErr, valueErr); err != nil {
		return c, fmt.Errorf(`"key" and "raw" are to be base64, or "encoding" to be "text": %w`, err)
	}
	return c, nil
}
