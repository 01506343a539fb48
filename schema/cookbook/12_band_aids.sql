-- Do our reviews decide on fixes, or on band-aids?
-- What reviews decided in the last 13 whole weeks, by team. A band-aid lets the trouble come back. Where n is small, the percentage says little.
WITH (SELECT max(week) FROM metrics_weekly) AS latest
SELECT value AS team, sum(denominator) AS actions, sum(numerator) AS band_aids, actions - band_aids AS fixes, round(100 * band_aids / actions) AS percent_band_aids
FROM metrics_weekly
WHERE metric = 'band_aid_rate' AND dimension = 'team' AND week >= latest - 91 AND week < latest
GROUP BY team
ORDER BY actions DESC, team
