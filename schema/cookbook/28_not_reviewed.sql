-- Which grave incidents has nobody reviewed?
-- Incidents of sev1 and sev2 that were resolved in the 90 days before the newest event, by team. A trouble that nobody reviewed has nobody who decided to end it.
SELECT team, count() AS resolved, countIf(reviewed_at IS NULL) AS not_reviewed, round(100 * not_reviewed / resolved) AS percent, maxIf(opened_at, reviewed_at IS NULL) AS latest
FROM incidents
WHERE severity IN ('sev1', 'sev2') AND NOT is_open AND NOT is_left_out AND classification != 'false_alarm' AND opened_at >= (SELECT max(last_event_at) FROM incidents) - INTERVAL 90 DAY
GROUP BY team
ORDER BY not_reviewed DESC, team
