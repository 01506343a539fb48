-- Which automations run when nothing is to be done?
-- Runs of the last 13 whole weeks whose need is known, and how many of them were not needed; unknown are the others, of which failed runs are most, so the percentage leans high. firebreak metric false_positive_rate --by automation_id has the bounds.
WITH (SELECT max(week) FROM metrics_weekly) AS latest
SELECT value AS automation, sum(denominator) AS need_known, sum(numerator) AS unneeded, round(100 * unneeded / need_known, 1) AS percent, sum(unknown) AS unknown
FROM metrics_weekly
WHERE metric = 'false_positive_rate' AND dimension = 'automation_id' AND week >= latest - 91 AND week < latest
GROUP BY automation
HAVING need_known > 0
ORDER BY unneeded DESC, automation
LIMIT 10
