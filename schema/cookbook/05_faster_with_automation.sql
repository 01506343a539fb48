-- Is recovery faster with automation?
-- How long incidents last with automation ÷ comparable ones without: below 1 is faster, and it is shown once high lies below 1, too. crude compares everything with everything and misleads, for automation is put on the easy incidents. A week has few incidents that can be compared (coverage is the share of the automated ones); where it says insufficient, ask for more: firebreak metric mttr_impact --from 2025-10-01 --to 2026-01-01.
SELECT week, n AS incidents, round(estimate, 2) AS ratio, round(low, 2) AS low, round(high, 2) AS high, round(beside['crude'], 2) AS crude, round(coverage, 2) AS coverage, status
FROM metrics_weekly
WHERE metric = 'mttr_impact' AND dimension = ''
ORDER BY week DESC
LIMIT 8
