-- Failures of automations as bugs: runs that failed, timed out, were escalated or rolled back, by what they said.
SELECT automation_id, cause,
    arraySort(groupUniqArrayIf(outcome, began_at >= toDateTime64({{from}}, 3, 'UTC'))) AS outcomes,
    countIf(began_at >= toDateTime64({{from}}, 3, 'UTC')) AS runs,
    countIf(began_at < toDateTime64({{from}}, 3, 'UTC')) AS runs_before,
    uniqExactIf(service, began_at >= toDateTime64({{from}}, 3, 'UTC')) AS services,
    arraySort(groupUniqArrayIf(automation_version, began_at >= toDateTime64({{from}}, 3, 'UTC'))) AS versions,
    min(began_at) AS first_at,
    max(began_at) AS last_at,
    argMax(error, began_at) AS last_error,
    arraySlice(arrayReverse(arraySort(groupArrayIf((began_at, execution_id), began_at >= toDateTime64({{from}}, 3, 'UTC'))).2), 1, 3) AS examples,
    count() OVER () AS kinds
FROM
(
    SELECT automation_id, automation_version, service, began_at, execution_id, error,
        multiIf(rolled_back_at IS NOT NULL, 'rolled back', escalated_at IS NOT NULL, 'escalated', timed_out_at IS NOT NULL, 'timed out', 'failed') AS outcome,
        substringUTF8(splitByChar('\n', trim(error))[1], 1, 160) AS said,
        if(said = '', '(no error text)', replaceRegexpAll(if(service = '', said, replaceAll(said, service, '…')), '/[^\\s:,;]+|[\\w.…-]*[0-9…][\\w.…-]*', '…')) AS cause
    FROM execution_cohort(from = {{quarter_from}}, to = {{to}}, as_of = {{as_of}})
    WHERE is_finished AND NOT is_success
)
GROUP BY automation_id, cause
HAVING runs > 0
ORDER BY runs DESC, automation_id, cause
LIMIT 15
