-- Runs of automations that began in the range.
SELECT began_at, execution_id, automation_id, automation_version, pattern, stage,
    multiIf(rolled_back_at IS NOT NULL, 'rolled back', escalated_at IS NOT NULL, 'escalated', timed_out_at IS NOT NULL, 'timed out', failed_at IS NOT NULL, 'failed',
        rejected_at IS NOT NULL, 'rejected', skipped_at IS NOT NULL, 'skipped', succeeded_at IS NOT NULL, if(changed = false, 'nothing to do', 'succeeded'),
        cancelled_at IS NOT NULL, 'cancelled', started_at IS NOT NULL, 'running', 'requested') AS outcome,
    dateDiff('millisecond', coalesce(started_at, began_at), ended_at) / 1000 AS duration_seconds,
    error, service, team, environment, trigger_kind, incident_id, mutating, changed, verdict, decision, command, actor, approver
FROM execution_cohort(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')})
