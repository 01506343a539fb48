SELECT period, starts, metric, max(computed_at)
FROM metric_snapshots
GROUP BY period, starts, metric
