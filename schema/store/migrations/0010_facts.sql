-- What each run was about, in one pass over executions, alerts and incidents, and
-- from that what automation took off people's hands. Whoever computes many numbers
-- as of one moment lets that be folded once.

CREATE TABLE execution_facts_kept
(
    as_of                      DateTime64(3, 'UTC') COMMENT 'As of when they are',
    execution_id               String COMMENT 'Execution',
    began_at                   DateTime64(3, 'UTC') COMMENT 'When it began',
    is_live                    Bool COMMENT 'Whether it is live',
    is_success                 Bool COMMENT 'Whether it succeeded',
    mutating                   Bool COMMENT 'Whether it could change anything',
    incident_ids               Array(String) COMMENT 'Incidents that it is linked to',
    incident_id                String COMMENT 'Of these the one that opened first',
    incident_service           String COMMENT 'Its service',
    incident_opened_at         Nullable(DateTime64(3, 'UTC')) COMMENT 'When it opened',
    incident_responder_minutes Nullable(Float64) COMMENT 'Its hands-on minutes',
    is_needed                  Nullable(Bool) COMMENT 'Whether the run was needed; NULL when that is not known'
)
ENGINE = MergeTree
PARTITION BY toUnixTimestamp64Milli(as_of)
ORDER BY (began_at, execution_id)
COMMENT 'Facts of executions as a worker folded them for the numbers that it computes; a scratch pad';

CREATE TABLE execution_facts_moments
(
    as_of DateTime64(3, 'UTC') COMMENT 'As of when facts of executions are kept, all of them'
)
ENGINE = MergeTree
ORDER BY as_of
COMMENT 'Moments for which the facts of executions need not be folded; there is one while a worker computes';

-- An execution is linked to an incident when they share a key: the incident's id
-- (incident_id; its trigger when that is an incident; the incident_id of its alert),
-- an alert (alert_id; its trigger when that is an alert; the incident's alert_ids), or
-- the execution's id (the incident's execution_ids). A link to an incident that is left
-- out is no link. Of several, the one that opened first is its incident.
--
-- Was it needed? A verdict decides. Without one it was not, when it found nothing to
-- do, when its alert was noise or already resolved, or when its incident was a false
-- alarm or already resolved. It was, when it succeeded and changed something. The rest
-- is NULL: not known.
CREATE VIEW execution_facts_folded_as_of AS
WITH
    run AS
    (
        SELECT execution_id, began_at, is_live, is_success, mutating, verdict, changed, succeeded_at,
            arrayJoin(arrayFilter(key -> length(key) > 2, [
                concat('x:', execution_id),
                concat('i:', incident_id), concat('i:', if(trigger_kind = 'incident', trigger_id, '')),
                concat('a:', alert_id), concat('a:', if(trigger_kind = 'alert', trigger_id, ''))])) AS key
        FROM executions_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
    ),
    run_or_alert AS
    (
        SELECT run.execution_id AS execution_id, run.began_at AS began_at, run.is_live AS is_live, run.is_success AS is_success, run.mutating AS mutating,
            run.verdict AS verdict, run.changed AS changed, run.succeeded_at AS succeeded_at,
            ifNull(alert.verdict IN ('noise', 'false_positive') OR alert.resolved_at < run.began_at, false) AS is_alert_moot,
            arrayJoin(if(alert.incident_id = '', [run.key], [run.key, concat('i:', alert.incident_id)])) AS key
        FROM run
        LEFT JOIN alerts_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS alert ON concat('a:', alert.alert_id) = run.key
    ),
    incident AS
    (
        SELECT incident_id, service, opened_at, resolved_at, reopened_at, responder_minutes, classification,
            arrayJoin(arrayConcat([concat('i:', incident_id)], arrayMap(id -> concat('a:', id), alert_ids), arrayMap(id -> concat('x:', id), execution_ids))) AS key
        FROM incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
        WHERE NOT is_left_out
    ),
    linked AS
    (
        SELECT
            run_or_alert.execution_id AS execution_id,
            any(run_or_alert.began_at) AS began_at,
            any(run_or_alert.is_live) AS is_live,
            any(run_or_alert.is_success) AS is_success,
            any(run_or_alert.mutating) AS mutating,
            any(run_or_alert.verdict) AS verdict,
            any(run_or_alert.changed) AS changed,
            any(run_or_alert.succeeded_at) AS succeeded_at,
            max(run_or_alert.is_alert_moot) AS is_alert_moot,
            groupUniqArrayIf(incident.incident_id, incident.incident_id != '') AS incident_ids,
            argMinIf(
                tuple(incident.incident_id, incident.service, incident.opened_at, incident.responder_minutes,
                    incident.classification = 'false_alarm'
                        OR ifNull(incident.resolved_at < run_or_alert.began_at, false)
                            AND NOT ifNull(incident.reopened_at > incident.resolved_at AND incident.reopened_at <= run_or_alert.began_at, false)),
                (coalesce(incident.opened_at, toDateTime64('2299-12-31 23:59:59', 3, 'UTC')), incident.incident_id),
                incident.incident_id != '') AS its
        FROM run_or_alert
        LEFT JOIN incident ON incident.key = run_or_alert.key
        GROUP BY run_or_alert.execution_id
    )
