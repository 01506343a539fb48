-- Unknown while the incident has not been reviewed.
SELECT incident_id, service, team, environment, severity, trigger_kind, resolved_by, opened_at AS at,
    if(reviewed_at IS NULL, NULL, arrayExists(a -> a.kind = 'fix' AND a.automatable, actions)) AS outcome,
    false AS left_out
FROM {{incidents}}
WHERE opened_at >= {from:DateTime64(3, 'UTC')} AND opened_at < {to:DateTime64(3, 'UTC')} AND NOT is_left_out
