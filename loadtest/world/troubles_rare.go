package world

// rareTroubles come back after months, when whoever met them last may be on
// another team: each episode takes the next wording and the next service.
var rareTroubles = []*trouble{
	{
		id: "clock-skew", summary: "A host loses its time source and its clock drifts.",
		cause: "infrastructure", alert: "ClockSkew",
		wordings: []string{
			"Clock of {host} drifts by {ms} ms, chrony has no source",
			"{service} rejects fresh tokens: issued in the future, clock skew",
			"Signatures invalid on {host}, clock {ms} ms ahead of time source",
			"NTP unreachable, timestamps of {service} off by seconds (clock drift)",
		},
		details:  []string{"chronyd on {host} lost its NTP source and the clock drifted by {ms} ms; restarted chrony and stepped the clock."},
		services: []string{"auth-api", "payments-api", "session-store"},
		episodic: true, perDay: 2, severities: moderate, minutes: 70, customers: 0.2,
	},
	{
		id: "quarterly-report-lock", summary: "The quarterly report takes a table lock in the middle of the day.",
		cause: "database", alert: "TableLocked",
		wordings: []string{
			"Quarterly report holds ACCESS EXCLUSIVE lock on order_lines",
			"{service} blocked: table order_lines locked by reporting session {n}",
			"Finance export freezes {service}, lock on order_lines for {min} min",
		},
		details:  []string{"Session of the quarterly finance report holds an ACCESS EXCLUSIVE lock on order_lines; killed pid {k}."},
		services: []string{"reporting-db", "orders-api", "postgres-orders"},
		episodic: true, perDay: 1.5, severities: grave, minutes: 64,
	},
	{
		id: "licence-expired", summary: "A vendor licence runs out and the product stops at once.",
		cause: "third_party", alert: "LicenceInvalid",
		wordings: []string{
			"Licence of the fraud scoring engine expired",
			"{service} refuses to start: vendor licence no longer valid",
			"Vendor engine in {service} fell back to evaluation mode, licence ran out",
		},
		details:  []string{"The vendor licence file expired at midnight and the engine refuses requests with LICENSE_EXPIRED."},
		services: []string{"fraud-scorer", "pdf-renderer", "warehouse-sync"},
		episodic: true, perDay: 1.2, severities: grave, minutes: 130,
	},
	{
		id: "partner-key-rotated", summary: "A partner rotates its API key and tells nobody.",
		cause: "third_party", alert: "PartnerAuthFailures",
		wordings: []string{
			"Carrier API answers 401 to {service}, API key rejected",
			"Shipping labels fail: partner rotated the API key without notice",
			"{service}: invalid credentials from partner {tenant}, key rotated",
		},
		details:  []string{"Partner rotated the API key; every call of {service} gets 401 until the new key is in the vault."},
		services: []string{"shipping-worker", "webhook-relay", "warehouse-sync"},
		episodic: true, perDay: 1.4, severities: moderate, minutes: 110, customers: 0.3,
	},
	{
		id: "inode-exhaustion", summary: "Millions of small session files use up the inodes while space is left.",
		cause: "capacity", alert: "InodesExhausted",
		wordings: []string{
			"Out of inodes on {host} although {gb} GB are free",
			"{service} cannot create files in {path}: IUse% 100, inodes exhausted",
			"Millions of tiny session files in {path} ate all inodes of {host}",
		},
		details:  []string{"df -i shows 100% inodes used on {path} while {gb} GB are free; old session files removed."},
		services: []string{"session-store", "image-resizer", "build-runners"},
		episodic: true, perDay: 1.5, severities: moderate, minutes: 55,
	},
	{
		id: "mtu-mismatch", summary: "A network change leaves a path with a smaller MTU and large packets vanish.",
		cause: "network", alert: "TLSHandshakeStalls",
		wordings: []string{
			"Large responses of {service} hang between zones, MTU mismatch on the tunnel",
			"TLS handshakes stall in {zone}; packets above 1400 bytes are dropped (MTU)",
			"{service}: uploads freeze since the network change, path MTU black hole",
		},
		details:  []string{"Path MTU black hole: packets above 1400 bytes with DF set vanish on the tunnel in {zone}; clamped MSS."},
		services: []string{"edge-proxy", "kafka-broker", "warehouse-sync"},
		episodic: true, perDay: 1.3, severities: grave, minutes: 150, customers: 0.2,
	},
	{
		id: "renderer-deadlock", summary: "Two fonts loaded at once deadlock the renderer's threads.",
		cause: "software", alert: "RendererStuck",
		wordings: []string{
			"PDF worker threads deadlocked in font cache on {host}",
			"Invoices cannot be downloaded, {service} threads blocked on font cache lock",
			"{service} hangs: {n} threads wait for the font cache monitor",
		},
		details:  []string{"Thread dump shows {n} workers deadlocked on the font cache lock; a restart frees them."},
		services: []string{"pdf-renderer", "billing-worker"},
		episodic: true, perDay: 1.8, severities: mild, minutes: 60, customers: 0.4,
	},
	{
		id: "port-exhaustion", summary: "Short connections to one address use up the NAT gateway's source ports.",
		cause: "network", alert: "NATPortAllocationErrors",
		wordings: []string{
			"NAT gateway in {zone} out of source ports, {service} cannot connect",
			"{service}: cannot assign requested address, ephemeral ports exhausted",
			"Outbound calls of {service} fail, ErrorPortAllocation at the NAT gateway",
		},
		details:  []string{"{k} short connections to one destination exhausted the ephemeral source ports of the NAT gateway in {zone}."},
		services: []string{"webhook-relay", "fraud-scorer", "payments-api"},
		episodic: true, perDay: 1.6, severities: moderate, minutes: 75,
	},
	{
		id: "flag-defaults", summary: "The flag service is away and everyone falls back to stale defaults.",
		cause: "dependency", alert: "FeatureFlagsStale",
		wordings: []string{
			"Feature flags served from defaults, old checkout shown to {low}% of users",
			"{service} lost the flag stream and uses default flag values",
			"Disabled feature live again on {service}: flag SDK fell back to defaults",
		},
		details:  []string{"Flag stream disconnected; the SDK in {service} serves compiled-in default flag values."},
		services: []string{"web-frontend", "checkout-api", "search-api"},
		episodic: true, perDay: 1.4, severities: moderate, minutes: 50, customers: 0.3,
	},
	{
		id: "stale-leader-lock", summary: "A dead leader's lock is not released and no scheduler works.",
		cause: "software", alert: "NoLeader",
		wordings: []string{
			"No leader elected for {service}, Consul lock held by dead session {id}",
			"Scheduled jobs silent since {min} min, stale leader lock in Consul",
			"{service} runs without leader: session {id} never expired",
		},
		details:  []string{"Consul session {id} of the crashed leader still holds the lock; destroyed the session and a leader was elected."},
		services: []string{"batch-scheduler", "warehouse-sync", "search-indexer"},
		episodic: true, perDay: 1.5, severities: moderate, minutes: 85,
	},
	{
		id: "snapshot-io-stall", summary: "A volume snapshot starves the database of I/O.",
		cause: "infrastructure", alert: "DiskLatencyHigh",
		wordings: []string{
			"Volume snapshot stalls I/O on {host}, write latency {ms} ms",
			"{service} freezes during backup: disk queue depth {n}, snapshot running",
			"fsync takes {ms} ms on {host} while the snapshot copies blocks",
		},
		details:  []string{"Copy-on-write of volume snapshot {id} drives write latency to {ms} ms on {host}."},
		services: []string{"postgres-orders", "kafka-broker", "reporting-db"},
		episodic: true, perDay: 1.6, severities: moderate, minutes: 45,
	},
	{
		id: "descriptor-leak", summary: "Sockets of a retrying client are never closed.",
		cause: "software", alert: "FileDescriptorsHigh",
		wordings: []string{
			"Too many open files in {service} on {host}",
			"{service} leaks sockets: {k} file descriptors in CLOSE_WAIT",
			"accept: too many open files, {host} refuses clients (descriptor leak)",
		},
		details:  []string{"{k} sockets in CLOSE_WAIT; the process reached its file descriptor limit and refuses connections."},
		services: []string{"email-sender", "inventory-api", "log-ingest"},
		episodic: true, perDay: 1.7, severities: mild, minutes: 48,
	},
}

