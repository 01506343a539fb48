-- Which incidents did our automation cause?
-- Only what a person has confirmed. That none is here does not prove that there was none: suspected_induced_incidents looks for what nobody has confirmed.
SELECT i.opened_at AS opened_at, i.incident_id AS incident_id, i.severity AS severity, substring(i.title, 1, 40) AS title, e.automation_id AS automation, e.automation_version AS version, e.stage AS stage,
    round(i.time_to_resolve_seconds / 60) AS minutes, i.responder_minutes AS hands_on_minutes
FROM incidents AS i
INNER JOIN executions AS e ON e.execution_id = i.caused_by_execution_id
WHERE i.caused_by_execution_id != '' AND NOT i.is_left_out
ORDER BY opened_at DESC
LIMIT 20
