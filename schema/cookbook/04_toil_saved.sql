-- How many hours of toil does automation save us in a month, net?
-- Hours are sums, so the weeks of a month may be added up; a week belongs to the month of its Monday. gross is what runs spared people; net has taken off what people still spent on runs, on incidents that runs caused, and on building and keeping automations. unpriced runs count for nothing, so both are rather too low.
SELECT formatDateTime(week, '%Y-%m') AS month, count() AS weeks, sum(n) AS runs, round(sum(beside['gross']), 1) AS gross_hours, round(sum(estimate), 1) AS net_hours,
    sum(beside['unpriced']) AS unpriced, countIf(status != 'ok') AS weeks_without_a_number
FROM metrics_weekly
WHERE metric = 'toil_hours_saved' AND dimension = '' AND week < (SELECT max(week) FROM metrics_weekly)
GROUP BY month
ORDER BY month DESC
LIMIT 6
