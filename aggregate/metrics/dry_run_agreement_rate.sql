-- A dry run that was rejected, skipped or cancelled before it began said nothing.
SELECT run.execution_id AS execution_id, service, team, environment, automation_id, automation_version, pattern, stage, trigger_kind, run.began_at AS at,
    need.is_needed AS outcome,
    rejected_at IS NOT NULL OR skipped_at IS NOT NULL OR coalesce(started_at, ended_at) IS NULL
        OR ifNull(cancelled_at < coalesce(started_at, ended_at), false) AS left_out
FROM execution_cohort(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')}) AS run
INNER JOIN execution_need_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS need ON need.execution_id = run.execution_id
WHERE stage = 'dry_run'
