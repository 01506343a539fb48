SELECT incident_id, service, team, environment, severity, trigger_kind, resolved_by, opened_at AS at,
    NOT is_open AS observed,
    dateDiff('millisecond', coalesce(started_at, opened_at), if(is_open, {as_of:DateTime64(3, 'UTC')}, resolved_at)) AS milliseconds
FROM incident_cohort(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')})
WHERE NOT is_left_out AND classification != 'false_alarm'
