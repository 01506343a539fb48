-- Incidents and executions as the metrics see them: the state of each, of an execution with
-- what it was about. A worker keeps them as of a moment, so that a number is a scan instead
-- of a fold.
--
-- What is kept answers for every moment before as well: what nothing occurred to since
-- then, nor to an execution's alerts and incidents, was then as it is kept. The few others
-- are folded.

CREATE TABLE execution_members_kept
(
    kept_at                    DateTime64(3, 'UTC') COMMENT 'As of when they are',
    execution_id               String COMMENT 'Execution',
    automation_id              LowCardinality(String) COMMENT 'Automation',
    automation_version         LowCardinality(String) COMMENT 'Version of the automation; empty when unknown, as are the other texts',
    pattern                    LowCardinality(String) COMMENT 'script, operator or self_healing',
    stage                      LowCardinality(String) COMMENT 'dry_run, canary or full',
    trigger_kind               LowCardinality(String) COMMENT 'What set it off',
    service                    LowCardinality(String) COMMENT 'Service',
    team                       LowCardinality(String) COMMENT 'Team',
    environment                LowCardinality(String) COMMENT 'Environment',
    first_event_at             DateTime64(3, 'UTC') COMMENT 'When its earliest event occurred',
    began_at                   DateTime64(3, 'UTC') COMMENT 'When it began',
    is_live                    Bool COMMENT 'Whether it is live',
    is_finished                Bool COMMENT 'Whether it is live with an end',
    is_success                 Bool COMMENT 'Whether it succeeded',
    is_escalated               Bool COMMENT 'Whether a person had to take over',
    is_rolled_back             Bool COMMENT 'Whether it was rolled back',
    was_carried_out            Bool COMMENT 'Started or ended, and not rejected, skipped, or cancelled before it started',
    mutating                   Bool COMMENT 'Whether it could change anything',
    verdict                    LowCardinality(String) COMMENT 'necessary or unnecessary, where somebody said',
    manual_minutes             Nullable(Float64) COMMENT 'Declared: hands-on minutes that a person would have needed',
    residual_minutes           Nullable(Float64) COMMENT 'Hands-on minutes that people still spent on it',
    incident_ids               Array(String) COMMENT 'Incidents that it is linked to',
    incident_id                String COMMENT 'Of these the one that opened first',
    incident_service           LowCardinality(String) COMMENT 'Its service',
    incident_opened_at         Nullable(DateTime64(3, 'UTC')) COMMENT 'When it opened',
    incident_responder_minutes Nullable(Float64) COMMENT 'Its hands-on minutes',
    is_needed                  Nullable(Bool) COMMENT 'Whether the run was needed; NULL when that is not known',
    settled_at                 DateTime64(3, 'UTC') COMMENT 'When something last occurred on it, its alerts, or an incident that named it'
)
ENGINE = MergeTree
PARTITION BY toUnixTimestamp64Milli(kept_at)
ORDER BY (began_at, execution_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Executions with what they were about as of a moment, as a worker folded them; a scratch pad';

CREATE TABLE incident_members_kept
(
    kept_at                DateTime64(3, 'UTC') COMMENT 'As of when they are',
    incident_id            String COMMENT 'Incident',
    title                  String COMMENT 'Title',
    service                LowCardinality(String) COMMENT 'Service; empty when unknown, as are the other texts',
    team                   LowCardinality(String) COMMENT 'Team',
    environment            LowCardinality(String) COMMENT 'Environment',
    severity               LowCardinality(String) COMMENT 'sev1 (worst) to sev5',
    classification         LowCardinality(String) COMMENT 'incident, false_alarm, drill, maintenance, test or merged',
    trigger_kind           LowCardinality(String) COMMENT 'What raised it',
    resolved_by            LowCardinality(String) COMMENT 'human, automation or self',
    caused_by_execution_id String COMMENT 'Execution that caused it, confirmed by a person',
    actions                Array(Tuple(id String, kind String, automatable Bool, ticket String, extra String)) COMMENT 'What the post-incident review decided',
    first_event_at         DateTime64(3, 'UTC') COMMENT 'When its earliest event occurred',
    started_at             Nullable(DateTime64(3, 'UTC')) COMMENT 'When the impact began, if known to differ from the opening',
    opened_at              DateTime64(3, 'UTC') COMMENT 'First opened',
    acknowledged_at        Nullable(DateTime64(3, 'UTC')) COMMENT 'First acknowledged',
    resolved_at            Nullable(DateTime64(3, 'UTC')) COMMENT 'Last resolved',
    reviewed_at            Nullable(DateTime64(3, 'UTC')) COMMENT 'First reviewed',
    responder_minutes      Nullable(Float64) COMMENT 'Hands-on minutes of people',
    is_open                Bool COMMENT 'Whether it is open',
    is_left_out            Bool COMMENT 'Whether it is left out of every metric',
    settled_at             DateTime64(3, 'UTC') COMMENT 'When something last occurred on it'
)
ENGINE = MergeTree
PARTITION BY toUnixTimestamp64Milli(kept_at)
ORDER BY (opened_at, incident_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Incidents that opened, as of a moment, as a worker folded them; a scratch pad';

CREATE TABLE members_moments
(
    kept_at  DateTime64(3, 'UTC') COMMENT 'As of when executions and incidents are kept',
    worker   LowCardinality(String) COMMENT 'Which worker keeps them, and lets them go',
    is_whole Bool COMMENT 'Whether all are there; false is written before the first',
    until    DateTime64(3, 'UTC') COMMENT 'Up to when nothing has landed since, so that they are the same'
)
ENGINE = MergeTree
PARTITION BY toUnixTimestamp64Milli(kept_at)
ORDER BY kept_at
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Moments as of which executions and incidents are kept; one goes before what it stands for goes';

-- What runs are about is asked with what is kept, which a view could not do without being
-- slow: aggregate puts it into its own SELECTs.
DROP VIEW execution_baselines;
DROP VIEW manual_work_as_of;
DROP VIEW execution_credits_as_of;
DROP VIEW execution_clusters_as_of;
DROP VIEW execution_need_as_of;
DROP VIEW execution_links_as_of;
DROP VIEW execution_facts_as_of;
DROP VIEW execution_facts_folded_as_of;
DROP TABLE execution_facts_kept;
DROP TABLE execution_facts_moments;

-- As before; only what may have been caused is folded.
CREATE OR REPLACE VIEW induced_incidents_as_of AS
SELECT caused_by_execution_id AS execution_id, count() AS incidents, sum(responder_minutes) AS minutes
FROM incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
WHERE incident_id IN (SELECT incident_id FROM incident_records WHERE ifNull(caused_by_execution_id, '') != '')
    AND caused_by_execution_id != '' AND opened_at IS NOT NULL AND NOT is_left_out
GROUP BY caused_by_execution_id
COMMENT 'Incidents that each execution is confirmed to have caused, and the hands-on minutes that they took, as of a moment: induced_incidents_as_of(as_of = …)';

DROP VIEW incident_predecessors;
