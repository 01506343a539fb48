-- Moments of which incidents or executions are there.
SELECT DISTINCT 'execution_members_kept', kept_at
FROM execution_members_kept
UNION ALL
SELECT DISTINCT 'incident_members_kept', kept_at
FROM incident_members_kept
