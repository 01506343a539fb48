-- How does each version of an automation do in its stage?
-- All that each did up to the end of the last week. success is at least success_low and unneeded runs are at most unneeded_high (one-sided 95 % bounds); caused are incidents that people confirmed.
SELECT automation_id AS automation, automation_version AS version, stage, executions AS runs, finished AS n, round(100 * success_rate, 1) AS success, round(100 * success_low, 1) AS success_low,
    round(100 * false_positive_high, 1) AS unneeded_high, induced_incidents AS caused, verdict
FROM promotions
WHERE week_end = (SELECT max(week_end) FROM promotions)
ORDER BY automation, version, stage
