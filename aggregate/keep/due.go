package keep

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema/store"
)

// period is a kind of window for which snapshots are kept.
type period struct {
	name string
	days int
}

var periods = []period{{"week", 7}, {"day", 1}}

// daysAtOnce is how many days are computed together at most, the latest first. More
// would take more memory.
const daysAtOnce = 56

func (p period) length() time.Duration { return time.Duration(p.days) * 24 * time.Hour }

// start is when the period began in which a day lies; weeks begin on Mondays.
func (p period) start(day time.Time) time.Time {
	if p.days == 7 {
		return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
	}
	return day
}

// halfAYear is how many days after an incident others of its cluster depend on it:
// whether they recur, and what people spend on the like of them by hand.
const halfAYear = 180

// followed is how many days after runs and incidents others are counted that follow
// them. It is half an hour after runs, and after incidents half an hour from when a run
// would usually have begun, which is taken to be within a day.
const followed = 1

// remembering are the metrics that look back for half a year.
var remembering = map[string]bool{"recurrence_rate": true, "familiar_stranger_rate": true, "toil_hours_saved": true}

// window is one period.
type window struct {
	period string
	starts time.Time
}

// dues says what has to be computed: what was touched after it was last computed, and
// what has become much older since.
type dues struct {
	now      time.Time
	lateness time.Duration // how long after a moment something may land that says so
	// touched is when something last landed on which all metrics of a period rest;
	// those that compare it with the one before rest on what is in before, too, those
	// that look back on what is in memory, and those that look at what follows on what
	// is in after.
	touched, before, memory, after map[window]time.Time
	declared                       time.Time // when settings were last imported
	computed                       map[computation]time.Time
}

// computation is a metric of a period.
type computation struct {
	window
	metric string
}

func newDues(now time.Time, lateness time.Duration) *dues {
	return &dues{
		now: now, lateness: lateness,
		touched: make(map[window]time.Time), before: make(map[window]time.Time), memory: make(map[window]time.Time), after: make(map[window]time.Time),
		computed: make(map[computation]time.Time),
	}
}

// lookForDue finds what is due; nil when nothing can be. Unless it is nil, incidents
// and executions as of now are kept.
func (k *Snapshots) lookForDue(ctx context.Context, now time.Time) (*dues, error) {
	d := newDues(now, k.lateness)
	since, err := progress(ctx, k.store, snapshotsWorker)
	if err != nil {
		return nil, err
	}
	last, declared, err := lastLanded(ctx, k.store, now)
	if err != nil {
		return nil, err
	}
	d.declared = declared
	if err := k.readComputed(ctx, d); err != nil {
		return nil, err
	}
	if !since.IsZero() && last.Before(since) && !d.anyRipe() {
		return nil, nil
	}
	// What was kept since the last pass that was completed stays: it says what runs were
	// about, and so which numbers they were in.
	if err := foldMembers(ctx, k.store, snapshotsWorker, now); err != nil {
		whole := func(m moment) bool { return m.isWhole }
		return nil, errors.Join(err, dropMembers(context.WithoutCancel(ctx), k.store, snapshotsWorker, whole))
	}
	if since.IsZero() {
		if since, err = k.lookAtAll(ctx, d); err != nil {
			return nil, err
		}
	}
	return d, k.lookSince(ctx, d, since)
}

// lookAtAll makes every day one that was touched just before the first pass began, so
// that one that is cut off goes on where it was. It gives from when on it is to be looked
// at what has landed since.
func (k *Snapshots) lookAtAll(ctx context.Context, d *dues) (since time.Time, err error) {
	if since, err = progress(ctx, k.store, firstSnapshots); err != nil {
		return since, err
	}
	if since.IsZero() {
		since = d.now.Add(-k.lateness)
		if err := progressTo(ctx, k.store, firstSnapshots, since); err != nil {
			return since, err
		}
	}
	params := map[string]string{"as_of": store.TimeParameter(d.now)}
	return since, k.store.Each(ctx, query("period_days"), params, func(rows store.Rows) error {
		var day time.Time
		err := rows.Scan(&day)
		d.touch("incident", day.UTC(), since.Add(-time.Millisecond))
		return err
	})
}

