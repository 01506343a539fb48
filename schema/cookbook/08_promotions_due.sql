-- Which automations may go on to their next stage, and which must be taken back?
-- The verdicts of the last week that is over, on what ran in the 30 days before its end. What counts is the bound, not what was seen: 28 successes of 28 prove 91 %. reason names what is missing, or what was done.
SELECT automation_id AS automation, automation_version AS version, stage, verdict, executions AS runs, round(100 * success_low, 1) AS success_at_least, reason
FROM promotions
WHERE week_end = (SELECT max(week_end) FROM promotions) AND verdict IN ('promote', 'demote') AND last_run_at >= week_end - INTERVAL 30 DAY
ORDER BY verdict, runs DESC, automation
