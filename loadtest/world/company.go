package world

import "fmt"

// service is something that the company runs. Tier 1 is what customers notice
// first.
type service struct {
	name, team string
	tier       int
}

var services = []*service{
	{"web-frontend", "storefront", 1},
	{"catalog-api", "storefront", 1},
	{"pricing-api", "storefront", 1},
	{"image-resizer", "storefront", 3},
	{"checkout-api", "payments", 1},
	{"payments-api", "payments", 1},
	{"billing-worker", "payments", 2},
	{"fraud-scorer", "payments", 2},
	{"auth-api", "identity", 1},
	{"session-store", "identity", 1},
	{"profile-api", "identity", 2},
	{"search-api", "discovery", 1},
	{"search-indexer", "discovery", 2},
	{"recommendations", "discovery", 2},
	{"orders-api", "fulfilment", 1},
	{"inventory-api", "fulfilment", 1},
	{"shipping-worker", "fulfilment", 2},
	{"warehouse-sync", "fulfilment", 3},
	{"notification-worker", "messaging", 2},
	{"email-sender", "messaging", 2},
	{"webhook-relay", "messaging", 3},
	{"events-pipeline", "data", 2},
	{"reporting-db", "data", 3},
	{"batch-scheduler", "data", 3},
	{"pdf-renderer", "data", 3},
	{"edge-proxy", "platform", 1},
	{"api-gateway", "platform", 1},
	{"kafka-broker", "platform", 1},
	{"postgres-orders", "platform", 1},
	{"log-ingest", "platform", 2},
	{"build-runners", "platform", 3},
}

// responders are the people on call, by team.
var responders = map[string][]string{
	"storefront": {"amara.okafor", "jonas.weber", "lucia.ferreira", "tom.hughes"},
	"payments":   {"priya.raman", "oliver.klein", "sofia.marino", "kenji.sato", "hannah.lund"},
	"identity":   {"david.cohen", "maria.silva", "ivan.petrov"},
	"discovery":  {"chen.wei", "emma.larsen", "rafael.ortiz"},
	"fulfilment": {"grace.mensah", "lukas.novak", "anna.kowalska", "ben.carter"},
	"messaging":  {"zoe.martin", "ahmed.farouk", "nina.berg"},
	"data":       {"sam.taylor", "yuki.tanaka", "elena.popova"},
	"platform":   {"mark.jansen", "fatima.zahra", "leo.rossi", "ingrid.holm", "carlos.mendez", "nadia.haddad"},
}

// instancesEach is how many instances every service runs on.
const instancesEach = 12

var serviceByName = byName(services, func(s *service) string { return s.name })

func byName[T any](list []*T, name func(*T) string) map[string]*T {
	m := make(map[string]*T, len(list))
	for _, item := range list {
		m[name(item)] = item
	}
	return m
}

// scene is where something happens: one instance of a service and what is
// found there. Whatever is told of one incident or run names the same scene.
type scene struct {
	*service
	host, pod, zone, path, version, id string
}

var (
	zones = []string{"eu-west-1a", "eu-west-1b", "eu-west-1c", "eu-central-1a", "eu-central-1b"}
	paths = []string{"/var/log", "/var/log/containers", "/data", "/data/spool", "/tmp", "/mnt/scratch"}
)

// somewhere picks one of the service's instances.
func (s *service) somewhere(d dice) scene {
	return scene{
		service: s,
		host:    s.host(d.IntN(instancesEach)),
		pod:     fmt.Sprintf("%s-%09x-%05x", s.name, d.Uint64()>>28, d.Uint64()>>44),
		zone:    pick(d, zones),
		path:    pick(d, paths),
		version: fmt.Sprintf("%d.%d.%d", 1+d.IntN(4), d.IntN(30), d.IntN(12)),
		id:      fmt.Sprintf("%08x", d.Uint32()),
	}
}

func (s *service) host(n int) string { return fmt.Sprintf("%s-%02d", s.name, n+1) }

func (s *service) responder(d dice) string { return pick(d, responders[s.team]) }
