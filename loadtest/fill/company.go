package fill

import (
	"context"
	"log/slog"
	"time"

	"github.com/vividium/firebreak/aggregate/keep"
	"github.com/vividium/firebreak/loadtest/world"
	"github.com/vividium/firebreak/schema/store"
)

// Company brings the generated company of the demo, which began at a moment, into a
// migrated store, and keeps all that the workers keep.
func Company(ctx context.Context, s *store.Store, start time.Time, days int) error {
	w := world.Generate(world.Config{Seed: 1, Start: start, Days: days, Scale: 1})
	if _, err := Into(ctx, s, w.Events()); err != nil {
		return err
	}
	// Time stands still, so that a pass judges all weeks instead of some and the rest
	// in the next.
	now := time.Now()
	cfg := keep.Config{Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }}
	if _, err := keep.New(s, cfg).Pass(ctx); err != nil {
		return err
	}
	if _, err := keep.NewSnapshots(s, cfg).Pass(ctx); err != nil {
		return err
	}
	return keep.NewMembers(s, cfg).Pass(ctx)
}
