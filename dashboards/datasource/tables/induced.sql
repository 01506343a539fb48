-- Incidents that people confirmed to have been caused by an automation.
SELECT i.opened_at AS opened_at, i.incident_id AS incident_id, i.title AS title, i.severity AS severity, i.service AS service, i.team AS team,
    e.automation_id AS automation_id, e.automation_version AS automation_version, e.stage AS stage, i.caused_by_execution_id AS execution_id,
    i.time_to_resolve_seconds AS time_to_resolve_seconds, i.responder_minutes AS responder_minutes
FROM incident_cohort(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')}) AS i
LEFT JOIN
(
    SELECT execution_id, automation_id, automation_version, stage
    FROM executions_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
    WHERE execution_id IN (SELECT caused_by_execution_id FROM incident_records WHERE ifNull(caused_by_execution_id, '') != '')
) AS e ON e.execution_id = i.caused_by_execution_id
WHERE i.caused_by_execution_id != '' AND NOT i.is_left_out
