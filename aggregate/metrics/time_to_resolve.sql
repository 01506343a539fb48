SELECT incident_id, service, team, environment, severity, trigger_kind, resolved_by, opened_at AS at,
    NOT is_open AS observed,
    dateDiff('millisecond', coalesce(started_at, opened_at), if(is_open, {as_of:DateTime64(3, 'UTC')}, resolved_at)) AS milliseconds
FROM {{incidents}}
WHERE opened_at >= {from:DateTime64(3, 'UTC')} AND opened_at < {to:DateTime64(3, 'UTC')} AND NOT is_left_out AND classification != 'false_alarm'
