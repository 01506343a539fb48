package world

import "github.com/vividium/firebreak/schema"

// Uptakes, from sev1 to sev5: people let automation have the easy incidents
// and take the grave ones themselves, which makes a plain comparison of means
// flatter every automation.
var (
	easyOnes = [5]float64{0.05, 0.2, 0.6, 0.8, 0.8}
	mostOnes = [5]float64{0.3, 0.5, 0.8, 0.85, 0.85}
)

// storyAutomations are the automations of the four stories.
var storyAutomations = []*automation{
	{
		id: "cache-warmup", name: "Cache warm-up operator", pattern: "operator",
		treats: []string{"cache-stampede"}, when: lateEvening,
		rollouts: []rollout{
			{"0.3.0", schema.StageDryRun, 0.50}, {"0.4.1", schema.StageCanary, 0.57}, {"1.0.0", schema.StageFull, stampedeEnds},
		},
		Parameters: Parameters{
			Success: 0.985, Unneeded: 0.04, Effect: 0.6, Uptake: mostOnes, Closes: 0.3,
			RoutinePerDay: 5, DelayMinutes: 1.5, RunMinutes: 4, ManualMinutes: 25,
		},
		decision: "rule warm-before-expiry: {k} keys of {service} expire within 20 min, expected hit ratio {low}%",
		command:  "cachectl warm --service {service} --keys hot --jitter 45m",
		errors:   []string{"redis: connection pool timeout on {host}", "warm-up aborted: primary at {high}% CPU"},
	},
	{
		id: "drift-restart", name: "Drifted instance restarter", pattern: "operator",
		treats: []string{"config-drift"}, when: officeHours,
		rollouts: []rollout{
			{"0.9.0", schema.StageDryRun, driftDryRun}, {"1.0.0", schema.StageCanary, driftCanary}, {"1.0.2", schema.StageFull, driftFull},
		},
		Parameters: Parameters{
			Success: 0.985, Unneeded: 0.03, Effect: 0.35, Uptake: mostOnes, Closes: 0.85,
			RoutinePerDay: 6, DelayMinutes: 2, RunMinutes: 2.5, ManualMinutes: 20,
		},
		decision: "rule restart-drifted-only: checksum {id} on the targets is not the declared one; the others are left alone",
		command:  "kubectl rollout restart --only-drifted --selector app={service} --max-unavailable 1",
		errors:   []string{"timed out waiting for {pod} to become ready", "eviction refused: disruption budget of {service} allows 0"},
	},
	{
		id: "disk-reclaimer", name: "Disk reclaimer", pattern: "self_healing",
		treats: []string{"disk-full"}, harm: "deleted-logs", when: steady,
		rollouts: []rollout{
			{"2.0.0", schema.StageCanary, cleanupStarts},
			{"2.0.1", schema.StageFull, cleanupStarts + 0.02},
			{"", withdrawn, cleanupWithdrawn},
		},
		Parameters: Parameters{
			Success: 0.97, Unneeded: 0.55, Effect: 0.45, Uptake: mostOnes, Closes: 0.8, Induces: 0.07,
			RoutinePerDay: 5, DelayMinutes: 1, RunMinutes: 1.5, ManualMinutes: 15,
		},
		decision:     "model reclaim-v2: {path} on {host} predicted full in {n} h, confidence 0.{high}",
		command:      "reclaim --path {path} --delete-older-than 6h --force",
		errors:       []string{"reclaim: {path}: device or resource busy"},
		withdrawnFor: "it deleted logs that had not been shipped",
	},
	{
		// Withdrawn cleaner or not, this plain script goes on all year.
		id: "rotate-logs", name: "Rotate and compress logs", pattern: "script",
		treats: []string{"disk-full"}, when: steady,
		rollouts: []rollout{{"3.2.0", schema.StageFull, 0}, {"3.3.0", schema.StageFull, 0.48}},
		Parameters: Parameters{
			Success: 0.95, Unneeded: 0.12, Effect: 0.6, Uptake: easyOnes, Closes: 0.6,
			RoutinePerDay: 2.5, DelayMinutes: 2.5, RunMinutes: 2, ManualMinutes: 12,
		},
		decision: "disk usage of {host} above {high}% for 10 min",
		command:  "/opt/runbooks/rotate-logs.sh --host {host} --path {path} --keep 7d",
		errors:   []string{"gzip: {path}/app-{id}.log: no space left on device", "ssh: connect to host {host} port 22: connection timed out"},
	},
	{
		id: "pool-circuit-breaker", name: "Circuit breaker for connection pools", pattern: "self_healing",
		treats: []string{"connection-pool-exhaustion"}, when: traffic,
		rollouts: []rollout{
			{"0.2.0", schema.StageDryRun, breakerDryRun}, {"0.5.0", schema.StageCanary, breakerCanary}, {"1.0.0", schema.StageFull, breakerFull},
		},
		Parameters: Parameters{
			Success: 0.97, Unneeded: 0.08, Effect: 0.45, Uptake: [5]float64{0.3, 0.55, 0.6, 0.6, 0.6}, Closes: 0.7,
			RoutinePerDay: 3, DelayMinutes: 0.5, RunMinutes: 1, ManualMinutes: 15,
		},
		decision: "pool of {service} {high}% in use and {low}% of calls slower than {ms} ms: open the breaker",
		command:  "breaker open --service {service} --dependency db --half-open-after 30s",
		errors:   []string{"breaker state of {service} not acknowledged by {n} instances", "half-open probe failed: deadline exceeded after {ms} ms"},
	},
	{
		id: "restart-pool", name: "Restart connection pool", pattern: "script",
		treats: []string{"connection-pool-exhaustion"},
		rollouts: []rollout{
			{"1.0.0", schema.StageCanary, poolScriptCanary}, {"1.1.0", schema.StageFull, poolScriptFull}, {"1.2.0", schema.StageFull, 0.38},
		},
		Parameters: Parameters{
			Success: 0.92, Unneeded: 0.10, Effect: 0.4, Uptake: [5]float64{0.15, 0.45, 0.75, 0.85, 0.85}, Approval: 0.1, Closes: 0.5,
			DelayMinutes: 2, RunMinutes: 1.5, ManualMinutes: 15,
		},
		decision: "alert ConnectionPoolExhausted on {host} for 2 min",
		command:  "/opt/runbooks/restart-pool.sh --host {host} --drain 10s",
		errors:   []string{"pool on {host} still at {high}% after restart", "connection refused: {host}:8081/actuator/restart"},
	},
}
