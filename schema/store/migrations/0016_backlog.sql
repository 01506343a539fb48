-- Troubles that automation itself brought about are told apart: more automation is not what
-- they call for.

ALTER TABLE backlog_items
    ADD COLUMN IF NOT EXISTS self_inflicted Bool COMMENT 'At least half of its incidents are confirmed to have been caused by live runs that could change something: pattern_reason says which automations to mend first' AFTER easy_win;

CREATE OR REPLACE VIEW backlog
(
    rank               UInt64 COMMENT 'Place in the backlog; 1 has the highest priority',
    cluster_id         String COMMENT 'Recurrence cluster',
    title              String COMMENT 'What its titles have in common, <*> where they vary; when they say nothing, the most frequent one',
    services           Array(String) COMMENT 'Services that it hit, the most frequent first; empty when unknown',
    teams              Array(String) COMMENT 'Teams that it hit, the most frequent first; empty when unknown',
    state              LowCardinality(String) COMMENT 'emerging, chronic, fading or quiet; eliminated clusters are not here',
    incidents_now      UInt64 COMMENT 'Incidents in the last 90 days before computed_at',
    days_observed      Float64 COMMENT 'Days of the last 90 since the first incident of any kind: frequency is over them, over 14 at least',
    frequency          Float64 COMMENT 'Incidents per 30 days over the last 90, drawn towards what is usual where there are few (mean of the gamma posterior of a Poisson rate, prior fitted by moments to all clusters)',
    impact             Float64 COMMENT 'Mean over its incidents of the severity (sev1 10, sev2 5, sev3 2, sev4 1, sev5 0.5, unknown 1) × the tier weight of the service; false alarms apart, 0 when there is nothing else',
    toil               Float64 COMMENT 'Median hands-on hours of people per incident',
    toil_assumed       Bool COMMENT 'true when no incident of the cluster says how long people worked: the median over all incidents was taken, else 1 hour',
    score              Float64 COMMENT 'frequency × impact × toil; a number to compare, without a unit',
    leverage           Float64 COMMENT '1 + 0.25 × (1 − 1 ÷ services): what hits several services is worth more',
    alignment          Float64 COMMENT 'How well its end would fit what the company is after, 0.8 to 1.25, as people declared; 1 unless they did',
    priority           Float64 COMMENT 'frequency × impact^1.5 × toil × leverage × alignment; a number to compare, without a unit',
    easy_win           Bool COMMENT 'Frequency in the top quarter, and a mean impact of at most 1',
    self_inflicted     Bool COMMENT 'At least half of its incidents are confirmed to have been caused by live runs that could change something: pattern_reason says which automations to mend first',
    hours_per_incident Float64 COMMENT 'Mean hands-on hours of people per incident, for totals; toil when that is assumed',
    hours_per_quarter  Float64 COMMENT 'Hours of people that its end would give back in 90 days: 3 × frequency × hours_per_incident',
    pattern            LowCardinality(String) COMMENT 'Which kind of automation fits: script, operator or self_healing',
    pattern_reason     String COMMENT 'Why, in a sentence',
    approval           Bool COMMENT 'Whether a person should approve what an automation would do: sev1 or sev2 among its incidents, or an action that changes several services',
    approval_reason    String COMMENT 'Why, or why not, in a sentence',
    automations        Array(String) COMMENT 'Automations of which a run is linked to one of its incidents; empty when none is',
    settings_version   UInt64 COMMENT 'Version of the settings that tier weights and alignment come from; 0 when nothing was declared',
    computed_at        DateTime64(3, 'UTC') COMMENT 'As of when all this was computed, UTC'
)
AS SELECT rank, cluster_id, title, services, teams, state, incidents_now, days_observed, frequency, impact, toil, toil_assumed, score, leverage, alignment, priority, easy_win, self_inflicted, hours_per_incident, hours_per_quarter, pattern, pattern_reason, approval, approval_reason, automations, settings_version, computed_at
FROM backlog_items FINAL
WHERE NOT is_gone
COMMENT 'What to automate next: every recurrence cluster that is not eliminated, with its priority';
