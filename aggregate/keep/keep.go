package keep

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"path"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/aggregate/recurrence"
	"github.com/vividium/firebreak/aggregate/review"
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

// Config is what the workers need.
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
	// Deliver sends a weekly review to people; nil when nobody wants it. It may be called
	// again for the same week when the process was killed just after it.
	Deliver func(context.Context, *review.Report) error
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
	cfg = cfg.withDefaults()
	return &Keeper{cfg: cfg, store: s, lease: newLease(s, clustersWorker, cfg.Holder)}
}

func (cfg Config) withDefaults() Config {
	if cfg.Every == 0 {
		cfg.Every = everyDefault
	}
	if cfg.Metrics == nil {
		cfg.Metrics = NewMetrics(prometheus.NewRegistry())
	}
	return cfg
}

// Run makes one pass after another until ctx ends. While another process does,
// it waits. A pass that fails is made again from what the tables hold.
func (k *Keeper) Run(ctx context.Context) error {
	return k.cfg.takeTurns(ctx, k.lease, &k.health, "clusters", k.passes)
}

// takeTurns does some work whenever the lease can be had, until ctx ends.
func (cfg *Config) takeTurns(ctx context.Context, l *lease, h *health, what string, work func(context.Context) error) error {
	for {
		_, err := l.during(ctx, work)
		if ctx.Err() != nil {
			return nil
		}
		if h.set(err); err != nil {
			cfg.Log.Warn("keeping "+what+" cannot go on; trying again", "error", err)
		}
		if !pause(ctx, min(cfg.Every, l.length/3)) {
			return nil
		}
	}
}

// passAfterPass makes one pass after another, with a pause between them, whenever the
// lease can be had, until ctx ends. One that fails is told; the next tries it again.
func (cfg *Config) passAfterPass(ctx context.Context, l *lease, h *health, p *pace, what string, pass func(context.Context) error) error {
	return cfg.takeTurns(ctx, l, h, what, func(ctx context.Context) error {
		for {
			err := pass(ctx)
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil:
				cfg.Log.Warn("keeping "+what+" failed; what failed is tried again", "error", err, "at", p.due)
			}
			if !pause(ctx, cfg.Every) {
				return ctx.Err()
			}
		}
	})
}

// Once makes one pass, and forms the verdicts of all weeks that are over, which other
// passes do bit by bit. While another process keeps clusters it does nothing, and held is
// false.
func (k *Keeper) Once(ctx context.Context) (held bool, err error) {
	return k.lease.during(ctx, func(ctx context.Context) error {
		did, err := k.Pass(ctx)
		if err == nil {
			_, err = k.judgeDue(ctx, math.MaxInt64, &did)
		}
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
// does. After a failure to keep clusters, the next one begins from what the tables
// hold.
func (k *Keeper) Pass(ctx context.Context) (Pass, error) {
	began := k.cfg.Now()
	did, all, err := k.pass(ctx)
	if err != nil {
		k.clusters = nil
	} else {
		err = k.conclude(ctx, all, &did)
	}
	k.health.set(errors.Join(err, k.ranking.failed, k.judging.failed))
	k.cfg.Metrics.note(did, err, k.cfg.Now().Sub(began).Seconds())
	return did, err
}

// pass keeps the clusters; of those whose facts it computed, when these were all,
// it gives the facts.
func (k *Keeper) pass(ctx context.Context) (did Pass, all []aggregate.ClusterFacts, err error) {
	if k.clusters == nil {
		if err := k.load(ctx); err != nil {
			return did, nil, fmt.Errorf("loading clusters: %w", err)
		}
	}
	if err := k.carryOut(ctx, &did); err != nil {
		return did, nil, fmt.Errorf("carrying out changes of clusters: %w", err)
	}
	if k.clusters == nil { // everything was clustered anew
		if err := k.load(ctx); err != nil {
			return did, nil, fmt.Errorf("loading clusters: %w", err)
		}
	}
	if err := k.assign(ctx, &did); err != nil {
		return did, nil, fmt.Errorf("assigning incidents: %w", err)
	}
	if err := k.reconsider(ctx, &did); err != nil {
		return did, nil, fmt.Errorf("looking again at clusters: %w", err)
	}
	if all, err = k.compute(ctx, &did); err != nil {
		return did, nil, fmt.Errorf("computing facts of clusters: %w", err)
	}
	return did, all, nil
}

// conclude ranks and judges. Should it fail, as where a year of runs does not fit
// into memory, clusters are kept all the same, and it is tried again in its time.
func (k *Keeper) conclude(ctx context.Context, all []aggregate.ClusterFacts, did *Pass) error {
	var failures []error
	if err := k.rank(ctx, all, did); err != nil {
		failures = append(failures, fmt.Errorf("ranking the backlog: %w", err))
	}
	if err := k.judge(ctx, did); err != nil {
		failures = append(failures, fmt.Errorf("judging automations: %w", err))
	}
	return errors.Join(failures...)
}
