-- Unknown while the incident has not been matched.
SELECT incident_id, service, team, environment, severity, trigger_kind, resolved_by, opened_at AS at,
    if(cluster_id = '', NULL, recurs AND opened_ms - previous_ms <= 180 * 86400000) AS outcome,
    false AS left_out
FROM {{intervals}}
WHERE opened_at >= {from:DateTime64(3, 'UTC')}
