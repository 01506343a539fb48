package audit

import (
	"encoding/hex"
	"fmt"
	"io"
)

// Trail names an audit trail: a random number that is made with its first checkpoint and
// stands in every one, so that none can be taken for one of another trail that the same
// key has signed. As text it is written in 32 lower-case hexadecimal digits.
type Trail [16]byte

func newTrail(random io.Reader) (t Trail, err error) {
	if _, err = io.ReadFull(random, t[:]); err != nil {
		return t, fmt.Errorf("making a name for the trail: %w", err)
	}
	return t, nil
}

// String implements fmt.Stringer.
func (t Trail) String() string { return hex.EncodeToString(t[:]) }

// MarshalText implements encoding.TextMarshaler.
func (t Trail) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Trail) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	if err != nil || len(b) != len(t) {
		return fmt.Errorf("%.80q is not the name of a trail in 32 hexadecimal digits", text)
	}
	copy(t[:], b)
	return nil
}
