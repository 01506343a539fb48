-- The automations that are confirmed to have caused incidents of a cluster, by live runs
-- that could change something, as induced_incident_rate counts. Only what is named in an
-- incident is folded.
SELECT m.cluster_id AS cluster_id, e.automation_id AS automation_id, count() AS incidents
FROM
(
    SELECT incident_id, caused_by_execution_id
    FROM incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
    WHERE incident_id IN (SELECT incident_id FROM incident_records WHERE ifNull(caused_by_execution_id, '') != '')
        AND caused_by_execution_id != '' AND opened_at IS NOT NULL AND NOT is_left_out
) AS i
INNER JOIN cluster_members AS m FINAL ON m.incident_id = i.incident_id
INNER JOIN
(
    SELECT execution_id, automation_id
    FROM executions_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
    WHERE execution_id IN (SELECT caused_by_execution_id FROM incident_records WHERE ifNull(caused_by_execution_id, '') != '')
        AND is_live AND mutating
) AS e ON e.execution_id = i.caused_by_execution_id
GROUP BY cluster_id, automation_id
ORDER BY cluster_id, incidents DESC, automation_id
