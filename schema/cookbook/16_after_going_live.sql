-- What became of the troubles that we automated?
-- Troubles with an automation, with their rate per 30 days before and now (the last 90 days) and its ratio with a 95 % interval: high below 1 is a fall beyond chance, and eliminated one that came to an end. Automation is built when a trouble has just been bad, and then it falls by itself: firebreak clusters --interventions takes that out.
SELECT cluster_id, substring(template, 1, 36) AS what, state, arrayStringConcat(automations, ', ') AS automations, round(rate_before, 1) AS before, round(rate, 1) AS now,
    round(rate_ratio, 2) AS ratio, round(rate_ratio_low, 2) AS low, round(rate_ratio_high, 2) AS high
FROM clusters
WHERE notEmpty(automations)
ORDER BY rate_ratio ASC NULLS LAST, cluster_id
LIMIT 10
