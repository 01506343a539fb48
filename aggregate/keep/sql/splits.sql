-- The clusters that people told apart, as they were then.
SELECT cluster_id, into_cluster
FROM cluster_changes
WHERE kind = 'split' AND applied
ORDER BY changed_at
