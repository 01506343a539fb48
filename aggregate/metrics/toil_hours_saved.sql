-- measured is what people spent on the like of it by hand, where there are five;
-- declared is what the automation's makers say.
WITH
    -- Runs that spared people their work succeeded, could change something, and are
    -- not known to have been needless. Of those of one incident only the first is
    -- credited. What has no incident counts by itself.
    first AS
    (
        SELECT argMin(execution_id, (began_at, execution_id)) AS execution_id
        FROM {{all}}
        WHERE incident_id != '' AND is_success AND mutating AND ifNull(is_needed, true)
        GROUP BY incident_id
    ),
    run AS
    (
        SELECT *, toBool(is_success AND mutating AND ifNull(is_needed, true) AND (incident_id = '' OR execution_id IN (SELECT execution_id FROM first))) AS is_credited
        FROM {{members}}
    ),
    -- What people spent on incidents in which no automation took part, half a year before
    -- the first run and later.
    manual_work AS
    (
        SELECT m.cluster_id AS cluster_id, assumeNotNull(i.opened_at) AS opened_at, assumeNotNull(i.responder_minutes) AS minutes
        FROM incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS i
        INNER JOIN cluster_members AS m FINAL ON m.incident_id = i.incident_id
        WHERE i.incident_id IN
            (
                SELECT incident_id
                FROM incident_records
                WHERE type = 'incident.opened'
                    AND occurred_at >= {from:DateTime64(3, 'UTC')} - INTERVAL 180 DAY AND occurred_at < {to:DateTime64(3, 'UTC')}
            )
            AND i.opened_at >= {from:DateTime64(3, 'UTC')} - INTERVAL 180 DAY AND i.opened_at < {to:DateTime64(3, 'UTC')}
            AND NOT i.is_left_out AND i.classification != 'false_alarm' AND NOT i.is_open AND i.responder_minutes IS NOT NULL
            AND i.incident_id NOT IN
            (
                SELECT arrayJoin(incident_ids)
                FROM {{all}}
                WHERE is_live
            )
    ),
    -- What people spent by hand on the like of a run's incident, in the 180 days before
    -- the run: running totals of its cluster then, less those of 180 days earlier; of
    -- decimal numbers, so that nothing is lost in the difference.
    baseline AS
    (
        SELECT execution_id, sum(sign * incidents_before) AS incidents, toFloat64(sum(sign * minutes_before)) AS minutes
        FROM
        (
            SELECT execution_id, sign,
                sum(by_hand) OVER until_then AS incidents_before,
                sum(spent) OVER until_then AS minutes_before
            FROM
            (
                SELECT run.execution_id AS execution_id, m.cluster_id AS cluster_id,
                    arrayJoin([1, -1]) AS sign,
                    toUnixTimestamp64Milli(if(sign > 0, run.began_at, run.began_at - INTERVAL 180 DAY)) AS at,
                    0 AS by_hand, toDecimal256(0, 9) AS spent
                FROM run
                INNER JOIN cluster_members AS m FINAL ON m.incident_id = run.incident_id
                WHERE run.is_credited
                UNION ALL
                SELECT '', cluster_id, 0, toUnixTimestamp64Milli(opened_at), 1, toDecimal256(least(minutes, 1e15), 9)
                FROM manual_work
            )
            WINDOW until_then AS (PARTITION BY cluster_id ORDER BY at RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
        )
        WHERE execution_id != ''
        GROUP BY execution_id
    )
SELECT run.execution_id AS execution_id, service, team, environment, automation_id, automation_version, pattern, stage, trigger_kind, run.began_at AS at,
    run.is_credited AS credited,
    if(credited AND baseline.incidents >= 5, baseline.minutes / baseline.incidents, NULL) AS measured,
    if(credited, manual_minutes, NULL) AS declared,
    greatest(ifNull(residual_minutes, 0), ifNull(run.incident_responder_minutes, 0)) AS spent,
    if(is_live AND NOT credited, ifNull(residual_minutes, 0), 0) AS wasted,
    if(is_live AND mutating, ifNull(induced.minutes, 0), 0) AS induced_minutes
FROM run
LEFT JOIN baseline ON baseline.execution_id = run.execution_id
LEFT JOIN induced_incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS induced ON induced.execution_id = run.execution_id
