-- Where does automation take part, and where not?
-- Incidents of the last 13 whole weeks by service, and on how many of them an automation really ran. Few on a service with many incidents is where to look next.
WITH (SELECT max(week) FROM metrics_weekly) AS latest
SELECT value AS service, sum(denominator) AS incidents, sum(numerator) AS with_automation, round(100 * with_automation / incidents) AS percent
FROM metrics_weekly
WHERE metric = 'automation_coverage' AND dimension = 'service' AND week >= latest - 91 AND week < latest
GROUP BY service
ORDER BY incidents DESC, service
LIMIT 10
