-- One row for each action; one that is left out for an incident without any.
SELECT incident_id, service, team, environment, severity, trigger_kind, resolved_by, opened_at AS at,
    action.kind = 'band_aid' AS outcome,
    empty(actions) AS left_out
FROM incident_cohort(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')})
LEFT ARRAY JOIN actions AS action
WHERE NOT is_left_out
