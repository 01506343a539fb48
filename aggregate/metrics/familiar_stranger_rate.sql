-- Unknown while the incident has not been matched.
SELECT incident_id, service, team, environment, severity, trigger_kind, resolved_by, opened_at AS at,
    if(cluster_id = '', NULL, days_since_previous BETWEEN 60 AND 180 AND (differs_in_title OR differs_in_service)) AS outcome,
    false AS left_out
FROM incident_predecessors(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')})
