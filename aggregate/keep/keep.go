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
	// Holder is who this process is among those that ask for the lease. Started
	// again as the same holder, it does not wait until the lease ends that it had
	// when it was killed; two processes must never be the same at a time. Default:
	// a random name.
	Holder string
}

// Keeper keeps the derived tables. It is for one goroutine.
type Keeper struct {
	cfg   Config
	store *store.Store
	lease *lease

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
	ranking  ranking
	judging  judging
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
	// Ranked items of the backlog and Judged verdicts were written.
	Ranked, Judged int
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
	return &Keeper{cfg: cfg, store: s, lease: newLease(s, cfg.Holder)}
}

// Run makes one pass after another until ctx ends. While another process does,
// it waits. A pass that fails is made again from what the tables hold.
func (k *Keeper) Run(ctx context.Context) error {
	for {
		_, err := k.lease.during(ctx, k.passes)
		if ctx.Err() != nil {
			return nil
		}
		if k.health.set(err); err != nil {
			k.cfg.Log.Warn("keeping clusters cannot go on; trying again", "error", err)
		}
		if !pause(ctx, min(k.cfg.Every, k.lease.length/3)) {
			return nil
		}
	}
}

// Once makes one pass. While another process keeps clusters it does nothing, and
// held is false.
func (k *Keeper) Once(ctx context.Context) (held bool, err error) {
	return k.lease.during(ctx, func(ctx context.Context) error {
		_, err := k.Pass(ctx)
		return err
	})
}

// passes makes one pass after another until ctx ends, beginning from what the
// tables hold: others may have written meanwhile.
func (k *Keeper) passes(ctx context.Context) error {
	for k.clusters = nil; ; {
		did, err := k.Pass(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			k.cfg.Log.Warn("keeping clusters failed; trying again", "error", err, "in", k.cfg.Every)
		case did != Pass{}:
			k.cfg.Log.Info("kept clusters", "assigned", did.Assigned, "merged", did.Merged, "changed", did.Changed, "computed", did.Computed, "ranked", did.Ranked, "judged", did.Judged)
		}
		if !pause(ctx, k.cfg.Every) {
			return ctx.Err()
		}
	}
}

// pause waits; it is false when ctx ended before.
func pause(ctx context.Context, length time.Duration) bool {
	select {
	case <-time.After(length):
		return true
	case <-ctx.Done():
		return false
	}
}

// Pass does everything that is due now, without asking whether another process
// does. After a failure, the next one begins from what the tables hold.
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
	all, err := k.compute(ctx, &did)
	if err != nil {
		return did, fmt.Errorf("computing facts of clusters: %w", err)
	}
	if err := k.rank(ctx, all, &did); err != nil {
		return did, fmt.Errorf("ranking the backlog: %w", err)
	}
	if err := k.judge(ctx, &did); err != nil {
		return did, fmt.Errorf("judging automations: %w", err)
	}
	return did, nil
}
