package world

// One-offs happen once: a symptom of a feature under a circumstance. Titles
// repeat only after every pair of symptom and feature has come up, which is
// some 2,500 one-offs.

const (
	oneOffsPerDay = 1.0
	vaguePerDay   = 0.35
)

type feature struct{ name, service string }

var features = []feature{
	{"gift card redemption", "checkout-api"},
	{"loyalty points ledger", "billing-worker"},
	{"Android deep links", "web-frontend"},
	{"address autocomplete", "checkout-api"},
	{"refund export", "payments-api"},
	{"the tax calculator", "pricing-api"},
	{"the admin order search", "orders-api"},
	{"carrier label printing", "shipping-worker"},
	{"two-factor enrolment", "auth-api"},
	{"push token registration", "notification-worker"},
	{"A/B assignment", "web-frontend"},
	{"the store locator", "web-frontend"},
	{"packing slips", "pdf-renderer"},
	{"partner single sign-on", "auth-api"},
	{"the wish list", "profile-api"},
	{"product reviews", "catalog-api"},
	{"bundle discounts", "pricing-api"},
	{"the size guide", "catalog-api"},
	{"guest checkout", "checkout-api"},
	{"back-in-stock notices", "inventory-api"},
	{"stock reservations", "inventory-api"},
	{"the returns portal", "orders-api"},
	{"SEPA direct debit", "payments-api"},
	{"Apple Pay buttons", "payments-api"},
	{"invoice numbering", "billing-worker"},
	{"subscription renewals", "billing-worker"},
	{"chargeback import", "fraud-scorer"},
	{"device fingerprinting", "fraud-scorer"},
	{"password reset", "auth-api"},
	{"avatar upload", "profile-api"},
	{"cookie consent", "web-frontend"},
	{"spelling suggestions", "search-api"},
	{"faceted filters", "search-api"},
	{"synonym updates", "search-indexer"},
	{"similar products", "recommendations"},
	{"the homepage carousel", "recommendations"},
	{"customs declarations", "shipping-worker"},
	{"pick-up point maps", "shipping-worker"},
	{"pallet counts", "warehouse-sync"},
	{"handheld scanners", "warehouse-sync"},
	{"SMS one-time codes", "notification-worker"},
	{"the newsletter editor", "email-sender"},
	{"unsubscribe links", "email-sender"},
	{"marketplace webhooks", "webhook-relay"},
	{"click tracking", "events-pipeline"},
	{"the revenue dashboard", "reporting-db"},
	{"cohort reports", "reporting-db"},
	{"the dunning job", "batch-scheduler"},
	{"currency rate import", "batch-scheduler"},
	{"video previews", "image-resizer"},
	{"watermarking", "image-resizer"},
	{"geo blocking", "edge-proxy"},
	{"brotli compression", "edge-proxy"},
	{"API quota headers", "api-gateway"},
	{"GraphQL introspection", "api-gateway"},
	{"topic ACLs", "kafka-broker"},
	{"the audit trail export", "log-ingest"},
	{"nightly end-to-end tests", "build-runners"},
	{"logical backups", "postgres-orders"},
	{"session migration", "session-store"},
}

var symptoms = []string{
	"Empty results from", "Wrong amounts shown by", "Duplicates created by", "Valid requests refused by",
	"Garbled characters in", "Infinite redirect in", "Half of the users locked out of", "Blank page instead of",
	"Silent data loss in", "Wrong language in", "Negative numbers in", "Off-by-one dates in",
	"Permission errors in", "Customers see each other's data in", "Rounding differences in", "Missing translations in",
	"Very slow first load of", "Crash on start of", "Nothing happens in", "Malformed JSON from",
	"Old content served by", "Wrong time zone in", "Unexpected logouts caused by", "Spam sent through",
	"Broken layout of", "Unbounded growth of the table behind", "Wrong sort order in", "Truncated files from",
	"Infinite spinner in", "Race condition in", "HTTP 413 from", "Misrouted requests to",
	"Stale permissions in", "Schema validation rejects everything from", "Wrong tenant in links of", "Mobile app cannot parse",
	"Partner complains about", "Accessibility broken in", "CORS errors with", "Unexplained cost rise of",
	"Emergency disabling of", "Security finding in",
}

var circumstances = []string{
	"after the TLS library upgrade", "since the rack move in Frankfurt", "during the Black Friday rehearsal",
	"after a schema change on customers", "because of a wrong VAT table", "after the vendor changed its API",
	"following the move to arm64", "on leap-year dates", "for customers in Switzerland", "with Safari only",
	"after the DNS provider migration", "once the promo banner was switched on", "after a bad CSV import",
	"since the base image was rebuilt", "because a bucket policy was tightened", "when the basket has over 99 items",
	"after the acquisition's accounts were merged", "due to a truncated environment variable",
	"following the change to summer time", "after the cloud provider retired an instance type",
	"for accounts created before 2016", "when the user name has an apostrophe", "after the firewall audit",
	"because a cron entry was lost", "since the queue was renamed", "after the proxy's header limit was lowered",
	"with IPv6-only carriers", "because of a mistyped feature toggle", "after an intern's first deploy",
	"following the object storage outage upstream", "since the new compiler flags", "after the log format change",
}

var vagueTitles = []string{
	"Service disruption", "Service disruption", "Service disruption", "Production incident",
	"Degraded performance", "Investigating an issue", "Incident on {service}", "Something is wrong with {service}",
}

// oneOffTroubles makes n troubles that happen once each; vague ones have a
// title that says nothing, which they share with unrelated ones.
func oneOffTroubles(d dice, n int, vague bool) []*trouble {
	order := d.Perm(len(symptoms) * len(features))
	list := make([]*trouble, n)
	for i := range list {
		pair := order[i%len(order)]
		symptom, f := symptoms[pair/len(features)], features[pair%len(features)]
		list[i] = oneOff(symptom+" "+f.name, pick(d, circumstances), f.service, d)
		if vague {
			list[i].wordings = []string{pick(d, vagueTitles)}
		}
	}
	return list
}

func oneOff(what, circumstance, service string, d dice) *trouble {
	t := &trouble{
		summary: what + " " + circumstance, oneOff: true,
		cause: pick(d, []string{"software", "change", "data", "third_party", "configuration"}), alert: "SyntheticCheckFailed",
		wordings: []string{what}, details: []string{what + " " + circumstance + "."},
		services: []string{service}, severities: moderate,
		minutes: d.between(30, 150), spread: 0.7, customers: 0.35, fixes: 0.6,
	}
	if d.chance(0.6) {
		t.wordings = []string{what + " " + circumstance}
	}
	return t
}
