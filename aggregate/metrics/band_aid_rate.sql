-- One row for each action; one that is left out for an incident without any.
SELECT incident_id, service, team, environment, severity, trigger_kind, resolved_by, opened_at AS at,
    action.kind = 'band_aid' AS outcome,
    empty(actions) AS left_out
FROM {{incidents}}
LEFT ARRAY JOIN actions AS action
WHERE opened_at >= {from:DateTime64(3, 'UTC')} AND opened_at < {to:DateTime64(3, 'UTC')} AND NOT is_left_out
