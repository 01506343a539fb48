-- Which incidents have been open for more than a week?
-- Counted up to the newest event of any incident. Often such were solved and nobody said so; times to resolve are right only once somebody does.
WITH (SELECT max(last_event_at) FROM incidents) AS newest
SELECT incident_id, severity, service, team, opened_at, dateDiff('day', opened_at, newest) AS days_open, substring(title, 1, 40) AS title, cluster_id
FROM incidents
WHERE is_open AND NOT is_left_out AND opened_at < newest - INTERVAL 7 DAY
ORDER BY opened_at, incident_id
LIMIT 20
