-- What the metrics are about: the members of a window [from, to), observed up
-- to as_of, and whether a run of an automation was needed.
--
-- A cohort is what started in the window. The inner condition on events is
-- only there to be fast: whoever started in the window has an event in it, so
-- that the fold reads those entities and no others; the outer condition decides.

CREATE VIEW incident_cohort AS
SELECT *
FROM incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
WHERE incident_id IN
    (
        SELECT incident_id
        FROM incident_records
        WHERE type = 'incident.opened'
            AND occurred_at >= {from:DateTime64(3, 'UTC')} AND occurred_at < {to:DateTime64(3, 'UTC')}
    )
    AND opened_at >= {from:DateTime64(3, 'UTC')} AND opened_at < {to:DateTime64(3, 'UTC')}
COMMENT 'Incidents that opened in a window, as of a moment, left-out ones too: incident_cohort(from = …, to = …, as_of = …)';

CREATE VIEW alert_cohort AS
SELECT *
FROM alerts_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
WHERE alert_id IN
    (
        SELECT alert_id
        FROM alert_records
        WHERE type = 'alert.fired'
            AND occurred_at >= {from:DateTime64(3, 'UTC')} AND occurred_at < {to:DateTime64(3, 'UTC')}
    )
    AND fired_at >= {from:DateTime64(3, 'UTC')} AND fired_at < {to:DateTime64(3, 'UTC')}
COMMENT 'Alerts that fired in a window, as of a moment: alert_cohort(from = …, to = …, as_of = …)';

-- An execution without a start begins with its first event, whatever it is.
CREATE VIEW execution_cohort AS
SELECT *
FROM executions_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
WHERE execution_id IN
    (
        SELECT execution_id
        FROM execution_records
        WHERE reason = '' AND occurred_at >= {from:DateTime64(3, 'UTC')} AND occurred_at < {to:DateTime64(3, 'UTC')}
    )
    AND began_at >= {from:DateTime64(3, 'UTC')} AND began_at < {to:DateTime64(3, 'UTC')}
COMMENT 'Executions that began in a window, as of a moment: execution_cohort(from = …, to = …, as_of = …)';

-- Was the run needed? A verdict decides. Without one it was not, when it found
-- nothing to do, when its alert was noise or already resolved, or when its
-- incident (of several, the one that opened first) was a false alarm or already
-- resolved. It was, when it succeeded and changed something. The rest is NULL:
-- not known.
CREATE VIEW execution_need_as_of AS
WITH
    run AS
    (
        SELECT execution_id, began_at, verdict, changed, succeeded_at,
            arrayFilter(x -> x != '', [alert_id, if(trigger_kind = 'alert', trigger_id, '')]) AS alert_ids
        FROM executions_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
    ),
    alert_sign AS
    (
        SELECT named.execution_id AS execution_id,
            max(alert.verdict IN ('noise', 'false_positive') OR ifNull(alert.resolved_at < named.began_at, false)) AS is_moot
        FROM (SELECT execution_id, began_at, arrayJoin(alert_ids) AS alert_id FROM run) AS named
        INNER JOIN alerts_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS alert ON alert.alert_id = named.alert_id
        GROUP BY named.execution_id
    ),
    incident_sign AS
    (
        SELECT link.execution_id AS execution_id,
            argMin(
                incident.classification = 'false_alarm'
                    OR (ifNull(incident.resolved_at < run.began_at, false)
                        AND NOT ifNull(incident.reopened_at > incident.resolved_at AND incident.reopened_at <= run.began_at, false)),
                (coalesce(incident.opened_at, toDateTime64('2299-12-31 23:59:59', 3, 'UTC')), incident.incident_id)) AS is_moot
        FROM execution_links_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS link
        INNER JOIN run ON run.execution_id = link.execution_id
        INNER JOIN incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS incident ON incident.incident_id = link.incident_id
        GROUP BY link.execution_id
    )
SELECT
    run.execution_id AS execution_id,
    multiIf(
        run.verdict = 'necessary', true,
        run.verdict = 'unnecessary', false,
        ifNull(run.changed = false, false), false,
        alert_sign.is_moot OR incident_sign.is_moot, false,
        run.succeeded_at IS NOT NULL AND ifNull(run.changed, false), true,
        NULL) AS is_needed
FROM run
LEFT JOIN alert_sign ON alert_sign.execution_id = run.execution_id
LEFT JOIN incident_sign ON incident_sign.execution_id = run.execution_id
COMMENT 'Whether each execution was needed as of a moment: true, false, or NULL when that is not known';
