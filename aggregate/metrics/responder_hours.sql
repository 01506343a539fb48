SELECT incident_id, service, team, environment, severity, trigger_kind, resolved_by, responder_minutes / 60 AS amount, opened_at AS at
FROM incident_cohort(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')})
WHERE NOT is_left_out