// lookSince finds the periods that were touched since a moment.
func (k *Snapshots) lookSince(ctx context.Context, d *dues, since time.Time) error {
	params := map[string]string{"since": store.TimeParameter(since), "as_of": store.TimeParameter(d.now)}
	return k.store.Each(ctx, query("period_days_touched"), params, func(rows store.Rows) error {
		var kind string
		var day, at time.Time
		if err := rows.Scan(&kind, &day, &at); err != nil {
			return err
		}
		d.touch(kind, day.UTC(), at)
		return nil
	})
}

func (k *Snapshots) readComputed(ctx context.Context, d *dues) error {
	return k.store.Each(ctx, query("periods_computed"), nil, func(rows store.Rows) error {
		var c computation
		var at time.Time
		if err := rows.Scan(&c.period, &c.starts, &c.metric, &at); err != nil {
			return err
		}
		c.starts = c.starts.UTC() // so that it equals others of the same moment
		d.computed[c] = at
		return nil
	})
}

// ripening is how long after its end a period is computed again whenever it has become
// twice as old: what was open then has been open for longer now, which is news as well.
const ripening = 90 * 24 * time.Hour

// anyRipe says whether a period has to be computed again for its age.
func (d *dues) anyRipe() bool {
	for c, at := range d.computed {
		if d.isRipe(c, at) {
			return true
		}
	}
	return false
}

// isRipe says whether a period has ended, or has become twice as old, since it was
// computed.
func (d *dues) isRipe(c computation, computed time.Time) bool {
	for _, p := range periods {
		if p.name != c.period {
			continue
		}
		end := c.starts.Add(p.length())
		if computed.Before(end) {
			return !d.now.Before(end)
		}
		return computed.Sub(end) < ripening && d.now.Sub(c.starts) >= 2*computed.Sub(c.starts)
	}
	return false
}

// touch notes that something that began on a day, or is linked to what did, last landed
// at a moment.
func (d *dues) touch(kind string, day, at time.Time) {
	later := func(when map[window]time.Time, w window) {
		if !w.starts.After(d.now) && when[w].Before(at) {
			when[w] = at
		}
	}
	for _, p := range periods {
		starts := p.start(day)
		later(d.touched, window{p.name, starts})
		if kind != "incident" {
			continue
		}
		later(d.before, window{p.name, starts.Add(p.length())})
		later(d.after, window{p.name, p.start(day.AddDate(0, 0, -followed))})
		for w := starts; !w.After(day.AddDate(0, 0, halfAYear)) && !w.After(d.now); w = w.Add(p.length()) {
			later(d.memory, window{p.name, w})
		}
	}
}

// isDue says whether a metric of a period has to be computed.
func (d *dues) isDue(w window, m *aggregate.Metric) bool {
	c := computation{w, m.Name}
	computed, known := d.computed[c]
	if !known || d.isRipe(c, computed) {
		return true
	}
	changed := []time.Time{d.touched[w]}
	switch m.Estimator {
	case aggregate.RateChange, aggregate.TimeChange:
		changed = append(changed, d.before[w])
	case aggregate.Toil:
		changed = append(changed, d.declared)
	case aggregate.Excess:
		changed = append(changed, d.after[w])
	}
	if remembering[m.Name] {
		changed = append(changed, d.memory[w])
	}
	return !computed.After(slices.MaxFunc(changed, time.Time.Compare).Add(d.lateness))
}

// chunks lists the periods of which something may be due, the latest first, in lists of
// what is computed together.
func (d *dues) chunks(p period) [][]time.Time {
	known := make(map[time.Time]bool)
	for w := range d.touched {
		known[w.starts] = known[w.starts] || w.period == p.name
	}
	for c := range d.computed {
		known[c.starts] = known[c.starts] || c.period == p.name
	}
	maps.DeleteFunc(known, func(_ time.Time, of bool) bool { return !of })
	starts := slices.SortedFunc(maps.Keys(known), func(a, b time.Time) int { return b.Compare(a) })
	return slices.Collect(slices.Chunk(starts, daysAtOnce/p.days))
}

// of lists what is due of a metric in some periods, given the latest first, as runs of
// consecutive ones.
func (d *dues) of(p period, m *aggregate.Metric, starts []time.Time) []job {
	var jobs []job
	for _, at := range slices.Backward(starts) {
		if !d.isDue(window{p.name, at}, m) {
			continue
		}
		if n := len(jobs); n > 0 && jobs[n-1].from.AddDate(0, 0, jobs[n-1].count*p.days).Equal(at) {
			jobs[n-1].count++
		} else {
			jobs = append(jobs, job{m, at, 1})
		}
	}
	return jobs
}
