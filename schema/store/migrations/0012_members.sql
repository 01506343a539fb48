-- Runs as the metrics see them: the state of each with what it was about. A worker keeps
-- them as of a moment, so that a number is a scan instead of a fold.
--
-- What is kept answers for every moment before as well: a run on which nothing occurred
-- since then, nor on its alerts and incidents, was then as it is kept. The few others are
-- folded.

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
COMMENT 'Executions with what they were about as of a moment, as a worker folded them; a scratch pad';

CREATE TABLE execution_members_moments
(
    kept_at  DateTime64(3, 'UTC') COMMENT 'As of when executions are kept',
    worker   LowCardinality(String) COMMENT 'Which worker keeps them, and lets them go',
    is_whole Bool COMMENT 'Whether all are there; false is written before the first'
)
ENGINE = MergeTree
PARTITION BY toUnixTimestamp64Milli(kept_at)
ORDER BY kept_at
COMMENT 'Moments as of which executions are kept; one goes before what it stands for goes';

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

-- Titles are made comparable, and looked up, only where they are compared.
DROP VIEW incident_predecessors;

CREATE VIEW incident_intervals AS
SELECT *,
    max(opened_ms) OVER earlier AS previous_ms,
    cluster_id != '' AND count() OVER earlier > 0 AS recurs
FROM
(
    SELECT
        i.incident_id AS incident_id, i.title AS title, i.service AS service, i.team AS team, i.environment AS environment, i.severity AS severity,
        i.trigger_kind AS trigger_kind, i.resolved_by AS resolved_by, i.opened_at AS opened_at, m.cluster_id AS cluster_id,
        toUnixTimestamp64Milli(assumeNotNull(i.opened_at)) AS opened_ms
    FROM incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS i
    LEFT JOIN cluster_members AS m FINAL ON m.incident_id = i.incident_id
    WHERE NOT i.is_left_out AND i.opened_at >= {from:DateTime64(3, 'UTC')} - INTERVAL 180 DAY AND i.opened_at < {to:DateTime64(3, 'UTC')}
)
WINDOW earlier AS (PARTITION BY cluster_id ORDER BY opened_ms RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
COMMENT 'Incidents of a window and of the 180 days before, with when the one before in their cluster opened (Unix milliseconds), if there was one: incident_intervals(from = …, to = …, as_of = …)';
