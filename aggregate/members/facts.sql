-- What executions were about.
--
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
WITH
    run AS
    (
        SELECT execution_id, began_at, last_event_at, verdict, changed, succeeded_at,
            arrayJoin(arrayFilter(key -> length(key) > 2, [
                concat('x:', execution_id),
                concat('i:', incident_id), concat('i:', if(trigger_kind = 'incident', trigger_id, '')),
                concat('a:', alert_id), concat('a:', if(trigger_kind = 'alert', trigger_id, ''))])) AS key
        FROM executions_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
        WHERE {{wanted}} AND {{window}}
    ),
    alert AS
    (
        SELECT alert_id, incident_id, verdict, resolved_at, last_event_at
        FROM alerts_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
        WHERE {{named}}
    ),
    run_or_alert AS
    (
        SELECT run.execution_id AS execution_id, run.began_at AS began_at, run.verdict AS verdict, run.changed AS changed, run.succeeded_at AS succeeded_at,
            greatest(run.last_event_at, alert.last_event_at) AS settled_at,
            ifNull(alert.verdict IN ('noise', 'false_positive') OR alert.resolved_at < run.began_at, false) AS is_alert_moot,
            arrayJoin(if(alert.incident_id = '', [run.key], [run.key, concat('i:', alert.incident_id)])) AS key
        FROM run
        LEFT JOIN alert ON concat('a:', alert.alert_id) = run.key
    ),
    -- What an incident once named and names no more is no link, but was one.
    named AS
    (
        SELECT incident_id, groupUniqArrayArray(alert_ids) AS alert_ids, groupUniqArrayArray(execution_ids) AS execution_ids
        FROM incident_records
        WHERE reason = '' AND occurred_at <= {as_of:DateTime64(3, 'UTC')}
            AND {{any}}
        GROUP BY incident_id
    ),
    incident AS
    (
        SELECT i.incident_id AS incident_id, i.service AS service, i.opened_at AS opened_at, i.resolved_at AS resolved_at, i.reopened_at AS reopened_at,
            i.responder_minutes AS responder_minutes, i.classification AS classification, i.last_event_at AS last_event_at,
            arrayJoin(arrayConcat([concat('i:', i.incident_id)], arrayMap(id -> concat('a:', id), named.alert_ids), arrayMap(id -> concat('x:', id), named.execution_ids))) AS key,
            NOT i.is_left_out AND (startsWith(key, 'i:') OR has(i.alert_ids, substring(key, 3)) AND startsWith(key, 'a:') OR has(i.execution_ids, substring(key, 3)) AND startsWith(key, 'x:')) AS is_link
        FROM named
        INNER JOIN incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS i ON i.incident_id = named.incident_id
    ),
    linked AS
    (
        SELECT
            run_or_alert.execution_id AS execution_id,
            any(run_or_alert.verdict) AS verdict,
            any(run_or_alert.changed) AS changed,
            any(run_or_alert.succeeded_at) AS succeeded_at,
            max(run_or_alert.is_alert_moot) AS is_alert_moot,
            max(greatest(run_or_alert.settled_at, incident.last_event_at)) AS settled_at,
            groupUniqArrayIf(incident.incident_id, incident.is_link) AS incident_ids,
            argMinIf(
                tuple(incident.incident_id, incident.service, incident.opened_at, incident.responder_minutes,
                    incident.classification = 'false_alarm'
                        OR ifNull(incident.resolved_at < run_or_alert.began_at, false)
                            AND NOT ifNull(incident.reopened_at > incident.resolved_at AND incident.reopened_at <= run_or_alert.began_at, false)),
                (coalesce(incident.opened_at, toDateTime64('2299-12-31 23:59:59', 3, 'UTC')), incident.incident_id),
                incident.is_link) AS its
        FROM run_or_alert
        LEFT JOIN incident ON incident.key = run_or_alert.key
        GROUP BY run_or_alert.execution_id
    )
SELECT
    execution_id, incident_ids, settled_at,
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
