package grouping

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vividium/firebreak/aggregate/recurrence"
)

// Style says what the incidents of a generated company tell beside their titles
// and services.
type Style struct {
	Name string
	// Descriptions stand in seven of ten incidents, each in other words.
	Descriptions bool
	// Rules are named in eight of ten incidents, generic ones among them.
	Rules bool
	// Unheard: what is wrong is said in words of which the clusterer knows nothing
	// beforehand.
	Unheard bool
}

// Styles are the generated companies that eval tries.
var Styles = []Style{
	{"rules and descriptions", true, true, false},
	{"rules and descriptions, unheard", true, true, true},
	{"descriptions", true, false, false},
	{"descriptions, unheard", true, false, true},
	{"rules", false, true, false},
	{"rules, unheard", false, true, true},
	{"titles and services", false, false, false},
	{"titles and services, unheard", false, false, true},
}

// Strangers are incidents that come back after a long time in other words or
// elsewhere: pairs of positions in a set, the earlier first.
type Strangers [][2]int

const (
	companyTroubles = 250
	companyServices = 30
	companyDays     = 500
	vagueShare      = 0.03
	strangerGap     = 120 // days
)

// Company generates a company's incidents of more than a year.
func Company(seed uint64, style Style) (Set, Strangers) { return Conglomerate(seed, style, 1) }

// Conglomerate generates a company that is size times as large.
func Conglomerate(seed uint64, style Style, size int) (Set, Strangers) {
	c := &company{Rand: rand.New(rand.NewPCG(seed, 7)), style: style}
	c.open(size)
	slices.SortStableFunc(c.told, func(a, b told) int { return a.OpenedAt.Compare(b.OpenedAt) })
	set := Set{Name: "generated: " + style.Name}
	at := make(map[string]int)
	var strangers Strangers
	for i, t := range c.told {
		t.ID = "I" + strconv.Itoa(i)
		set.Incidents = append(set.Incidents, t.Incident)
		set.Truth = append(set.Truth, t.trouble)
		before, known := at[t.trouble]
		if known && !t.vague && t.isStranger(c.told[before]) {
			strangers = append(strangers, [2]int{before, i})
		}
		if !t.vague {
			at[t.trouble] = i
		}
	}
	return set, strangers
}

type company struct {
	*rand.Rand
	style Style
	told  []told
}

// told is an incident and what is true of it.
type told struct {
	*recurrence.Incident
	trouble string
	wording int
	vague   bool
}

func (t told) isStranger(before told) bool {
	return t.OpenedAt.Sub(before.OpenedAt) >= (strangerGap-10)*24*time.Hour && (t.wording != before.wording || t.Service != before.Service)
}

// fault is one thing that goes wrong.
type fault struct {
	name     string
	wordings []string
	services []string
	rule     string
	story    []string // words of its descriptions
}

var (
	subjects = strings.Split("connection pool,read replica,job queue,leaf certificate,page cache,search index,log volume,worker thread,session table,access token,nightly backup,cron runner,name server,edge gateway,message broker,lock manager,rate limiter,object store,feature flag,load balancer,config map,write ahead log,mail relay,payment callback,image resizer,price feed,stock ledger,audit trail,node pool,scheduler", ",")
	symptoms = [][]string{
		{"exhausted", "used up", "at its limit"},
		{"unresponsive", "hangs", "does not answer"},
		{"answers slowly", "latency too high", "response times climbing"},
		{"killed for lack of memory", "OOM killed", "over its memory limit"},
		{"falls behind", "backlog growing", "lag rising"},
		{"expired", "ran out of validity", "no longer valid"},
		{"refuses connections", "unreachable", "connections rejected"},
		{"corrupt", "checksum mismatch", "inconsistent contents"},
		{"vanished", "missing", "cannot be found"},
		{"crash looping", "restarts again and again", "keeps crashing"},
		{"returns stale data", "serves old values", "out of date"},
		{"deadlocked", "stuck on a lock", "waits for ever"},
	}
	// unheard are other words for symptoms, in the same order: not one is a saying
	// of the clusterer's.
	unheard = [][]string{
		{"hit the ceiling", "has no free slots", "ran dry"},
		{"frozen", "freezes up", "gives no sign of life"},
		{"crawling", "drags its feet", "p99 through the roof"},
		{"evicted by the kernel", "killed at 4 GiB", "heap blew up"},
		{"piling up", "queueing up", "hours behind"},
		{"past its date", "ran out last night", "too old to be accepted"},
		{"rejects clients", "resets every socket", "handshake refused"},
		{"garbled", "damaged", "fails verification"},
		{"gone", "lost", "nowhere to be seen"},
		{"dies on start", "bounces", "comes up and dies"},
		{"shows figures of yesterday", "was not refreshed", "behind its source"},
		{"two writers block each other", "blocked by a transaction", "cannot get its turn"},
	}
	frames = []string{
		"{subject} {symptom} on {host}",
		"{service}: {subject} {symptom}",
		"[P{few}] {subject} of {service} {symptom} ({n}%)",
		"{subject} at {host} {symptom}, {n} requests failed",
		"{symptom} since {few} min: {subject} of {service}",
		"{subject} {symptom} in {zone} ({id})",
	}
	vague = []string{
		"Service disruption", "Production incident", "Something is wrong with {service}", "Degraded performance", "Issue with {service}",
		"Elevated error rates", "Increased latency", "Health check failed on {service}", "We are looking into reports of trouble", "{service} down",
	}
	genericRules = []string{"HighErrorRate", "SLOBurn", "HealthCheckFailing"}
	zones        = []string{"eu-west-1a", "eu-west-1b", "us-east-2c"}
	fillers      = strings.Split("after,before,while,because,until,every,second,again,during,only,some,all,then,when,between,under", ",")
)

