-- Every incident that was matched, with where it belongs and what was known of
-- it then.
SELECT
    i.incident_id, i.opened_at, i.title, i.description, i.service, i.cause, i.source, i.labels,
    e.rules, e.evidence, m.cluster_id, m.decided_by
FROM incidents_as_of(as_of = '2299-12-31 23:59:59.999') AS i
INNER JOIN cluster_members AS m FINAL ON m.incident_id = i.incident_id
LEFT JOIN cluster_evidence AS e FINAL ON e.incident_id = i.incident_id
WHERE i.opened_at IS NOT NULL
    AND ({cluster:String} = '' OR i.incident_id IN (SELECT incident_id FROM cluster_members FINAL WHERE cluster_id = {cluster:String}))
ORDER BY i.opened_at, i.incident_id
