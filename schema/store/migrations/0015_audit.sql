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
-- later is one all the same. Runs are linked as METRICS.md says; of several incidents the
-- worst is named, of these the one that opened first. That a run has several targets is no
-- risk by itself: most of what restarts instances does.
--
-- It is no dry run when any event names another stage, and it may change something when any
-- event says so, not only the latest: one may land later and be dated before the start. So it
-- is where none at or before the start says anything of it. Only where one does, and all say
-- dry_run, or that it changes nothing, is that believed.
--
-- What is said after a run has started hides nothing, it can only add: what it works on
-- counts as it stood at its start, and as any later event has it. So do links from alerts
-- and incidents, and incidents that are left out later: what had been taken back, or left
-- out, by its start does not count, what still held then does. All times are the senders':
-- who dates an approval back is believed here, and seen by where its record lies in Kafka.
--
-- It was carried out when it started or ended; the earliest such event is its start. Not
-- is_live: a run that was rejected, skipped or cancelled and ran all the same is what is
-- looked for. One that was only skipped or cancelled was not carried out.
--
-- It is a gap when the last word on it, at or before its start, is no approval: an
-- execution.approved, or an approver named by an execution.started; what has nothing to be
-- seen in it is no name. Who a request or a
-- rejection names has approved nothing, and what was approved afterwards is a gap, too. A
-- rejection in the same millisecond counts for more than an approval.
--
-- It begins with the grave incidents and folds only runs that one of their keys names in any
-- event: a year of runs is too much to fold for a few. Those it reads once, each event with
-- the start of its run beside it.
CREATE VIEW approval_gaps
(
    execution_id       String COMMENT 'Run of an automation that wanted an approval and had none when it started',
    automation_id      String COMMENT 'Automation',
    automation_version String COMMENT 'Version of the automation; empty when unknown, as are the other texts',
    stage              String COMMENT 'canary or full; full where any event says so, or none says anything by its start',
    started_at         DateTime64(3, 'UTC') COMMENT 'When it first started, or ended where that comes first',
    targets            UInt64 COMMENT 'How many targets it acted on, as far as it says',
    incident_id        String COMMENT 'The worst incident that it was linked to at its start or later',
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
            arraySort(groupArrayIf((r.recency, r.occurred_at, r.classification IN ('drill', 'maintenance', 'test', 'merged')), r.classification IS NOT NULL)) AS classes,
            arrayLastIndex(class -> NOT class.3, classes) AS counted,
            -- Since when it is left out; from the beginning where its first event says so.
            multiIf(
                counted = length(classes), NULL,
                counted = 0 AND classes[1].1 = min(r.recency), toDateTime64(0, 3, 'UTC'),
                classes[counted + 1].2) AS left_out_at
        FROM incident_records AS r
        WHERE r.reason = '' AND r.incident_id IN (SELECT incident_id FROM incident_records WHERE reason = '' AND severity IN ('sev1', 'sev2'))
        GROUP BY r.incident_id
    ),
    -- What names an incident, until the next event that says what does.
    named AS
    (
        SELECT incident_id, 'i:' AS kind, [incident_id] AS ids, CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))') AS until
        FROM grave
        UNION ALL
        SELECT r.incident_id AS incident_id, 'a:' AS kind, r.alert_ids AS ids,
            leadInFrame(toNullable(r.occurred_at)) OVER (PARTITION BY r.incident_id ORDER BY r.recency ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS until
        FROM incident_records AS r
        WHERE r.reason = '' AND bitTest(r.carried, 1) AND r.incident_id IN (SELECT incident_id FROM grave)
        UNION ALL
        SELECT r.incident_id AS incident_id, 'x:' AS kind, r.execution_ids AS ids,
            leadInFrame(toNullable(r.occurred_at)) OVER (PARTITION BY r.incident_id ORDER BY r.recency ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS until
        FROM incident_records AS r
        WHERE r.reason = '' AND bitTest(r.carried, 2) AND r.incident_id IN (SELECT incident_id FROM grave)
        UNION ALL
        SELECT assumeNotNull(r.incident_id) AS incident_id, 'a:' AS kind, [r.alert_id] AS ids,
            leadInFrame(toNullable(r.occurred_at)) OVER (PARTITION BY r.alert_id ORDER BY r.recency ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS until
        FROM alert_records AS r
        WHERE r.reason = '' AND r.incident_id IS NOT NULL
            AND r.alert_id IN (SELECT alert_id FROM alert_records WHERE reason = '' AND incident_id IN (SELECT incident_id FROM grave))
    ),
    link AS
    (
        SELECT grave.incident_id AS incident_id, grave.worst AS worst, grave.opened_at AS opened_at, grave.left_out_at AS left_out_at, named.key AS key, named.until AS until
        FROM (SELECT incident_id, concat(kind, arrayJoin(ids)) AS key, until FROM named) AS named
        INNER JOIN grave ON grave.incident_id = named.incident_id
    ),
    event AS
    (
        SELECT
            r.*,
            r.recency AS recency,
            r.type IN ('execution.started', 'execution.succeeded', 'execution.failed', 'execution.timed_out', 'execution.escalated', 'execution.rolled_back') AS acted,
            r.type = 'execution.approved' OR r.type = 'execution.started' AND match(ifNull(r.approver, ''), '[^\\s\\p{Z}\\p{C}]') AS approves,
            minOrNullIf(r.occurred_at, acted) OVER (PARTITION BY r.execution_id) AS start,
            ifNull(r.occurred_at > start, false) AS late
        FROM execution_records AS r
        WHERE r.reason = '' AND r.execution_id IN
        (
            SELECT execution_id
            FROM execution_records
            WHERE reason = ''
                AND (concat('x:', execution_id) IN (SELECT key FROM link)
                    OR concat('i:', ifNull(incident_id, '')) IN (SELECT key FROM link)
                    OR concat('a:', ifNull(alert_id, '')) IN (SELECT key FROM link)
                    OR concat('i:', ifNull(trigger_id, '')) IN (SELECT key FROM link)
                    OR concat('a:', ifNull(trigger_id, '')) IN (SELECT key FROM link))
        )
    ),
    judged AS
    (
        SELECT
            *,
            maxOrNullIf(occurred_at, approves AND NOT late) OVER (PARTITION BY execution_id) AS allowed_at,
            maxOrNullIf(occurred_at, type = 'execution.rejected' AND NOT late) OVER (PARTITION BY execution_id) AS refused_at
        FROM event
        WHERE start IS NOT NULL
    ),
    gap AS
    (
        SELECT
            e.execution_id AS execution_id,
            argMax(e.automation_id, e.recency) AS automation_id,
            coalesce(argMax(e.automation_version, e.recency), '') AS automation_version,
            if(countIf(e.stage IS NOT NULL AND NOT e.late) = 0, 'full', ifNull(toString(maxOrNullIf(e.stage, e.stage != 'dry_run')), '')) AS stage,
            countIf(e.mutating IS NOT NULL AND NOT e.late) = 0 OR countIf(e.mutating) > 0 AS mutating,
            assumeNotNull(any(e.start)) AS started_at,
            length(argMaxIf(e.targets, e.recency, bitTest(e.carried, 1))) AS targets,
            coalesce(argMax(e.actor, e.recency), '') AS actor,
            coalesce(argMax(e.trigger_kind, e.recency), '') AS trigger_kind,
            multiIf(
                countIf(e.type = 'execution.rolled_back') > 0, 'rolled_back',
                countIf(e.type = 'execution.escalated') > 0, 'escalated',
                countIf(e.type = 'execution.failed') > 0, 'failed',
                countIf(e.type = 'execution.timed_out') > 0, 'timed_out',
                countIf(e.type = 'execution.succeeded') > 0, 'succeeded',
                countIf(e.type = 'execution.cancelled') > 0, 'cancelled', '') AS outcome,
            any(e.refused_at) AS rejected_at,
            minOrNullIf(e.occurred_at, e.approves AND e.late) AS approved_at,
            argMinIf(tuple(toString(e.topic), e.partition, e.offset), e.recency, e.acted) AS place,
            arrayPushFront(groupArrayIf(assumeNotNull(e.incident_id), e.late AND e.incident_id IS NOT NULL), coalesce(argMaxIf(e.incident_id, e.recency, NOT e.late), '')) AS incident_ids,
            arrayPushFront(groupArrayIf(assumeNotNull(e.alert_id), e.late AND e.alert_id IS NOT NULL), coalesce(argMaxIf(e.alert_id, e.recency, NOT e.late), '')) AS alert_ids,
            arrayPushFront(groupArrayIf(toString(assumeNotNull(e.trigger_kind)), e.late AND e.trigger_kind IS NOT NULL), coalesce(toString(argMaxIf(e.trigger_kind, e.recency, NOT e.late)), '')) AS trigger_kinds,
            arrayPushFront(groupArrayIf(assumeNotNull(e.trigger_id), e.late AND e.trigger_id IS NOT NULL), coalesce(argMaxIf(e.trigger_id, e.recency, NOT e.late), '')) AS trigger_ids,
            arrayFilter(key -> length(key) > 2, arrayConcat(
                [concat('x:', execution_id)],
                arrayMap(id -> concat('i:', id), arrayConcat(incident_ids, if(has(trigger_kinds, 'incident'), trigger_ids, []))),
                arrayMap(id -> concat('a:', id), arrayConcat(alert_ids, if(has(trigger_kinds, 'alert'), trigger_ids, []))))) AS keys
        FROM judged AS e
        WHERE e.allowed_at IS NULL OR ifNull(e.refused_at >= e.allowed_at, false)
        GROUP BY e.execution_id
        HAVING stage != '' AND mutating
    ),
    worked AS
    (
        SELECT
            gap.execution_id AS execution_id, gap.automation_id AS automation_id, gap.automation_version AS automation_version, gap.stage AS stage,
            gap.started_at AS started_at, gap.targets AS targets, gap.actor AS actor, gap.trigger_kind AS trigger_kind, gap.outcome AS outcome,
            gap.rejected_at AS rejected_at, gap.approved_at AS approved_at, gap.place AS place,
            argMin(
                tuple(link.incident_id, link.worst),
                (link.worst, coalesce(link.opened_at, toDateTime64('2299-12-31 23:59:59', 3, 'UTC')), link.incident_id)) AS its
        FROM (SELECT *, arrayJoin(keys) AS key FROM gap) AS gap
        INNER JOIN link ON link.key = gap.key
        WHERE ifNull(link.until > gap.started_at, true) AND ifNull(link.left_out_at > gap.started_at, true)
        GROUP BY ALL
    )
SELECT
    execution_id, automation_id, automation_version, stage, started_at, targets,
    its.1 AS incident_id,
    its.2 AS severity,
    actor, trigger_kind, outcome, rejected_at, approved_at,
    place.1 AS topic,
    place.2 AS partition,
    place.3 AS offset
FROM worked
COMMENT 'Runs of high risk that started before anybody had approved them, or after somebody had rejected them';
