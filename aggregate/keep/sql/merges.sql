-- The merges that were decided and left incidents behind, oldest first.
SELECT cluster_id, into_cluster
FROM cluster_changes
WHERE kind = 'merge' AND applied AND cluster_id IN (SELECT cluster_id FROM cluster_members FINAL)
ORDER BY changed_at
