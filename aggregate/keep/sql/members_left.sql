-- Moments of which executions are there though nobody keeps them.
SELECT DISTINCT kept_at
FROM execution_members_kept
WHERE kept_at NOT IN (SELECT kept_at FROM execution_members_moments)