func (c *company) open(size int) {
	var services []string
	for range companyServices * size {
		services = append(services, c.invent()+"-"+pick(c, []string{"api", "worker", "db", "web"}))
	}
	used := make(map[string]bool)
	for n := range companyTroubles * size {
		f := c.fault(n, services, used)
		if c.IntN(3) == 0 {
			c.comeAndGo(f)
		} else {
			c.recur(f)
		}
	}
}

func pick[T any](c *company, list []T) T { return list[c.IntN(len(list))] }

// invent makes a word that is in no dictionary.
func (c *company) invent() string {
	var b strings.Builder
	for range 2 + c.IntN(2) {
		b.WriteString(pick(c, strings.Split("b,d,f,g,k,l,m,n,p,r,s,t,v,z,br,tr,st", ",")) + pick(c, strings.Split("a,e,i,o,u", ",")) + pick(c, strings.Split(",l,n,r,s,x", ",")))
	}
	return b.String()
}

// fault makes a trouble of which both subject and symptom may be another's, but
// not the two together. Half of the subjects have an invented word.
func (c *company) fault(n int, services []string, used map[string]bool) *fault {
	f := &fault{name: "T" + strconv.Itoa(n)}
	subject, symptom := "", 0
	for subject == "" || used[fmt.Sprint(subject, symptom)] {
		subject, symptom = pick(c, subjects), c.IntN(len(symptoms))
		if c.IntN(2) == 0 {
			subject = c.invent() + " " + strings.Fields(subject)[0]
		}
	}
	used[fmt.Sprint(subject, symptom)] = true
	for _, i := range c.Perm(len(frames))[:3] {
		ways := symptoms[symptom]
		if c.style.Unheard {
			ways = unheard[symptom]
		}
		said := strings.NewReplacer("{subject}", subject, "{symptom}", pick(c, ways)).Replace(frames[i])
		f.wordings = append(f.wordings, said)
	}
	for range 1 + c.IntN(4) {
		f.services = append(f.services, pick(c, services))
	}
	for w := range strings.FieldsSeq(subject + " " + symptoms[symptom][0]) {
		f.rule += strings.ToUpper(w[:1]) + w[1:]
	}
	f.story = append(strings.Fields(subject), c.invent(), c.invent(), c.invent())
	for range 8 {
		f.story = append(f.story, pick(c, strings.Fields(strings.Join(subjects, " "))), pick(c, fillers))
	}
	return f
}

// recur lets a fault happen every few weeks.
func (c *company) recur(f *fault) {
	every := 4 + 40*c.Float64()
	for day := every * c.ExpFloat64(); day < companyDays; day += every * c.ExpFloat64() {
		wording := 0
		if c.IntN(3) == 0 {
			wording = c.IntN(len(f.wordings))
		}
		c.tell(f, day, wording, pick(c, f.services))
	}
}

// comeAndGo lets a fault happen a few times within days, and again in other
// words and elsewhere some months later.
func (c *company) comeAndGo(f *fault) {
	day := 60 * c.Float64()
	for episode := 0; day < companyDays; episode++ {
		for range 1 + c.IntN(3) {
			c.tell(f, day+2*c.Float64(), episode%len(f.wordings), f.services[episode%len(f.services)])
		}
		day += strangerGap + 40*c.Float64()
	}
}

func (c *company) tell(f *fault, day float64, wording int, service string) {
	in := &recurrence.Incident{
		OpenedAt: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(day * float64(24*time.Hour))),
		Source:   "pager", Service: service,
	}
	t := told{Incident: in, trouble: f.name, wording: wording, vague: c.Float64() < vagueShare}
	said := f.wordings[wording]
	if t.vague {
		said = pick(c, vague)
	}
	in.Title = c.fill(said, service)
	if c.style.Descriptions && c.Float64() < 0.7 {
		in.Description = c.describe(f, service)
	}
	if c.style.Rules && c.Float64() < 0.8 {
		in.Rules = []string{f.rule}
		if c.IntN(3) == 0 {
			in.Rules = append(in.Rules, pick(c, genericRules))
		}
	}
	c.told = append(c.told, t)
}

// describe tells the story in the order in which people tell it this time, and
// not all of it.
func (c *company) describe(f *fault, service string) string {
	var words []string
	for _, w := range f.story {
		switch {
		case c.Float64() < 0.2:
		case c.Float64() < 0.1:
			words = append(words, w, pick(c, fillers))
		default:
			words = append(words, w)
		}
	}
	cut := c.IntN(len(words) + 1)
	return c.fill("On {host} "+strings.Join(append(words[cut:], words[:cut]...), " ")+" for {n} s.", service)
}

func (c *company) fill(said, service string) string {
	return strings.NewReplacer(
		"{service}", service, "{host}", fmt.Sprintf("%s-%02d", service, 1+c.IntN(20)), "{zone}", pick(c, zones),
		"{n}", strconv.Itoa(1+c.IntN(900)), "{few}", strconv.Itoa(1+c.IntN(9)), "{id}", fmt.Sprintf("%08x", c.Uint32()),
	).Replace(said)
}
