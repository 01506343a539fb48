-- What automation did and on whose word, for an auditor to read.
--
-- audit_trail shows the columns that were parsed from each record, beside the place of
-- the record in Kafka and the hash of its bytes; whether the bytes are as they came is
-- for `firebreak audit verify` to say.

CREATE VIEW audit_trail
(
    execution_id       String COMMENT 'One run of an automation',
    automation_id      LowCardinality(String) COMMENT 'Automation',
    automation_version LowCardinality(Nullable(String)) COMMENT 'Version of the automation; NULL where this event does not say, as in all that follow',
    type               LowCardinality(String) COMMENT 'Event type: requested, approved, rejected, started, an end, …',
    occurred_at        DateTime64(3, 'UTC') COMMENT 'When it happened, by the sender\'s clock',
    source             LowCardinality(String) COMMENT 'Sending system; empty when unknown',
    stage              LowCardinality(Nullable(String)) COMMENT 'dry_run, canary or full',
    trigger_kind       LowCardinality(Nullable(String)) COMMENT 'What set it off: alert, incident, schedule, condition or manual',
    trigger_id         Nullable(String) COMMENT 'Id of what set it off',
    incident_id        Nullable(String) COMMENT 'Incident that it worked on',
    alert_id           Nullable(String) COMMENT 'Alert that it worked on',
    decision           Nullable(String) COMMENT 'The rule and the inputs that made it act',
    approver           LowCardinality(Nullable(String)) COMMENT 'Who approved it, or rejected it',
    actor              LowCardinality(Nullable(String)) COMMENT 'Who or what ran it',
    command            Nullable(String) COMMENT 'What was executed',
    targets            Array(String) COMMENT 'What it acted on; empty where this event does not say',
    mutating           Nullable(Bool) COMMENT 'false for a diagnosis that changes nothing',
    changed            Nullable(Bool) COMMENT 'false: it ran and found nothing to do',
    error              Nullable(String) COMMENT 'Error of a failed run',
    verdict            LowCardinality(Nullable(String)) COMMENT 'necessary or unnecessary: was the action needed',
    residual_minutes   Nullable(Float64) COMMENT 'Hands-on minutes that people still spent on this run',
    topic              LowCardinality(String) COMMENT 'Kafka topic of the record',
    partition          Int32 COMMENT 'Kafka partition of the record',
    offset             UInt64 COMMENT 'Kafka offset of the record',
    raw_sha256         String COMMENT 'SHA-256 of the bytes of the record\'s value, in hexadecimal digits'
)
AS SELECT
    execution_id, automation_id, automation_version, type, occurred_at, source, stage, trigger_kind, trigger_id, incident_id, alert_id,
    decision, approver, actor, command, targets, mutating, changed, error, verdict, residual_minutes,
    topic, partition, offset, lower(hex(SHA256(raw))) AS raw_sha256
FROM execution_records
WHERE reason = ''
COMMENT 'Every event of every run: trigger, decision, approval, command, actor and outcome as the event told them, and where it lies in Kafka';

