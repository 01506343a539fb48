SELECT incident_id, service, team, environment, severity, trigger_kind, resolved_by, opened_at AS at, true AS is_now
FROM {{incidents}}
WHERE opened_at >= {from:DateTime64(3, 'UTC')} AND opened_at < {to:DateTime64(3, 'UTC')} AND NOT is_left_out
UNION ALL
SELECT incident_id, service, team, environment, severity, trigger_kind, resolved_by, opened_at AS at, false AS is_now
FROM {{incidents_before}}
WHERE opened_at >= {from_before:DateTime64(3, 'UTC')} AND opened_at < {to_before:DateTime64(3, 'UTC')} AND NOT is_left_out
