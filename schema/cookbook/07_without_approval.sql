-- Where did automation change something without anybody's approval?
-- Runs of the last 90 days that name an incident of a trouble for which the backlog asks for a person's approval (sev1 or sev2 among its incidents, or several services at once). without says how many of them no person approved. Some automations have earned that; the others are a question to their team.
SELECT e.automation_id AS automation, e.stage AS stage, count() AS runs, countIf(e.approved_at IS NULL) AS without, uniqExact(i.cluster_id) AS troubles, max(e.began_at) AS last_run
FROM executions AS e
INNER JOIN incidents AS i ON i.incident_id = e.incident_id
WHERE e.is_live AND e.mutating AND e.began_at >= (SELECT max(began_at) FROM executions) - INTERVAL 90 DAY
    AND i.cluster_id IN (SELECT cluster_id FROM backlog WHERE approval)
GROUP BY automation, stage
HAVING without > 0
ORDER BY without DESC, automation, stage
LIMIT 20
