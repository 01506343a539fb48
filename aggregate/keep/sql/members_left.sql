-- Moments of which there is something though nobody keeps them.
SELECT DISTINCT 'execution_members_kept', kept_at
FROM execution_members_kept
WHERE kept_at NOT IN (SELECT kept_at FROM members_moments)
UNION ALL
SELECT DISTINCT 'incident_members_kept', kept_at
FROM incident_members_kept
WHERE kept_at NOT IN (SELECT kept_at FROM members_moments)
