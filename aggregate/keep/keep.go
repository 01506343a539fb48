package keep

import (
	"context"
	"embed"
	"fmt"
	"log/slog"
	"path"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/aggregate/recurrence"
	"github.com/vividium/firebreak/schema/store"
)

//go:embed sql/*.sql
var sqlFiles embed.FS

func query(name string) string {
	text, err := sqlFiles.ReadFile(path.Join("sql", name+".sql"))
	if err != nil {
		panic(err) // a name that is not in the package
	}
	return string(text)
}

// Config is what a Keeper needs.
type Config struct {
	// Every is how long it waits between passes. Default 5 s.
	Every   time.Duration
	Log     *slog.Logger
	Now     func() time.Time
	Metrics *Metrics
	// Alone says that no other process can keep clusters in this database, so
	// that Run need not ask for the lease.
	Alone bool
}

// Keeper keeps the derived tables. It is for one goroutine.
type Keeper struct {
	cfg   Config
	store *store.Store
	lease *lease // nil when alone

	health health

	clusters *recurrence.Clusterer
	log      *decisions // as it was when all this was loaded
	members  map[string]member
	// landed is up to when everything that landed has been looked at.
	landed time.Time
	// caughtUp: since it was loaded, everything that had never been matched was.
	caughtUp bool
	// stale are the clusters whose facts must be computed; all, every so often.
	stale    map[string]bool
	allStale time.Time
	around   *aggregate.Surroundings // as of allStale
}

// member is what is remembered of an incident.
type member struct {
	cluster  string
	evidence uint64 // hash of what was known when it was matched
	state    uint64 // hash of what its cluster's facts rest on; 0 when not known
	pinned   bool   // a person put it there
}

// Pass says what a pass did.
type Pass struct {
	Assigned, Merged, Changed, Computed int
}

const (
	everyDefault = 5 * time.Second
	// lateness is how long after its landed_at a record may become visible: as
	// long as an insert may take.
	lateness = 3 * time.Minute
	// restate is how often the facts of all clusters are computed, since rates and
	// states change with time alone.
	restate = time.Hour
)

// New makes a Keeper that knows nothing yet.
func New(s *store.Store, cfg Config) *Keeper {
	if cfg.Every == 0 {
		cfg.Every = everyDefault
	}
	if cfg.Metrics == nil {
		cfg.Metrics = NewMetrics(prometheus.NewRegistry())
	}
	k := &Keeper{cfg: cfg, store: s}
	if !cfg.Alone {
		k.lease = newLease(s)
	}
	return k
}

// Run makes one pass after another until ctx ends. While another process does,
// it waits. A pass that fails is made again from what the tables hold.
func (k *Keeper) Run(ctx context.Context) error {
	defer func() {
		if k.lease != nil {
			k.lease.release(ctx)
		}
	}()
	for {
		did, err := k.turn(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			k.cfg.Log.Warn("keeping clusters failed; trying again", "error", err, "in", k.cfg.Every)
		case did != Pass{}:
			k.cfg.Log.Info("kept clusters", "assigned", did.Assigned, "merged", did.Merged, "changed", did.Changed, "computed", did.Computed)
		}
		select {
		case <-time.After(k.cfg.Every):
		case <-ctx.Done():
			return nil
		}
	}
}

// turn makes a pass if it is this process's turn.
func (k *Keeper) turn(ctx context.Context) (Pass, error) {
	if k.lease != nil {
		held, fresh, err := k.lease.hold(ctx, k.cfg.Now())
		if err != nil || !held {
			k.clusters = nil
			k.health.set(err)
			return Pass{}, err
		}
		if fresh {
			k.clusters = nil
		}
	}
	return k.Pass(ctx)
}

// Pass does everything that is due now. After a failure, the next one begins
// from what the tables hold.
func (k *Keeper) Pass(ctx context.Context) (Pass, error) {
	began := k.cfg.Now()
	did, err := k.pass(ctx)
	if err != nil {
		k.clusters = nil
	}
	k.health.set(err)
	k.cfg.Metrics.note(did, err, k.cfg.Now().Sub(began).Seconds())
	return did, err
}

func (k *Keeper) pass(ctx context.Context) (Pass, error) {
	var did Pass
	if k.clusters == nil {
		if err := k.load(ctx); err != nil {
			return did, fmt.Errorf("loading clusters: %w", err)
		}
	}
	if err := k.carryOut(ctx, &did); err != nil {
		return did, fmt.Errorf("carrying out changes of clusters: %w", err)
	}
	if k.clusters == nil { // everything was clustered anew
		if err := k.load(ctx); err != nil {
			return did, fmt.Errorf("loading clusters: %w", err)
		}
	}
	if err := k.assign(ctx, &did); err != nil {
		return did, fmt.Errorf("assigning incidents: %w", err)
	}
	if err := k.reconsider(ctx, &did); err != nil {
		return did, fmt.Errorf("looking again at clusters: %w", err)
	}
	if err := k.compute(ctx, &did); err != nil {
		return did, fmt.Errorf("computing facts of clusters: %w", err)
	}
	return did, nil
}
