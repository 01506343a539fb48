SELECT incident_id, service, team, environment, severity, trigger_kind, resolved_by, opened_at AS at, true AS is_now,
    NOT is_open AS observed,
    if(is_open, NULL, dateDiff('millisecond', coalesce(started_at, opened_at), resolved_at)) AS milliseconds
FROM incident_cohort(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')})
WHERE NOT is_left_out AND classification != 'false_alarm'
UNION ALL
SELECT incident_id, service, team, environment, severity, trigger_kind, resolved_by, opened_at AS at, false AS is_now,
    NOT is_open AS observed,
    if(is_open, NULL, dateDiff('millisecond', coalesce(started_at, opened_at), resolved_at)) AS milliseconds
FROM incident_cohort(from = {from_before:DateTime64(3, 'UTC')}, to = {to_before:DateTime64(3, 'UTC')}, as_of = {as_of_before:DateTime64(3, 'UTC')})
WHERE NOT is_left_out AND classification != 'false_alarm'
