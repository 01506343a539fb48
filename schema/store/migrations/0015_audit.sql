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

-- A run is of high risk when it is live, may change something (mutating), and works on an
-- incident of sev1 or sev2 (linked as METRICS.md says; left-out incidents do not count; of
-- several the worst is named, of these the one that opened first). That it has several
-- targets is no risk by itself: most of what restarts instances does. It is a gap when nobody had approved it by the time at which it started: no
-- execution.approved, and no event that names an approver, occurred at or before. What
-- was approved afterwards is a gap, too.
CREATE VIEW approval_gaps
(
    execution_id       String COMMENT 'Run of an automation that wanted an approval and had none when it started',
    automation_id      String COMMENT 'Automation',
    automation_version String COMMENT 'Version of the automation; empty when unknown, as are the other texts',
    stage              String COMMENT 'canary or full',
    started_at         DateTime64(3, 'UTC') COMMENT 'When it first started',
    targets            UInt64 COMMENT 'How many targets it acted on, as far as it says',
    incident_id        String COMMENT 'The worst incident that it is linked to',
    severity           String COMMENT 'Severity of that incident: sev1 (worst) or sev2',
    actor              String COMMENT 'Who or what ran it',
    trigger_kind       String COMMENT 'What set it off: alert, incident, schedule, condition or manual',
    outcome            String COMMENT 'How it ended: rolled_back, escalated, failed, timed_out, succeeded or cancelled, the first of these that is known; empty while it runs',
    approved_at        Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was approved afterwards, or an approver was first named; NULL when never',
    topic              String COMMENT 'Kafka topic of the record that says that it started',
    partition          Int32 COMMENT 'Kafka partition of that record',
    offset             UInt64 COMMENT 'Kafka offset of that record'
)
AS
WITH
    approval AS
    (
        SELECT
            r.execution_id AS execution_id,
            minOrNullIf(r.occurred_at, r.type = 'execution.approved' OR ifNull(r.approver, '') != '') AS approved_at,
            minOrNullIf(r.occurred_at, r.type = 'execution.started') AS started_at,
            argMinIf(tuple(toString(r.topic), r.partition, r.offset), r.recency, r.type = 'execution.started') AS start
        FROM execution_records AS r
        WHERE r.reason = ''
        GROUP BY r.execution_id
        HAVING started_at IS NOT NULL AND (approved_at IS NULL OR approved_at > started_at)
    ),
    run AS
    (
        SELECT *
        FROM executions_as_of(as_of = '2299-12-31 23:59:59.999')
        WHERE is_live AND mutating AND started_at IS NOT NULL AND execution_id IN (SELECT execution_id FROM approval)
    ),
    named AS
    (
        SELECT
            execution_id,
            arrayJoin(arrayFilter(key -> length(key) > 2, [
                concat('x:', execution_id),
                concat('i:', incident_id), concat('i:', if(trigger_kind = 'incident', trigger_id, '')),
                concat('a:', alert_id), concat('a:', if(trigger_kind = 'alert', trigger_id, ''))])) AS key
        FROM run
    ),
    run_key AS
    (
        SELECT named.execution_id AS execution_id, arrayJoin(if(alert.incident_id = '', [named.key], [named.key, concat('i:', alert.incident_id)])) AS key
        FROM named
        LEFT JOIN (SELECT alert_id, incident_id FROM alerts_as_of(as_of = '2299-12-31 23:59:59.999') WHERE incident_id != '') AS alert ON concat('a:', alert.alert_id) = named.key
    ),
    incident_key AS
    (
        SELECT
            incident_id, severity, opened_at,
            arrayJoin(arrayConcat([concat('i:', incident_id)], arrayMap(id -> concat('a:', id), alert_ids), arrayMap(id -> concat('x:', id), execution_ids))) AS key
        FROM incidents_as_of(as_of = '2299-12-31 23:59:59.999')
        WHERE NOT is_left_out
    ),
    worst AS
    (
        SELECT
            run_key.execution_id AS execution_id,
            argMin(
                tuple(incident_key.incident_id, incident_key.severity),
                (if(incident_key.severity = '', 'unknown', incident_key.severity), coalesce(incident_key.opened_at, toDateTime64('2299-12-31 23:59:59', 3, 'UTC')), incident_key.incident_id)) AS its
        FROM run_key
        INNER JOIN incident_key ON incident_key.key = run_key.key
        GROUP BY run_key.execution_id
    )
SELECT
    run.execution_id AS execution_id,
    run.automation_id AS automation_id,
    run.automation_version AS automation_version,
    run.stage AS stage,
    assumeNotNull(run.started_at) AS started_at,
    length(run.targets) AS targets,
    worst.its.1 AS incident_id,
    worst.its.2 AS severity,
    run.actor AS actor,
    run.trigger_kind AS trigger_kind,
    multiIf(
        run.rolled_back_at IS NOT NULL, 'rolled_back',
        run.escalated_at IS NOT NULL, 'escalated',
        run.failed_at IS NOT NULL, 'failed',
        run.timed_out_at IS NOT NULL, 'timed_out',
        run.succeeded_at IS NOT NULL, 'succeeded',
        run.cancelled_at IS NOT NULL, 'cancelled', '') AS outcome,
    approval.approved_at AS approved_at,
    approval.start.1 AS topic,
    approval.start.2 AS partition,
    approval.start.3 AS offset
FROM run
INNER JOIN approval ON approval.execution_id = run.execution_id
INNER JOIN worst ON worst.execution_id = run.execution_id
WHERE worst.its.2 IN ('sev1', 'sev2')
COMMENT 'Runs of high risk that started before anybody had approved them';
