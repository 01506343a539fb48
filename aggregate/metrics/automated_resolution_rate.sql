-- Unknown while the incident is open.
SELECT incident_id, service, team, environment, severity, trigger_kind, resolved_by, opened_at AS at,
    if(is_open, NULL, resolved_by = 'automation' AND NOT ifNull(responder_minutes > 0, false)) AS outcome,
    false AS left_out
FROM {{incidents}}
WHERE opened_at >= {from:DateTime64(3, 'UTC')} AND opened_at < {to:DateTime64(3, 'UTC')} AND NOT is_left_out
