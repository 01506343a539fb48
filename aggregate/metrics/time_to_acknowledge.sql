-- Not acknowledged: censored at the resolution, of an open incident at as_of.
SELECT incident_id, service, team, environment, severity, trigger_kind, resolved_by, opened_at AS at,
    acknowledged_at IS NOT NULL AS observed,
    dateDiff('millisecond', opened_at, coalesce(acknowledged_at, if(is_open, NULL, resolved_at), {as_of:DateTime64(3, 'UTC')})) AS milliseconds
FROM {{incidents}}
WHERE opened_at >= {from:DateTime64(3, 'UTC')} AND opened_at < {to:DateTime64(3, 'UTC')} AND NOT is_left_out AND classification != 'false_alarm'
