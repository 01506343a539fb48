package world

// When the stories turn, as shares of the world's span.
const (
	stampedeEnds = 0.66

	driftDryRun = 0.30
	driftCanary = 0.42
	driftFull   = 0.52

	cleanupStarts    = 0.30
	cleanupWithdrawn = 0.41

	poolScriptCanary = 0.16
	poolScriptFull   = 0.20
	breakerDryRun    = 0.46
	breakerCanary    = 0.54
	breakerFull      = 0.60
)

// storyTroubles are the troubles of the four stories.
var storyTroubles = []*trouble{
	{
		id:      "cache-stampede",
		summary: "Keys cached at the same moment expire together at midnight UTC and every request goes to the database.",
		cause:   "capacity", alert: "CacheHitRatioLow",
		wordings: []string{
			"Cache hit ratio of {service} down to {low}% after midnight expiry",
			"Cache stampede on {service}: {k} misses/s hit the database",
			"{service}: mass key expiry at 00:00, database CPU at {high}%",
			"Midnight cache expiry floods the database behind {service}, p99 {ms} ms",
			"Thundering herd after cache expiry, {service} answers in {ms} ms",
		},
		details: []string{
			"Keys with a 24 h TTL expired together at 00:00 UTC. Hit ratio {low}%, {k} cache misses per second reached the primary.",
			"Same as other nights: cold cache at midnight, database connections climb to {k}, recovers once the cache is filled again.",
		},
		services: []string{"catalog-api", "pricing-api", "recommendations", "session-store", "search-api"},
		perDay:   1.8, when: midnight, onTheHour: true,
		turns:      []turn{{stampedeEnds, 0}},
		endedBy:    "staggered expiry and the cache warm-up operator",
		severities: moderate, minutes: 24, spread: 0.5, customers: 0.05, fixes: 0.2,
	},
	{
		id:      "config-drift",
		summary: "Instances run with another configuration than the declared one after hand edits and half-finished rollouts.",
		cause:   "configuration", alert: "ConfigChecksumMismatch",
		wordings: []string{
			"Configuration drift: {n} instances of {service} differ from the declared config",
			"{service}: {host} runs with an outdated config, checksum {id}",
			"Inconsistent answers from {service}, some instances still on the old configuration",
			"Config mismatch between instances of {service} after rollout {version}",
			"Hand-edited config on {host} overrides the declared configuration of {service}",
		},
		details: []string{
			"Checksum {id} found on {host} is not the declared one. Restarting the instance with the declared configuration cleared it.",
			"Config rollout {version} stopped half way; {n} instances kept the previous configuration until restarted.",
		},
		services: []string{"edge-proxy", "api-gateway", "checkout-api", "notification-worker", "billing-worker", "profile-api"},
		perDay:   0.95, when: officeHours,
		turns:      []turn{{driftCanary, 0.6}, {driftFull, 0.08}},
		severities: moderate, minutes: 46, customers: 0.15,
	},
	{
		id:      "disk-full",
		summary: "Logs, segments and build layers fill a volume faster than rotation frees it.",
		cause:   "capacity", alert: "DiskAlmostFull",
		wordings: []string{
			"Disk usage on {host} at {high}% ({path})",
			"No space left on device: {path} on {host}",
			"{service}: volume {path} full, writes fail",
			"{host} ran out of disk space, {gb} GB of old logs",
			"Filesystem {path} of {service} nearly full, {gb} GB left of volume",
		},
		details: []string{
			"Filesystem {path} on {host} reached {high}%; {gb} GB are rotated logs that nobody reads.",
			"Write errors 'no space left on device' on {host}. Old files under {path} were compressed and moved.",
		},
		services: []string{"log-ingest", "postgres-orders", "kafka-broker", "build-runners", "events-pipeline"},
		perDay:   0.6, when: steady,
		severities: mild, minutes: 33, fixes: 0.25,
	},
	{
		id:      "deleted-logs",
		summary: "The disk reclaimer deleted files that were still in use; only its runs cause this.",
		cause:   "automation", alert: "LogShippingGap",
		wordings: []string{
			"Gap in shipped logs of {service}: files under {path} vanished",
			"{service}: log shipper on {host} lost its registry, {n} minutes of logs missing",
			"Audit log of {service} incomplete, deleted while still open",
			"Missing log segments on {host}, {path} emptied before upload",
			"{service} cannot replay: segment {id} deleted from {path}",
		},
		details: []string{
			"Open log files under {path} were deleted before they had been shipped. {n} minutes are lost.",
			"The shipper on {host} reports truncated inodes; files in {path} were removed by the disk reclaimer.",
		},
		services: []string{"log-ingest", "postgres-orders", "kafka-broker", "build-runners", "events-pipeline"},
		perDay:   0, when: steady,
		turns:      []turn{{cleanupWithdrawn, 0}},
		severities: grave, minutes: 75, customers: 0.1, fixes: 0.8,
		endedBy: "withdrawal of the disk reclaimer",
	},
	{
		id:      "connection-pool-exhaustion",
		summary: "Slow downstream calls hold database connections until none is left in the pool.",
		cause:   "dependency", alert: "ConnectionPoolExhausted",
		wordings: []string{
			"Connection pool of {service} exhausted on {host} ({high}% in use)",
			"{service}: timeout waiting for a database connection, pool at its limit of {n}",
			"HikariPool-1 - Connection is not available, request timed out after {ms}ms ({service})",
			"{service} out of database connections, {k} requests queued",
			"Checkouts of pooled connections hang in {service}",
		},
		details: []string{
			"All {n} connections of the pool in use; threads wait {ms} ms for one. A slow dependency holds them open.",
			"Connection pool on {host} exhausted, requests queue up behind it. Restarting the pool frees the connections.",
		},
		services: []string{"checkout-api", "orders-api", "payments-api", "inventory-api"},
		perDay:   1.1, when: evenings, // without a season, which would pass for an effect
		turns:      []turn{{breakerCanary, 0.75}, {breakerFull, 0.2}},
		severities: moderate, minutes: 42, customers: 0.12, fixes: 0.3,
	},
}
