-- The states of executions, as far as metrics want to know them.
SELECT execution_id, automation_id, automation_version, pattern, stage, trigger_kind, service, team, environment, first_event_at, began_at,
    is_live, is_finished, is_success, toBool(escalated_at IS NOT NULL) AS is_escalated, toBool(rolled_back_at IS NOT NULL) AS is_rolled_back,
    toBool(rejected_at IS NULL AND skipped_at IS NULL AND coalesce(started_at, ended_at) IS NOT NULL
        AND NOT ifNull(cancelled_at < coalesce(started_at, ended_at), false)) AS was_carried_out,
    mutating, verdict, manual_minutes, residual_minutes
FROM executions_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
WHERE {{wanted}} AND {{window}}
