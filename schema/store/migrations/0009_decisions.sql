-- What is decided by: what to automate next, and which automation may be promoted.
--
-- The backlog is a snapshot, written again whenever clusters changed. A verdict on
-- an automation is formed once a week, at the week's end, and kept with its
-- evidence; it is written again only when late events changed that.

-- The worker asks what has landed late. Parts that landed long ago are passed over,
-- as they are of incidents and alerts.
ALTER TABLE execution_records
    ADD INDEX IF NOT EXISTS landed landed_at TYPE minmax GRANULARITY 4,
    MATERIALIZE INDEX landed;

CREATE TABLE backlog_items
(
    rank               UInt64 COMMENT 'Place in the backlog; 1 has the highest priority',
    cluster_id         String COMMENT 'Recurrence cluster',
    title              String COMMENT 'What its titles have in common, <*> where they vary; when they say nothing, the most frequent one',
    services           Array(String) COMMENT 'Services, the most frequent first',
    teams              Array(String) COMMENT 'Teams, the most frequent first',
    state              LowCardinality(String) COMMENT 'emerging, chronic, fading or quiet; eliminated clusters are not here',
    incidents_now      UInt64 COMMENT 'Incidents in the last 90 days',
    days_observed      Float64 COMMENT 'Days of the last 90 since the first incident of any kind: frequency is over them, over 14 at least',
    frequency          Float64 COMMENT 'Incidents per 30 days: posterior mean of a Poisson rate, with a gamma prior fitted by moments to all clusters, so that a few incidents do not say too much',
    impact             Float64 COMMENT 'Mean over its incidents of the severity (sev1 10, sev2 5, sev3 2, sev4 1, sev5 0.5, unknown 1) × the tier weight of the service; false alarms apart, 0 when there is nothing else',
    toil               Float64 COMMENT 'Median hands-on hours of people per incident',
    toil_assumed       Bool COMMENT 'No incident of the cluster says: the median over all incidents was taken, else 1 hour',
    score              Float64 COMMENT 'frequency × impact × toil',
    leverage           Float64 COMMENT '1 + 0.25 × (1 − 1 ÷ services): what hits several services is worth more',
    alignment          Float64 COMMENT 'How well its end would fit what the company is after, 0.8 to 1.25, as people declared; 1 unless they did',
    priority           Float64 COMMENT 'frequency × impact^1.5 × toil × leverage × alignment',
    easy_win           Bool COMMENT 'Frequency in the top quarter, and a mean impact of at most 1',
    hours_per_incident Float64 COMMENT 'Mean hands-on hours of people per incident, for totals; toil when that is assumed',
    hours_per_quarter  Float64 COMMENT 'Hours of people that its end would give back in 90 days: 3 × frequency × hours_per_incident',
    pattern            LowCardinality(String) COMMENT 'Which kind of automation fits: script, operator or self_healing',
    pattern_reason     String COMMENT 'Why, in a sentence',
    approval           Bool COMMENT 'Whether a person should approve what an automation would do: sev1 or sev2 among its incidents, or an action that changes several services',
    approval_reason    String COMMENT 'Why, or why not, in a sentence',
    automations        Array(String) COMMENT 'Automations of which a run is linked to one of its incidents',
    settings_version   UInt64 COMMENT 'Version of the settings that tier weights and alignment come from; 0 when nothing was declared',
    computed_at        DateTime64(3, 'UTC') COMMENT 'As of when all this was computed',
    is_gone            Bool COMMENT 'Left the backlog: eliminated, merged into another cluster, or without incidents that count'
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY cluster_id
COMMENT 'Items of the backlog, with versions; read backlog instead';

CREATE VIEW backlog
(
    rank               UInt64 COMMENT 'Place in the backlog; 1 has the highest priority',
    cluster_id         String COMMENT 'Recurrence cluster',
    title              String COMMENT 'What its titles have in common, <*> where they vary; when they say nothing, the most frequent one',
    services           Array(String) COMMENT 'Services, the most frequent first',
    teams              Array(String) COMMENT 'Teams, the most frequent first',
    state              LowCardinality(String) COMMENT 'emerging, chronic, fading or quiet; eliminated clusters are not here',
    incidents_now      UInt64 COMMENT 'Incidents in the last 90 days',
    days_observed      Float64 COMMENT 'Days of the last 90 since the first incident of any kind: frequency is over them, over 14 at least',
    frequency          Float64 COMMENT 'Incidents per 30 days: posterior mean of a Poisson rate, with a gamma prior fitted by moments to all clusters, so that a few incidents do not say too much',
    impact             Float64 COMMENT 'Mean over its incidents of the severity (sev1 10, sev2 5, sev3 2, sev4 1, sev5 0.5, unknown 1) × the tier weight of the service; false alarms apart, 0 when there is nothing else',
    toil               Float64 COMMENT 'Median hands-on hours of people per incident',
    toil_assumed       Bool COMMENT 'No incident of the cluster says: the median over all incidents was taken, else 1 hour',
    score              Float64 COMMENT 'frequency × impact × toil',
    leverage           Float64 COMMENT '1 + 0.25 × (1 − 1 ÷ services): what hits several services is worth more',
    alignment          Float64 COMMENT 'How well its end would fit what the company is after, 0.8 to 1.25, as people declared; 1 unless they did',
    priority           Float64 COMMENT 'frequency × impact^1.5 × toil × leverage × alignment',
    easy_win           Bool COMMENT 'Frequency in the top quarter, and a mean impact of at most 1',
    hours_per_incident Float64 COMMENT 'Mean hands-on hours of people per incident, for totals; toil when that is assumed',
    hours_per_quarter  Float64 COMMENT 'Hours of people that its end would give back in 90 days: 3 × frequency × hours_per_incident',
    pattern            LowCardinality(String) COMMENT 'Which kind of automation fits: script, operator or self_healing',
    pattern_reason     String COMMENT 'Why, in a sentence',
    approval           Bool COMMENT 'Whether a person should approve what an automation would do: sev1 or sev2 among its incidents, or an action that changes several services',
    approval_reason    String COMMENT 'Why, or why not, in a sentence',
    automations        Array(String) COMMENT 'Automations of which a run is linked to one of its incidents',
    settings_version   UInt64 COMMENT 'Version of the settings that tier weights and alignment come from; 0 when nothing was declared',
    computed_at        DateTime64(3, 'UTC') COMMENT 'As of when all this was computed'
)
AS SELECT rank, cluster_id, title, services, teams, state, incidents_now, days_observed, frequency, impact, toil, toil_assumed, score, leverage, alignment, priority, easy_win, hours_per_incident, hours_per_quarter, pattern, pattern_reason, approval, approval_reason, automations, settings_version, computed_at
FROM backlog_items FINAL
WHERE NOT is_gone
COMMENT 'What to automate next: every recurrence cluster that is not eliminated, with its priority';

CREATE TABLE promotion_verdicts
(
    week                LowCardinality(String) COMMENT 'ISO week at the end of which the verdict was formed, like 2026-W46',
    week_end            DateTime64(3, 'UTC') COMMENT 'Its end, Monday 00:00 UTC: the evidence is everything up to then',
    automation_id       String COMMENT 'Automation',
    automation_version  String COMMENT 'Version; empty when unknown',
    stage               LowCardinality(String) COMMENT 'dry_run, canary or full',
    executions          UInt64 COMMENT 'Runs that started and were not rejected, skipped or cancelled before',
    first_run_at        DateTime64(3, 'UTC') COMMENT 'When the first of them started',
    last_run_at         DateTime64(3, 'UTC') COMMENT 'When the last of them started',
    days_observed       Float64 COMMENT 'Days from the first start to the last',
    finished            UInt64 COMMENT 'Runs with an end; of dry runs, those whose need is known',
    succeeded           UInt64 COMMENT 'Of those, the ones that succeeded and were neither escalated nor rolled back; of dry runs, those that were needed',
    success_rate        Nullable(Float64) COMMENT 'succeeded ÷ finished; of dry runs this is the agreement. NULL when none finished',
    success_low         Nullable(Float64) COMMENT 'One-sided 95 % lower bound (Wilson)',
    success_high        Nullable(Float64) COMMENT 'One-sided 95 % upper bound (Wilson)',
    need_known          UInt64 COMMENT 'Live runs whose need is known',
    unneeded            UInt64 COMMENT 'Of those, the ones that were not needed',
    false_positive_rate Nullable(Float64) COMMENT 'unneeded ÷ need_known; NULL when no need is known, and of dry runs, whose agreement says it',
    false_positive_high Nullable(Float64) COMMENT 'One-sided 95 % upper bound (Wilson)',
    mutating_executions UInt64 COMMENT 'Live runs that could change something',
    induced_incidents   UInt64 COMMENT 'Incidents that people confirmed to be caused by one of its runs',
    induced_by_mutating UInt64 COMMENT 'Of those, the ones that a mutating run caused',
    induced_rate        Nullable(Float64) COMMENT 'induced_by_mutating per 1,000 mutating_executions; NULL without any of these',
    induced_low         Nullable(Float64) COMMENT 'One-sided 95 % lower bound (exact Poisson)',
    induced_high        Nullable(Float64) COMMENT 'One-sided 95 % upper bound (exact Poisson)',
    verdict             LowCardinality(String) COMMENT 'promote (at full: keep), hold or demote',
    reason              String COMMENT 'Why, in a sentence with the numbers',
    computed_at         DateTime64(3, 'UTC') COMMENT 'When it was computed: later than the week when late events changed it',
    digest              UInt64 COMMENT 'Hash of verdict and evidence: another one says that late events changed them',
    is_gone             Bool COMMENT 'By what is known now, nothing had run by then'
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY (week_end, automation_id, automation_version, stage)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Verdicts on automations, with versions; read promotions instead';

CREATE VIEW promotions
(
    week                LowCardinality(String) COMMENT 'ISO week at the end of which the verdict was formed, like 2026-W46',
    week_end            DateTime64(3, 'UTC') COMMENT 'Its end, Monday 00:00 UTC: the evidence is everything up to then',
    automation_id       String COMMENT 'Automation',
    automation_version  String COMMENT 'Version; empty when unknown',
    stage               LowCardinality(String) COMMENT 'dry_run, canary or full',
    executions          UInt64 COMMENT 'Runs that started and were not rejected, skipped or cancelled before',
    first_run_at        DateTime64(3, 'UTC') COMMENT 'When the first of them started',
    last_run_at         DateTime64(3, 'UTC') COMMENT 'When the last of them started',
    days_observed       Float64 COMMENT 'Days from the first start to the last',
    finished            UInt64 COMMENT 'Runs with an end; of dry runs, those whose need is known',
    succeeded           UInt64 COMMENT 'Of those, the ones that succeeded and were neither escalated nor rolled back; of dry runs, those that were needed',
    success_rate        Nullable(Float64) COMMENT 'succeeded ÷ finished; of dry runs this is the agreement. NULL when none finished',
    success_low         Nullable(Float64) COMMENT 'One-sided 95 % lower bound (Wilson)',
    success_high        Nullable(Float64) COMMENT 'One-sided 95 % upper bound (Wilson)',
    need_known          UInt64 COMMENT 'Live runs whose need is known',
    unneeded            UInt64 COMMENT 'Of those, the ones that were not needed',
    false_positive_rate Nullable(Float64) COMMENT 'unneeded ÷ need_known; NULL when no need is known, and of dry runs, whose agreement says it',
    false_positive_high Nullable(Float64) COMMENT 'One-sided 95 % upper bound (Wilson)',
    mutating_executions UInt64 COMMENT 'Live runs that could change something',
    induced_incidents   UInt64 COMMENT 'Incidents that people confirmed to be caused by one of its runs',
    induced_by_mutating UInt64 COMMENT 'Of those, the ones that a mutating run caused',
    induced_rate        Nullable(Float64) COMMENT 'induced_by_mutating per 1,000 mutating_executions; NULL without any of these',
    induced_low         Nullable(Float64) COMMENT 'One-sided 95 % lower bound (exact Poisson)',
    induced_high        Nullable(Float64) COMMENT 'One-sided 95 % upper bound (exact Poisson)',
    verdict             LowCardinality(String) COMMENT 'promote (at full: keep), hold or demote',
    reason              String COMMENT 'Why, in a sentence with the numbers',
    computed_at         DateTime64(3, 'UTC') COMMENT 'When it was computed: later than the week when late events changed it'
)
AS SELECT week, week_end, automation_id, automation_version, stage, executions, first_run_at, last_run_at, days_observed, finished, succeeded, success_rate, success_low, success_high, need_known, unneeded, false_positive_rate, false_positive_high, mutating_executions, induced_incidents, induced_by_mutating, induced_rate, induced_low, induced_high, verdict, reason, computed_at
FROM promotion_verdicts FINAL
WHERE NOT is_gone
COMMENT 'Whether each version of each automation may leave its stage: a verdict a week, with its evidence';
