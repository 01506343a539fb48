-- What share of our incidents is an old trouble coming back?
-- A week of the ISO calendar is a row. The share of its incidents that had one of the same cluster in the 180 days before lies between low and high with 95 % confidence. In the first months of a history it is too low: what came before is not known.
SELECT week, n AS incidents, round(100 * estimate, 1) AS percent, round(100 * low, 1) AS low, round(100 * high, 1) AS high, status
FROM metrics_weekly
WHERE metric = 'recurrence_rate' AND dimension = ''
ORDER BY week DESC
LIMIT 8
