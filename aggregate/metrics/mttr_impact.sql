-- Each incident with the live runs that are linked to it, as far as they did not
-- cause it.
SELECT i.incident_id AS incident_id, i.service AS service, i.team AS team, i.environment AS environment, i.severity AS severity,
    i.trigger_kind AS trigger_kind, i.opened_at AS at,
    m.cluster_id AS stratum,
    toUnixTimestamp64Milli(assumeNotNull(i.opened_at)) AS opened,
    if(i.is_open, 0, toUnixTimestamp64Milli(ifNull(i.resolved_at, i.opened_at))) AS resolved,
    i.is_open AS is_open,
    arrayFilter(run -> run.1 != i.caused_by_execution_id, linked.runs) AS runs
FROM incident_cohort(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')}) AS i
LEFT JOIN cluster_members AS m FINAL ON m.incident_id = i.incident_id
LEFT JOIN
(
    SELECT link.incident_id AS incident_id,
        groupArray((run.execution_id, toUnixTimestamp64Milli(run.began_at), run.automation_id, run.automation_version, run.pattern, run.stage)) AS runs
    FROM execution_links_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS link
    INNER JOIN executions_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS run ON run.execution_id = link.execution_id
    WHERE run.is_live
    GROUP BY link.incident_id
) AS linked ON linked.incident_id = i.incident_id
WHERE NOT i.is_left_out AND i.classification != 'false_alarm'
