-- When anything of each week was last computed.
SELECT starts, max(computed_at)
FROM metric_snapshots
WHERE period = 'week' AND dimension = ''
GROUP BY starts
