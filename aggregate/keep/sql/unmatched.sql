-- How many incidents landed a while ago and have not been matched.
SELECT uniqExact(incident_id)
FROM incident_records
WHERE reason = '' AND type = 'incident.opened' AND landed_at < {before:DateTime64(3, 'UTC')}
    AND incident_id NOT IN (SELECT incident_id FROM cluster_members)
