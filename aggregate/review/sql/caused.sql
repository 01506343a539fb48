-- Incidents that people confirmed to have been caused by a run that began in the week: by a live one that could change something, as induced_incident_rate counts.
SELECT i.opened_at AS opened_at, i.incident_id AS incident_id, i.title AS title, i.severity AS severity, i.service AS service,
    e.automation_id AS automation_id, e.automation_version AS automation_version, e.stage AS stage, i.caused_by_execution_id AS execution_id,
    i.responder_minutes AS responder_minutes, count() OVER () AS kinds
FROM incidents_as_of(as_of = {{as_of}}) AS i
INNER JOIN execution_cohort(from = {{from}}, to = {{to}}, as_of = {{as_of}}) AS e ON e.execution_id = i.caused_by_execution_id
WHERE i.caused_by_execution_id != '' AND i.opened_at IS NOT NULL AND NOT i.is_left_out AND e.is_live AND e.mutating
ORDER BY opened_at, incident_id
LIMIT 50
