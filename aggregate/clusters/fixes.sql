-- When a review of an incident of a cluster decided on a fix.
SELECT m.cluster_id, i.reviewed_at, i.incident_id
FROM incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS i
INNER JOIN cluster_members AS m FINAL ON m.incident_id = i.incident_id
WHERE i.reviewed_at IS NOT NULL AND NOT i.is_left_out AND arrayExists(a -> a.kind = 'fix', i.actions)
ORDER BY m.cluster_id, i.reviewed_at
