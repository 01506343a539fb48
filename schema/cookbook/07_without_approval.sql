-- Which automations acted on grave incidents before anybody had approved it?
-- Runs of the last 90 days that could change something and worked on an incident that was sev1 or sev2 at any time. A run is counted when nobody had approved it by the time at which it started, and no approver was named by its start; rejected are those that ran although somebody had said no, approved_afterwards those that a person approved later. firebreak audit gaps lists them one by one, with where each stands in Kafka.
SELECT automation_id AS automation, stage, count() AS runs, uniqExact(incident_id) AS incidents, countIf(severity = 'sev1') AS on_sev1, countIf(rejected_at IS NOT NULL) AS rejected, countIf(approved_at IS NOT NULL) AS approved_afterwards, max(started_at) AS last_run
FROM approval_gaps
WHERE started_at >= (SELECT max(began_at) FROM executions) - INTERVAL 90 DAY
GROUP BY automation, stage
ORDER BY runs DESC, automation, stage
LIMIT 20
