-- How many incidents a week does each team have, against the quarter before?
-- Two times 13 whole weeks. ratio has no interval here; counts this small wander by chance: 100 in one quarter and 128 in the next may be nothing else. firebreak metric frequency_change --by team says which of them is more than chance.
WITH (SELECT max(week) FROM metrics_weekly) AS latest
SELECT value AS team, sumIf(n, week >= latest - 91) AS incidents, sumIf(n, week < latest - 91) AS before,
    round(incidents / 13, 1) AS a_week, round(before / 13, 1) AS a_week_before, if(before = 0, NULL, round(incidents / before, 2)) AS ratio
FROM metrics_weekly
WHERE metric = 'incident_count' AND dimension = 'team' AND week >= latest - 182 AND week < latest
GROUP BY team
ORDER BY incidents DESC, team
