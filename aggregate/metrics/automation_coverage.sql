SELECT incident_id, service, team, environment, severity, trigger_kind, resolved_by, opened_at AS at,
    incident_id IN
    (
        SELECT arrayJoin(incident_ids)
        FROM {{all}}
        WHERE is_live
    ) AS outcome,
    false AS left_out
FROM incident_cohort(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')})
WHERE NOT is_left_out