-- A run is of high risk when it was carried out, may change something (mutating), is no dry
-- run, and works on a grave incident: one that any event ever said to be sev1 or sev2, so
-- that grading it down later hides nothing. A run by which an incident turned grave only
-- later is one all the same. Left-out incidents do not count. Runs are linked as METRICS.md
-- says; of several incidents the worst is named, of these the one that opened first. That a
-- run has several targets is no risk by itself: most of what restarts instances does.
--
-- It was carried out when it started or ended, and was neither skipped nor cancelled before
-- that. Not is_live: a run that was rejected and ran all the same is what is looked for.
--
-- It is a gap when the last word on it, at or before its start, is no approval: an
-- execution.approved, or an approver named by an execution.started. Who a request or a
-- rejection names has approved nothing, and what was approved afterwards is a gap, too. A
-- rejection in the same millisecond counts for more than an approval.
--
-- It begins with the grave incidents and folds only runs that one of their keys names in any
-- event: a year of runs is too much to fold for a few.
CREATE VIEW approval_gaps
(
    execution_id       String COMMENT 'Run of an automation that wanted an approval and had none when it started',
    automation_id      String COMMENT 'Automation',
    automation_version String COMMENT 'Version of the automation; empty when unknown, as are the other texts',
    stage              String COMMENT 'canary or full',
    started_at         DateTime64(3, 'UTC') COMMENT 'When it first started, or first ended where no event says that it started',
    targets            UInt64 COMMENT 'How many targets it acted on, as far as it says',
    incident_id        String COMMENT 'The worst incident that it is linked to',
    severity           String COMMENT 'The worst severity that any event said of that incident: sev1 or sev2',
    actor              String COMMENT 'Who or what ran it',
    trigger_kind       String COMMENT 'What set it off: alert, incident, schedule, condition or manual',
    outcome            String COMMENT 'How it ended: rolled_back, escalated, failed, timed_out, succeeded or cancelled, the first of these that is known; empty while it runs',
    rejected_at        Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was last rejected before it started all the same; NULL when it was not',
    approved_at        Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was first approved after it had started; NULL when never',
    topic              String COMMENT 'Kafka topic of the record that says that it started, or ended',
    partition          Int32 COMMENT 'Kafka partition of that record',
    offset             UInt64 COMMENT 'Kafka offset of that record'
)
AS
WITH
    grave AS
    (
        SELECT
            r.incident_id AS incident_id,
            toString(assumeNotNull(min(r.severity))) AS worst,
            minOrNullIf(r.occurred_at, r.type = 'incident.opened') AS opened_at,
            argMaxIf(r.alert_ids, r.recency, bitTest(r.carried, 1)) AS alert_ids,
            argMaxIf(r.execution_ids, r.recency, bitTest(r.carried, 2)) AS execution_ids
        FROM incident_records AS r
        WHERE r.reason = '' AND r.incident_id IN (SELECT incident_id FROM incident_records WHERE reason = '' AND severity IN ('sev1', 'sev2'))
        GROUP BY r.incident_id
        HAVING coalesce(argMax(r.classification, r.recency), 'incident') NOT IN ('drill', 'maintenance', 'test', 'merged')
    ),
    incident_key AS
    (
        SELECT
            incident_id, worst, opened_at,
            arrayJoin(arrayConcat([concat('i:', incident_id)], arrayMap(id -> concat('a:', id), alert_ids), arrayMap(id -> concat('x:', id), execution_ids))) AS key
        FROM grave
        UNION ALL
        SELECT grave.incident_id AS incident_id, grave.worst AS worst, grave.opened_at AS opened_at, concat('a:', alert.alert_id) AS key
        FROM
        (
            SELECT r.alert_id AS alert_id, coalesce(argMax(r.incident_id, r.recency), '') AS incident_id
            FROM alert_records AS r
            WHERE r.reason = '' AND r.alert_id IN (SELECT alert_id FROM alert_records WHERE reason = '' AND incident_id IN (SELECT incident_id FROM grave))
            GROUP BY r.alert_id
        ) AS alert
        INNER JOIN grave ON grave.incident_id = alert.incident_id
    ),
    candidate AS
    (
        SELECT execution_id
        FROM execution_records
        WHERE reason = ''
            AND (concat('x:', execution_id) IN (SELECT key FROM incident_key)
                OR concat('i:', ifNull(incident_id, '')) IN (SELECT key FROM incident_key)
                OR concat('a:', ifNull(alert_id, '')) IN (SELECT key FROM incident_key)
                OR concat('i:', ifNull(trigger_id, '')) IN (SELECT key FROM incident_key)
                OR concat('a:', ifNull(trigger_id, '')) IN (SELECT key FROM incident_key))
    ),
    run AS
    (
        SELECT *, coalesce(started_at, ended_at) AS start
        FROM executions_as_of(as_of = '2299-12-31 23:59:59.999')
        WHERE execution_id IN (SELECT execution_id FROM candidate)
            AND stage != 'dry_run' AND mutating AND skipped_at IS NULL
            AND start IS NOT NULL AND NOT ifNull(cancelled_at < start, false)
    ),
    word AS
    (
        SELECT
            r.execution_id AS execution_id,
            arraySort(groupArrayIf(r.occurred_at, r.type = 'execution.approved' OR r.type = 'execution.started' AND ifNull(r.approver, '') != '')) AS approvals,
            arraySort(groupArrayIf(r.occurred_at, r.type = 'execution.rejected')) AS rejections,
            argMinIf(tuple(toString(r.topic), r.partition, r.offset), (r.type != 'execution.started', r.recency),
                r.type IN ('execution.started', 'execution.succeeded', 'execution.failed', 'execution.timed_out', 'execution.escalated', 'execution.rolled_back')) AS place
        FROM execution_records AS r
        WHERE r.reason = '' AND r.execution_id IN (SELECT execution_id FROM candidate)
        GROUP BY r.execution_id
    ),
    gap AS
    (
        SELECT
            run.*,
            word.place AS place,
            arrayLastOrNull(at -> at <= assumeNotNull(run.start), word.approvals) AS allowed_at,
            arrayLastOrNull(at -> at <= assumeNotNull(run.start), word.rejections) AS refused_at,
            arrayFirstOrNull(at -> at > assumeNotNull(run.start), word.approvals) AS excused_at
        FROM run
        INNER JOIN word ON word.execution_id = run.execution_id
        WHERE allowed_at IS NULL OR ifNull(refused_at >= allowed_at, false)
    ),
    run_key AS
    (
        SELECT
            execution_id,
            arrayJoin(arrayFilter(key -> length(key) > 2, [
                concat('x:', execution_id),
                concat('i:', incident_id), concat('i:', if(trigger_kind = 'incident', trigger_id, '')),
                concat('a:', alert_id), concat('a:', if(trigger_kind = 'alert', trigger_id, ''))])) AS key
        FROM gap
    ),
    worst AS
    (
        SELECT
            run_key.execution_id AS execution_id,
            argMin(
                tuple(incident_key.incident_id, incident_key.worst),
                (incident_key.worst, coalesce(incident_key.opened_at, toDateTime64('2299-12-31 23:59:59', 3, 'UTC')), incident_key.incident_id)) AS its
        FROM run_key
        INNER JOIN incident_key ON incident_key.key = run_key.key
        GROUP BY run_key.execution_id
    )
SELECT
    gap.execution_id AS execution_id,
    gap.automation_id AS automation_id,
    gap.automation_version AS automation_version,
    gap.stage AS stage,
    assumeNotNull(gap.start) AS started_at,
    length(gap.targets) AS targets,
    worst.its.1 AS incident_id,
    worst.its.2 AS severity,
    gap.actor AS actor,
    gap.trigger_kind AS trigger_kind,
    multiIf(
        gap.rolled_back_at IS NOT NULL, 'rolled_back',
        gap.escalated_at IS NOT NULL, 'escalated',
        gap.failed_at IS NOT NULL, 'failed',
        gap.timed_out_at IS NOT NULL, 'timed_out',
        gap.succeeded_at IS NOT NULL, 'succeeded',
        gap.cancelled_at IS NOT NULL, 'cancelled', '') AS outcome,
    gap.refused_at AS rejected_at,
    gap.excused_at AS approved_at,
    gap.place.1 AS topic,
    gap.place.2 AS partition,
    gap.place.3 AS offset
FROM gap
INNER JOIN worst ON worst.execution_id = gap.execution_id
COMMENT 'Runs of high risk that started before anybody had approved them, or after somebody had rejected them';
