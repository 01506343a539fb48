-- Which troubles are new, or come more often than before?
-- Emerging ones, and those of which the interval of the ratio lies above 1: that is more than chance. The interval of a single one is right in 95 of 100 cases; of a hundred troubles a few stand here by chance.
SELECT cluster_id, substring(template, 1, 48) AS what, state, toDate(first_seen) AS first_seen, episodes_before AS before, episodes_now AS now, round(rate_ratio, 2) AS ratio, round(rate_ratio_low, 2) AS low, round(rate_ratio_high, 2) AS high
FROM clusters
WHERE state = 'emerging' OR rate_ratio_low > 1
ORDER BY now DESC, cluster_id
LIMIT 10
