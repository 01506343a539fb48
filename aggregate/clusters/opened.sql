SELECT DISTINCT m.cluster_id
FROM incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS i
INNER JOIN cluster_members AS m FINAL ON m.incident_id = i.incident_id
WHERE i.opened_at >= {from:DateTime64(3, 'UTC')} AND i.opened_at < {to:DateTime64(3, 'UTC')} AND NOT i.is_left_out
