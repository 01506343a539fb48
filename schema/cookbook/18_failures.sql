-- Why do our automations fail?
-- Runs that failed, timed out, were taken over by a person or rolled back in the 90 days before the newest run, by what they said; numbers in it are masked. Each line is a bug to mend, the first ones first.
SELECT automation_id AS automation, multiIf(rolled_back_at IS NOT NULL, 'rolled back', escalated_at IS NOT NULL, 'escalated', timed_out_at IS NOT NULL, 'timed out', 'failed') AS outcome,
    substring(replaceRegexpAll(error, '[0-9]+', '#'), 1, 60) AS said, count() AS runs, max(execution_id) AS for_example
FROM executions
WHERE is_finished AND NOT is_success AND began_at >= (SELECT max(began_at) FROM executions) - INTERVAL 90 DAY
GROUP BY automation, outcome, said
ORDER BY runs DESC, automation, outcome, said
LIMIT 10