SELECT
    execution_id, began_at, is_live, is_success, mutating, incident_ids,
    its.1 AS incident_id,
    its.2 AS incident_service,
    its.3 AS incident_opened_at,
    its.4 AS incident_responder_minutes,
    multiIf(
        verdict = 'necessary', true,
        verdict = 'unnecessary', false,
        ifNull(changed = false, false), false,
        is_alert_moot OR its.5, false,
        succeeded_at IS NOT NULL AND ifNull(changed, false), true,
        NULL) AS is_needed
FROM linked
COMMENT 'The incidents that each execution is linked to, and whether it was needed (NULL: not known), as of a moment: execution_facts_as_of(as_of = …)';

-- Conditions that no row decides, so that only one of the two is looked at.
CREATE VIEW execution_facts_as_of AS
SELECT execution_id, began_at, is_live, is_success, mutating, incident_ids, incident_id, incident_service, incident_opened_at, incident_responder_minutes, is_needed
FROM execution_facts_kept
WHERE as_of = {as_of:DateTime64(3, 'UTC')} AND (SELECT count() FROM execution_facts_moments WHERE as_of = {as_of:DateTime64(3, 'UTC')}) > 0
UNION ALL
SELECT execution_id, began_at, is_live, is_success, mutating, incident_ids, incident_id, incident_service, incident_opened_at, incident_responder_minutes, is_needed
FROM execution_facts_folded_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
WHERE (SELECT count() FROM execution_facts_moments WHERE as_of = {as_of:DateTime64(3, 'UTC')}) = 0
COMMENT 'The incidents that each execution is linked to, and whether it was needed (NULL: not known), as of a moment: execution_facts_as_of(as_of = …)';

CREATE OR REPLACE VIEW execution_links_as_of AS
SELECT execution_id, arrayJoin(incident_ids) AS incident_id
FROM execution_facts_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
COMMENT 'Executions and the incidents that they are linked to as of a moment; an execution may be linked to several';

CREATE OR REPLACE VIEW execution_need_as_of AS
SELECT execution_id, is_needed
FROM execution_facts_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
COMMENT 'Whether each execution was needed as of a moment: true, false, or NULL when that is not known';

CREATE OR REPLACE VIEW execution_clusters_as_of AS
SELECT run.execution_id AS execution_id, m.cluster_id AS cluster_id
FROM execution_facts_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS run
LEFT JOIN cluster_members AS m FINAL ON m.incident_id = run.incident_id
WHERE run.incident_id != ''
COMMENT 'Cluster of each execution that is linked to an incident, as of a moment: execution_clusters_as_of(as_of = …)';

