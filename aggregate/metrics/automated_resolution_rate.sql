-- Unknown while the incident is open.
SELECT incident_id, service, team, environment, severity, trigger_kind, resolved_by, opened_at AS at,
    if(is_open, NULL, resolved_by = 'automation' AND NOT ifNull(responder_minutes > 0, false)) AS outcome,
    false AS left_out
FROM incident_cohort(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')})
WHERE NOT is_left_out
