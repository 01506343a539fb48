-- Everything that was decided about clusters and carried out, oldest first.
SELECT kind, actor, cluster_id, into_cluster, incident_ids
FROM cluster_changes
WHERE applied AND kind IN ('merge', 'split', 'pin')
ORDER BY changed_at, change_id
