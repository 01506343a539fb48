-- Incidents from a window on. Those on which no automation worked are what is
-- compared with; those that no run is confirmed to have caused count.
SELECT incident_id, service, toUnixTimestamp64Milli(assumeNotNull(opened_at)) AS opened,
    incident_id NOT IN
    (
        SELECT arrayJoin(incident_ids)
        FROM {{all}}
        WHERE is_live
    ) AS is_untreated,
    caused_by_execution_id = '' AS counts
FROM {{incidents}}
WHERE NOT is_left_out AND opened_at >= {from:DateTime64(3, 'UTC')} AND service != ''
ORDER BY opened, incident_id
