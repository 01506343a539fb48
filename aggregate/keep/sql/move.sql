INSERT INTO cluster_members (incident_id, cluster_id, similarity, differs, decided_by, assigned_at, version)
SELECT incident_id, transform(cluster_id, {from:Array(String)}, {into:Array(String)}) AS cluster, similarity, differs, decided_by, now64(3, 'UTC'), version + 1
FROM cluster_members FINAL
WHERE cluster_id IN {from:Array(String)}
