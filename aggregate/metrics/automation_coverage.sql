SELECT incident_id, service, team, environment, severity, trigger_kind, resolved_by, opened_at AS at,
    incident_id IN
    (
        SELECT arrayJoin(incident_ids)
        FROM {{all}}
        WHERE is_live
    ) AS outcome,
    false AS left_out
FROM {{incidents}}
WHERE opened_at >= {from:DateTime64(3, 'UTC')} AND opened_at < {to:DateTime64(3, 'UTC')} AND NOT is_left_out
