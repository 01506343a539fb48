-- What people asked for and nobody has carried out.
SELECT change_id, any(kind) AS kind, any(actor) AS actor, any(cluster_id) AS cluster, any(into_cluster) AS into_cluster, any(incident_ids) AS incidents, any(reason) AS reason
FROM cluster_changes
GROUP BY change_id
HAVING max(applied) = 0
ORDER BY min(changed_at), change_id