// exercises are opened like incidents but are none.
var exercises = []*trouble{
	{
		id: "failover-drill", summary: "Practice of a zone failover.", class: "drill", cause: "exercise", alert: "DrillAlert",
		wordings: []string{"Game day: lose {zone}", "DRILL: failover of {service} out of {zone}"},
		details:  []string{"Planned exercise, on-call of {team} takes part."},
		services: []string{"checkout-api", "postgres-orders", "auth-api"},
		perDay:   0.06, when: officeHours, severities: []float64{0.2, 0.6, 0.2, 0, 0}, minutes: 60,
	},
	{
		id: "database-maintenance", summary: "Planned work on databases.", class: "maintenance", cause: "planned_work", alert: "MaintenanceAlert",
		wordings: []string{"Maintenance window: minor upgrade of {service}", "Planned work: vacuum full on {service}"},
		details:  []string{"Announced maintenance, brief write pauses expected."},
		services: []string{"postgres-orders", "reporting-db", "session-store"},
		perDay:   0.16, when: sundayNight, severities: planned, minutes: 50,
	},
	{
		id: "paging-test", summary: "Test of the paging chain.", class: "test", cause: "exercise", alert: "PagingTest",
		wordings: []string{"Test page, please acknowledge", "TEST: escalation chain of {team}"},
		details:  []string{"Weekly test of the paging chain."},
		services: []string{"edge-proxy", "orders-api", "email-sender", "auth-api"},
		perDay:   0.15, when: officeHours, severities: planned, minutes: 6,
	},
}
