-- Which automations are worth keeping?
-- The last 13 whole weeks. net is what each spared people in hours, less what it cost them; unpriced runs earned nothing because nobody knows what the work by hand takes. Below zero it costs more than it gives. succeeded and finished are runs; verdict is that of its version and stage with the most runs.
WITH (SELECT max(week) FROM metrics_weekly) AS latest
SELECT value AS automation, round(sumIf(estimate, metric = 'toil_hours_saved'), 1) AS net_hours, sumIf(beside['unpriced'], metric = 'toil_hours_saved') AS unpriced,
    sumIf(numerator, metric = 'automation_success_rate') AS succeeded, sumIf(denominator, metric = 'automation_success_rate') AS finished, any(p.verdict) AS verdict
FROM metrics_weekly AS m
LEFT JOIN
(
    SELECT automation_id, argMax(verdict, executions) AS verdict
    FROM promotions
    WHERE week_end = (SELECT max(week_end) FROM promotions)
    GROUP BY automation_id
) AS p ON p.automation_id = m.value
WHERE metric IN ('toil_hours_saved', 'automation_success_rate') AND dimension = 'automation_id' AND week >= latest - 91 AND week < latest
GROUP BY value
ORDER BY net_hours DESC, automation