-- Runs that spared people their work succeeded, could change something, and are
-- not known to have been needless. Of those of one incident only the first is
-- credited. What has no incident counts by itself.
CREATE VIEW execution_credits_as_of AS
SELECT run.execution_id AS execution_id, run.began_at AS began_at, run.incident_responder_minutes AS incident_responder_minutes, m.cluster_id AS cluster_id,
    toBool(run.is_success AND run.mutating AND ifNull(run.is_needed, true)) AS could_be,
    could_be AND run.execution_id = argMinIf(run.execution_id, (run.began_at, run.execution_id), could_be)
        OVER (PARTITION BY if(run.incident_id = '', ('execution', run.execution_id), ('incident', run.incident_id))) AS is_credited
FROM execution_facts_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS run
LEFT JOIN cluster_members AS m FINAL ON m.incident_id = run.incident_id
COMMENT 'Whether each execution is credited with sparing people their work, as of a moment: execution_credits_as_of(as_of = …)';

-- What people spent on incidents of which no automation took a part.
CREATE VIEW manual_work_as_of AS
SELECT i.incident_id AS incident_id, m.cluster_id AS cluster_id, assumeNotNull(i.opened_at) AS opened_at, assumeNotNull(i.responder_minutes) AS minutes
FROM incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS i
INNER JOIN cluster_members AS m FINAL ON m.incident_id = i.incident_id
WHERE NOT i.is_left_out AND i.classification != 'false_alarm' AND i.opened_at IS NOT NULL AND NOT i.is_open AND i.responder_minutes IS NOT NULL
    AND i.incident_id NOT IN (SELECT arrayJoin(incident_ids) FROM execution_facts_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) WHERE is_live)
COMMENT 'Hands-on minutes of the resolved incidents in which no automation took part, as of a moment: manual_work_as_of(as_of = …)';

-- What people spent by hand on the like of a run's incident, in the 180 days before
-- the run: running totals of its cluster then, less those of 180 days earlier; of
-- decimal numbers, so that nothing is lost in the difference.
CREATE VIEW execution_baselines AS
SELECT execution_id, any(is_credited) AS is_credited, any(incident_responder_minutes) AS incident_responder_minutes,
    sum(sign * incidents_before) AS incidents,
    toFloat64(sum(sign * minutes_before)) AS minutes
FROM
(
    SELECT execution_id, is_credited, incident_responder_minutes, sign,
        sum(by_hand) OVER until_then AS incidents_before,
        sum(spent) OVER until_then AS minutes_before
    FROM
    (
        SELECT execution_id, is_credited, incident_responder_minutes, cluster_id,
            arrayJoin([1, -1]) AS sign,
            toUnixTimestamp64Milli(if(sign > 0, began_at, began_at - INTERVAL 180 DAY)) AS at,
            0 AS by_hand, toDecimal256(0, 9) AS spent
        FROM execution_credits_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
        WHERE began_at >= {from:DateTime64(3, 'UTC')} AND began_at < {to:DateTime64(3, 'UTC')}
        UNION ALL
        SELECT '', false, NULL, cluster_id, 0, toUnixTimestamp64Milli(opened_at), 1, toDecimal256(least(minutes, 1e15), 9)
        FROM manual_work_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
    )
    WINDOW until_then AS (PARTITION BY cluster_id ORDER BY at RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
WHERE execution_id != ''
GROUP BY execution_id
COMMENT 'Executions of a window, whether they are credited with sparing people work, and the incidents of their cluster in the 180 days before on which people worked by hand, with the minutes: execution_baselines(from = …, to = …, as_of = …)';

-- What runs are confirmed to have caused.
CREATE VIEW induced_incidents_as_of AS
SELECT caused_by_execution_id AS execution_id, count() AS incidents, sum(responder_minutes) AS minutes
FROM incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
WHERE caused_by_execution_id != '' AND opened_at IS NOT NULL AND NOT is_left_out
GROUP BY caused_by_execution_id
COMMENT 'Incidents that each execution is confirmed to have caused, and the hands-on minutes that they took, as of a moment: induced_incidents_as_of(as_of = …)';
