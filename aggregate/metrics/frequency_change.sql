SELECT incident_id, service, team, environment, severity, trigger_kind, resolved_by, opened_at AS at, true AS is_now
FROM incident_cohort(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')})
WHERE NOT is_left_out
UNION ALL
SELECT incident_id, service, team, environment, severity, trigger_kind, resolved_by, opened_at AS at, false AS is_now
FROM incident_cohort(from = {from_before:DateTime64(3, 'UTC')}, to = {to_before:DateTime64(3, 'UTC')}, as_of = {as_of_before:DateTime64(3, 'UTC')})
WHERE NOT is_left_out
