package audit_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vividium/firebreak/schema/audit"
)

// A process that has the folder and does not seal is told of by the others, as soon as
// something has waited for three times as long as it should.
func TestFailureWhileAnotherDoesNotSeal(t *testing.T) {
	c := emptyCompany(t)
	base := time.Now()
	now := base.Add(-4 * time.Hour)
	sealer := audit.NewSealer(c.reader, audit.SealConfig{Dir: c.dir, Key: c.key, Every: time.Hour, Now: func() time.Time { return now }})
	for _, step := range []struct {
		name string
		do   func()
		now  time.Duration // since what has landed landed
		want string
	}{
		{"nothing has landed", func() {}, 4 * time.Hour, ""},
		{"nothing was ever sealed", func() { land(t, c.store, records()[:100]) }, 4 * time.Hour, "does not seal what landed more than 3h0m0s ago"},
		{"nothing was sealed yet", func() {}, 2 * time.Hour, ""},
		{"all is sealed, and long ago", func() {
			now = base.Add(-4 * time.Hour)
			_, err := sealer.Seal(t.Context())
			must(t, err)
		}, 4 * time.Hour, ""},
		{"something has just landed", func() { land(t, c.store, records()[100:200]) }, time.Hour, ""},
		{"something has waited", func() {}, 4 * time.Hour, "another process has " + c.dir + ", and does not seal"},
		{"another has sealed it", func() { c.seal(t) }, 4 * time.Hour, ""},
		{"the newest checkpoint is wrong", func() {
			must(t, os.Truncate(filepath.Join(c.dir, "00000002.checkpoint"), 10))
		}, 4 * time.Hour, "nothing can be sealed behind checkpoint 2"},
	} {
		step.do()
		unlock, err := audit.LockDir(c.dir)
		must(t, err)
		now = base.Add(step.now)
		if _, err := sealer.Seal(t.Context()); !errors.Is(err, audit.ErrInUse) {
			t.Errorf("%s: %v", step.name, err)
		}
		unlock()
		err = sealer.Failure()
		if (err == nil) != (step.want == "") || err != nil && !strings.Contains(err.Error(), step.want) {
			t.Errorf("%s: %v, want %q", step.name, err, step.want)
		}
	}
}
