package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Head names a checkpoint: who remembers the latest one finds out when it is gone.
type Head struct {
	Sequence int64 `json:"sequence"`
	Hash     Hash  `json:"hash"` // SHA-256 of its file
}

func (c *signedFile) head() Head { return Head{c.Sequence, c.hash} }

// Witness is a file that remembers the head of the last verification that found no
// fault. It should lie where those who can change what is verified cannot.
type Witness struct{ File string }

// recall gives what it remembers; nothing before the first verification.
func (w Witness) recall() (Head, error) {
	var head Head
	text, err := os.ReadFile(w.File)
	if errors.Is(err, fs.ErrNotExist) {
		return head, nil
	}
	if err != nil {
		return head, err
	}
	if err := json.Unmarshal(text, &head); err != nil || head.Sequence < 1 {
		return head, fmt.Errorf("the witness %s cannot be read: take its copy, or name another file", w.File)
	}
	return head, nil
}

// remember replaces what it remembers.
func (w Witness) remember(head Head) error {
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	return replace(w.File, append(text, '\n'))
}

// recognise finds a head in a chain.
func (c *chain) recognise(head Head) {
	switch n := head.Sequence; {
	case n == 0:
	case n > int64(len(c.files)):
		c.fault(n, Forgotten, fmt.Sprintf("it was verified before, and is missing: the folder ends with checkpoint %d", len(c.files)))
	case c.files[n-1] != nil && c.files[n-1].hash != head.Hash:
		c.fault(n, Forgotten, "it is another than the one that was verified before")
	}
}
