-- Incidents that opened in the range and count.
SELECT opened_at, incident_id, title, severity, service, team, environment, is_open, time_to_acknowledge_seconds, time_to_resolve_seconds, resolved_by,
    responder_minutes, m.cluster_id AS cluster_id, m.similarity AS similarity, m.differs AS differs, caused_by_execution_id, trigger_kind, classification,
    length(execution_ids) AS executions, reviewed_at
FROM incident_cohort(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')}) AS i
LEFT JOIN incident_clusters AS m ON m.incident_id = i.incident_id
WHERE NOT is_left_out
