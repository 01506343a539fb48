-- Each incident with the live runs that are linked to it, as far as they did not
-- cause it.
SELECT i.incident_id AS incident_id, i.service AS service, i.team AS team, i.environment AS environment, i.severity AS severity,
    i.trigger_kind AS trigger_kind, i.opened_at AS at,
    m.cluster_id AS stratum,
    toUnixTimestamp64Milli(assumeNotNull(i.opened_at)) AS opened,
    if(i.is_open, 0, toUnixTimestamp64Milli(ifNull(i.resolved_at, i.opened_at))) AS resolved,
    i.is_open AS is_open,
    arrayFilter(run -> run.1 != i.caused_by_execution_id, linked.runs) AS runs
FROM {{incidents}} AS i
LEFT JOIN cluster_members AS m FINAL ON m.incident_id = i.incident_id
LEFT JOIN
(
    SELECT incident_id, groupArray((execution_id, toUnixTimestamp64Milli(began_at), automation_id, automation_version, pattern, stage)) AS runs
    FROM
    (
        SELECT execution_id, began_at, automation_id, automation_version, pattern, stage, arrayJoin(incident_ids) AS incident_id
        FROM {{all}}
        WHERE is_live
    )
    WHERE incident_id IN
        (
            SELECT incident_id
            FROM incident_records
            WHERE type = 'incident.opened' AND occurred_at >= {from:DateTime64(3, 'UTC')} AND occurred_at < {to:DateTime64(3, 'UTC')}
        )
    GROUP BY incident_id
) AS linked ON linked.incident_id = i.incident_id
WHERE i.opened_at >= {from:DateTime64(3, 'UTC')} AND i.opened_at < {to:DateTime64(3, 'UTC')} AND NOT i.is_left_out AND i.classification != 'false_alarm'
