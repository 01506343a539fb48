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
        FROM {{incidents}} AS i
        INNER JOIN cluster_members AS m FINAL ON m.incident_id = i.incident_id
        WHERE i.opened_at >= {from:DateTime64(3, 'UTC')} - INTERVAL 180 DAY AND i.opened_at < {to:DateTime64(3, 'UTC')}
            AND NOT i.is_left_out AND i.classification != 'false_alarm' AND NOT i.is_open AND i.responder_minutes IS NOT NULL
            AND i.incident_id NOT IN
            (
                SELECT arrayJoin(incident_ids)
                FROM {{all}}
                WHERE is_live
            )
    ),
    -- What people had spent by hand on each recurring trouble at the opening of an incident;
    -- in decimal numbers, so that nothing is lost in a difference.
    by_hand AS
    (
        SELECT cluster_id, opened_ms, count() OVER until_then AS incidents, sum(minutes) OVER until_then AS minutes
        FROM (SELECT cluster_id, toUnixTimestamp64Milli(opened_at) AS opened_ms, toDecimal256(least(minutes, 1e15), 9) AS minutes FROM manual_work)
        WINDOW until_then AS (PARTITION BY cluster_id ORDER BY opened_ms RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    )
-- The baseline is what was spent before a run, less what was half a year earlier.
SELECT run.execution_id AS execution_id, service, team, environment, automation_id, automation_version, pattern, stage, trigger_kind, run.began_at AS at,
    run.is_credited AS credited,
    toInt64(until.incidents) - toInt64(since.incidents) AS baseline_incidents,
    if(credited AND baseline_incidents >= 5, toFloat64(until.minutes - since.minutes) / baseline_incidents, NULL) AS measured,
    if(credited, manual_minutes, NULL) AS declared,
    greatest(ifNull(residual_minutes, 0), ifNull(run.incident_responder_minutes, 0)) AS spent,
    if(is_live AND NOT credited, ifNull(residual_minutes, 0), 0) AS wasted,
    if(is_live AND mutating, ifNull(induced.minutes, 0), 0) AS induced_minutes
FROM
(
    SELECT run.*, if(run.is_credited, m.cluster_id, '') AS trouble, toUnixTimestamp64Milli(run.began_at) AS began_ms, began_ms - 180 * 86400000 AS half_a_year_earlier_ms
    FROM run
    LEFT JOIN cluster_members AS m FINAL ON m.incident_id = run.incident_id
) AS run
ASOF LEFT JOIN by_hand AS until ON until.cluster_id = run.trouble AND until.opened_ms < run.began_ms
ASOF LEFT JOIN by_hand AS since ON since.cluster_id = run.trouble AND since.opened_ms < run.half_a_year_earlier_ms
LEFT JOIN induced_incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS induced ON induced.execution_id = run.execution_id
