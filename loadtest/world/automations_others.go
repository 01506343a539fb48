package world

import "github.com/vividium/firebreak/schema"

// otherAutomations have no story, but each has a character.
var otherAutomations = []*automation{
	{
		// Looks good in plain means, because it meets the easy evictions, and
		// slows the repair of each of them: draining takes longer than waiting.
		id: "drain-node", name: "Drain and replace node", pattern: "script",
		treats: []string{"node-pressure"}, harm: "node-pressure",
		rollouts: []rollout{{"1.4.0", schema.StageFull, 0}, {"1.5.0", schema.StageFull, 0.55}},
		Parameters: Parameters{
			Success: 0.94, Unneeded: 0.10, Effect: 1.5, Uptake: [5]float64{0.05, 0.12, 0.3, 0.8, 0.8}, Closes: 0.6, Induces: 0.01,
			DelayMinutes: 2, RunMinutes: 6, ManualMinutes: 18,
		},
		decision: "MemoryPressure=True for 3 min on the node of {pod}",
		command:  "kubectl drain ip-10-0-{n}-{high}.{zone}.internal --ignore-daemonsets --delete-emptydir-data",
		errors:   []string{"cannot evict pod {pod}: disruption budget", "drain did not finish within 600s, {n} pods left"},
	},
	{
		// Has no effect: the cause is elsewhere.
		id: "flush-dns", name: "Flush DNS caches", pattern: "script",
		treats:   []string{"dns-timeouts"},
		rollouts: []rollout{{"1.0.0", schema.StageFull, 0.05}},
		Parameters: Parameters{
			Success: 0.97, Unneeded: 0.2, Effect: 1, Uptake: [5]float64{0.1, 0.3, 0.6, 0.7, 0.7}, Closes: 0.25,
			DelayMinutes: 2, RunMinutes: 0.7, ManualMinutes: 6,
		},
		decision: "{low}% of lookups of {service} failed in 5 min",
		command:  "/opt/runbooks/flush-dns.sh --service {service} --zone {zone}",
		errors:   []string{"rndc: connect failed: {zone} resolver: timed out"},
	},
	{
		id: "restart-pods", name: "Crash loop healer", pattern: "self_healing",
		treats: []string{"oom-crash-loop"}, when: traffic,
		rollouts: []rollout{{"4.0.0", schema.StageFull, 0}, {"4.1.0", schema.StageCanary, 0.45}, {"4.1.0", schema.StageFull, 0.5}},
		Parameters: Parameters{
			Success: 0.93, Unneeded: 0.22, Effect: 0.5, Uptake: easyOnes, Closes: 0.85,
			RoutinePerDay: 3.5, DelayMinutes: 1, RunMinutes: 1.2, ManualMinutes: 8,
		},
		decision: "{pod} restarted {n} times in 10 min, exit code 137",
		command:  "kubectl delete pod {pod} --grace-period 30",
		errors:   []string{"pods \"{pod}\" is forbidden: cannot delete resource in namespace {team}", "timed out waiting for {pod} to become ready"},
	},
	{
		id: "restart-consumer", name: "Restart stuck consumer", pattern: "script",
		treats: []string{"consumer-lag"},
		rollouts: []rollout{
			{"0.8.0", schema.StageDryRun, 0.02}, {"0.9.0", schema.StageCanary, 0.1}, {"1.0.0", schema.StageFull, 0.16}, {"1.1.0", schema.StageFull, 0.7},
		},
		Parameters: Parameters{
			Success: 0.9, Unneeded: 0.12, Effect: 0.55, Uptake: easyOnes, Approval: 0.1, Closes: 0.6,
			RoutinePerDay: 1, DelayMinutes: 3, RunMinutes: 2, ManualMinutes: 15,
		},
		when:     traffic,
		decision: "lag of {service} grew for {min} min without a commit",
		command:  "/opt/runbooks/restart-consumer.sh --group {service} --member {host}",
		errors:   []string{"group {service} still rebalancing after 120s", "kafka: coordinator not available"},
	},
	{
		id: "scale-out", name: "Scale out on saturation", pattern: "self_healing",
		treats: []string{"cpu-saturation"}, harm: "replication-lag", when: traffic,
		rollouts: []rollout{{"5.2.0", schema.StageFull, 0}, {"5.3.0", schema.StageFull, 0.33}, {"6.0.0", schema.StageCanary, 0.8}, {"6.0.0", schema.StageFull, 0.86}},
		Parameters: Parameters{
			Success: 0.96, Unneeded: 0.15, Effect: 0.55, Uptake: mostOnes, Closes: 0.75, Induces: 0.001,
			RoutinePerDay: 4.5, DelayMinutes: 1.2, RunMinutes: 3, ManualMinutes: 10,
		},
		decision: "CPU of {service} at {high}% for 3 min, p99 {ms} ms",
		command:  "kubectl scale deployment/{service} --replicas +{few}",
		errors:   []string{"quota exceeded: requested {n} vCPU in {zone}", "insufficient capacity in {zone}"},
	},
	{
		id: "rollback-release", name: "Roll back release", pattern: "script",
		treats:   []string{"deploy-regression"},
		rollouts: []rollout{{"2.1.0", schema.StageCanary, 0.08}, {"2.2.0", schema.StageFull, 0.14}},
		Parameters: Parameters{
			Success: 0.91, Unneeded: 0.08, Effect: 0.45, Uptake: [5]float64{0.35, 0.55, 0.7, 0.6, 0.5}, Approval: 1, Closes: 0.35,
			DelayMinutes: 3, RunMinutes: 3, ManualMinutes: 25,
		},
		decision: "error rate of {service} at {low}% since {version}, was below 1% before",
		command:  "helm rollback {service} --wait --timeout 5m",
		errors:   []string{"helm: another operation (install/upgrade/rollback) is in progress", "migration {id} cannot be reversed"},
	},
	{
		// A poor one: people should not have let it go to full.
		id: "promote-replica", name: "Promote replica", pattern: "operator",
		treats: []string{"replication-lag"}, harm: "query-plan-flip",
		rollouts: []rollout{
			{"0.6.0", schema.StageDryRun, 0.1}, {"0.7.0", schema.StageCanary, 0.25}, {"0.8.0", schema.StageFull, 0.4}, {"", withdrawn, 0.85},
		},
		Parameters: Parameters{
			Success: 0.66, Unneeded: 0.25, Effect: 0.8, Uptake: [5]float64{0.3, 0.5, 0.6, 0.6, 0.6}, Approval: 0.9, Closes: 0.2, Induces: 0.02,
			DelayMinutes: 3, RunMinutes: 5, ManualMinutes: 40,
		},
		decision:     "replica {min} min behind, primary at {high}% I/O",
		command:      "patronictl switchover {service} --candidate {host} --force",
		errors:       []string{"switchover failed: candidate {host} lags by {k} MB", "lost quorum while promoting {host}"},
		withdrawnFor: "one run in three failed",
	},
	{
		id: "renew-certificates", name: "Certificate renewal operator", pattern: "operator",
		treats: []string{"certificate-expiry"}, when: steady,
		rollouts: []rollout{{"1.0.0", schema.StageDryRun, 0.36}, {"1.0.0", schema.StageCanary, 0.43}, {"1.1.0", schema.StageFull, 0.5}},
		Parameters: Parameters{
			Success: 0.97, Unneeded: 0.05, Effect: 0.4, Uptake: mostOnes, Approval: 0.15, Closes: 0.6,
			RoutinePerDay: 1.6, DelayMinutes: 3, RunMinutes: 3, ManualMinutes: 30,
		},
		decision: "certificate of {host} expires in {n} days, declared minimum is 30",
		command:  "certctl renew --host {host} --issuer internal-ca",
		errors:   []string{"acme: rate limit reached for order {id}", "challenge for {service} not answered: NXDOMAIN"},
	},
	{
		// Changes nothing; it fetches what people look at first.
		id: "collect-diagnostics", name: "Collect diagnostics", pattern: "script", diagnoses: true,
		treats: []string{
			"payment-provider-timeouts", "query-plan-flip", "night-batch-overrun", "stale-search-index",
			"invoice-run-locks", "renderer-deadlock", "descriptor-leak", "snapshot-io-stall",
		},
		rollouts: []rollout{{"2.0.0", schema.StageFull, 0.03}, {"2.1.0", schema.StageFull, 0.6}},
		Parameters: Parameters{
			Success: 0.96, Unneeded: 0.12, Effect: 0.9, Uptake: [5]float64{0.7, 0.7, 0.6, 0.4, 0.3},
			DelayMinutes: 1, RunMinutes: 2, ManualMinutes: 5,
		},
		decision: "incident opened for {service}: collect thread dump, slow log and metrics",
		command:  "/opt/runbooks/collect.sh --host {host} --thread-dump --slow-log --out s3://diagnostics/{id}",
		errors:   []string{"s3: access denied to diagnostics/{id}", "jcmd: process not found on {host}"},
	},
	{
		// Still on its way: canary at the year's end.
		id: "block-scrapers", name: "Block scraper networks", pattern: "self_healing",
		treats: []string{"scraping-bots"}, when: traffic,
		rollouts: []rollout{{"0.1.0", schema.StageDryRun, 0.7}, {"0.2.0", schema.StageCanary, 0.86}},
		Parameters: Parameters{
			Success: 0.95, Unneeded: 0.16, Effect: 0.5, Uptake: mostOnes, Closes: 0.7,
			RoutinePerDay: 2.5, DelayMinutes: 1, RunMinutes: 0.5, ManualMinutes: 12,
		},
		decision: "{k} requests/min from AS{port}, {low}% of them without cookies",
		command:  "wafctl block --asn {port} --ttl 6h",
		errors:   []string{"waf: rule limit of the web ACL reached"},
	},
	{
		// Never left dry run: people agree with too few of its decisions.
		id: "skip-documents", name: "Skip poisoned documents", pattern: "operator",
		treats: []string{"stale-search-index"}, when: officeHours,
		rollouts: []rollout{{"0.1.0", schema.StageDryRun, 0.55}},
		Parameters: Parameters{
			Success: 0.95, Unneeded: 0.35, Effect: 0.6, Uptake: mostOnes, Closes: 0.5,
			RoutinePerDay: 0.8, DelayMinutes: 2, RunMinutes: 2, ManualMinutes: 20,
		},
		decision: "document {id} failed {n} times, index {min} min old",
		command:  "indexctl skip --document {id}",
		errors:   []string{"indexctl: document {id} not found"},
	},
}
