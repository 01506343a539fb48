-- Failures of automations as bugs: runs that failed, timed out, were escalated or rolled back, by what they said.
SELECT automation_id, automation_version, stage, outcome, cause, count() AS runs, uniqExact(service) AS services_hit,
    max(began_at) AS last_at, argMax(execution_id, began_at) AS last_execution_id, argMax(error, began_at) AS last_error
FROM
(
    SELECT *,
        multiIf(rolled_back_at IS NOT NULL, 'rolled back', escalated_at IS NOT NULL, 'escalated', timed_out_at IS NOT NULL, 'timed out', 'failed') AS outcome,
        substringUTF8(splitByChar('\n', trim(error))[1], 1, 160) AS said,
        if(said = '', '(no error text)', replaceRegexpAll(if(service = '', said, replaceAll(said, service, '…')), '/[^\\s:,;]+|[\\w.…-]*[0-9…][\\w.…-]*', '…')) AS cause
    FROM execution_cohort(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')})
    WHERE is_finished AND NOT is_success /* filters */
)
GROUP BY automation_id, automation_version, stage, outcome, cause
