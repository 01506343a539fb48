-- What each version of each automation did in each stage up to a moment. A dry run
-- that was rejected, skipped or cancelled before it began said nothing. Of dry runs,
-- finished are those whose need is known, and those that were needed succeeded.
SELECT
    automation_id, automation_version, stage,
    count() AS executions,
    min(began_at) AS first_run_at,
    max(began_at) AS last_run_at,
    countIf(if(dry, is_needed IS NOT NULL, is_finished)) AS finished,
    countIf(if(dry, ifNull(is_needed, false), is_success)) AS succeeded,
    countIf(NOT dry AND is_needed IS NOT NULL) AS need_known,
    countIf(NOT dry AND NOT is_needed) AS unneeded,
    countIf(is_live AND mutating) AS mutating_executions,
    sumIf(incidents, is_live AND mutating) AS induced_by_mutating,
    sum(incidents) AS induced_incidents
FROM
(
    SELECT run.automation_id AS automation_id, run.automation_version AS automation_version, run.stage AS stage, run.began_at AS began_at,
        run.is_live AS is_live, run.is_finished AS is_finished, run.is_success AS is_success, run.mutating AS mutating,
        run.stage = 'dry_run' AS dry, run.is_needed AS is_needed, induced.incidents AS incidents
    FROM {{all}} AS run
    LEFT JOIN induced_incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS induced ON induced.execution_id = run.execution_id
    WHERE run.began_at <= {as_of:DateTime64(3, 'UTC')} AND (run.is_live OR run.stage = 'dry_run' AND run.was_carried_out)
)
GROUP BY automation_id, automation_version, stage
ORDER BY automation_id, first_run_at, automation_version, stage
