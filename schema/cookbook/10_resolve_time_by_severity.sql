-- How long do incidents take, by severity?
-- The median of each of the last two whole weeks with its 95 % interval, in minutes; open incidents count as still running. Do not average weeks: for a month, ask for the month: firebreak metric time_to_resolve --by severity --from 2025-12-01 --to 2026-01-01.
WITH (SELECT max(week) FROM metrics_weekly) AS latest
SELECT week, value AS severity, n AS incidents, censored AS still_open, round(estimate / 60) AS median_minutes, round(low / 60) AS low, round(high / 60) AS high, status
FROM metrics_weekly
WHERE metric = 'time_to_resolve' AND dimension = 'severity' AND value != '' AND week >= latest - 14 AND week < latest
ORDER BY week DESC, severity
