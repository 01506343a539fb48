package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Head names a checkpoint: who remembers the latest one finds out when it is gone.
type Head struct {
	Trail    Trail `json:"trail"`
	Sequence int64 `json:"sequence"`
	Hash     Hash  `json:"hash"` // SHA-256 of its file
}

func (c *signedFile) head() Head { return Head{c.Trail, c.Sequence, c.hash} }

// HeadSuffix is what the name of the file that remembers the head of what a key has
// signed has more than that of the key.
const HeadSuffix = ".head"

// Witness is a file that remembers a head: of the last verification that found no fault,
// or of what a key has signed. It should lie where those who can change what is verified
// cannot. One without a name remembers nothing.
type Witness struct{ File string }

// recall gives what it remembers; nothing before the first time.
func (w Witness) recall() (Head, error) {
	var head Head
	if w.File == "" {
		return head, nil
	}
	text, err := os.ReadFile(w.File)
	if errors.Is(err, fs.ErrNotExist) {
		return head, nil
	}
	if err != nil {
		return head, err
	}
	if err := json.Unmarshal(text, &head); err != nil || head.Sequence < 1 || head.Trail == (Trail{}) {
		return head, fmt.Errorf("the witness %s cannot be read: take its copy, or name another file", w.File)
	}
	return head, nil
}

// prepared says whether remember can write, and leaves nothing behind.
func (w Witness) prepared() error {
	if w.File == "" {
		return nil
	}
	if info, err := os.Stat(w.File); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is in the way, which is no file", w.File)
	}
	file, err := os.CreateTemp(filepath.Dir(w.File), filepath.Base(w.File)+newSuffix+"*")
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// remember replaces what it remembers.
func (w Witness) remember(head Head) error {
	if w.File == "" {
		return nil
	}
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	return replace(w.File, append(text, '\n'))
}

// The reasons for which a head must be there.
const (
	wasVerified = "it was verified before"
	wasSigned   = "this key has signed it"
)

// recognise finds a head in a chain, in which it must be for a reason.
func (c *chain) recognise(head Head, reason string) {
	switch last, file := c.last(), c.at(head.Sequence); {
	case head.Sequence == 0:
	case last != nil && last.Trail != head.Trail:
		c.fault(head.Sequence, Forgotten, fmt.Sprintf("%s, of the trail %s, and the folder has the trail %s: name the folder of that one, or another witness", reason, head.Trail, last.Trail))
	case head.Sequence > c.end:
		c.fault(head.Sequence, Forgotten, fmt.Sprintf("%s, and it is missing: the folder ends with checkpoint %d", reason, c.end))
	case file != nil && file.hash != head.Hash:
		c.fault(head.Sequence, Forgotten, fmt.Sprintf("%s, and another is in its place", reason))
	}
}
