-- Which old troubles came back so changed that nobody may have known them?
-- Incidents that came 60 to 180 days after the one before them in their cluster, in other words or elsewhere: what was done about it then is worth a look. familiar_stranger_rate in metrics_weekly says how many of all incidents are such.
SELECT opened_at, incident_id, substring(title, 1, 48) AS title, service, before_id, toUInt32(days) AS days_since, arrayStringConcat(kinds, ', ') AS changed
FROM
(
    SELECT assumeNotNull(i.opened_at) AS opened_at, i.incident_id AS incident_id, i.title AS title, i.service AS service,
        arrayMap(d -> splitByChar(':', d)[1], m.differs) AS kinds,
        lagInFrame(i.incident_id) OVER one_before AS before_id,
        dateDiff('hour', lagInFrame(assumeNotNull(i.opened_at), 1, assumeNotNull(i.opened_at)) OVER one_before, assumeNotNull(i.opened_at)) / 24 AS days
    FROM incidents AS i
    INNER JOIN incident_clusters AS m ON m.incident_id = i.incident_id
    WHERE i.opened_at IS NOT NULL AND NOT i.is_left_out
    WINDOW one_before AS (PARTITION BY m.cluster_id ORDER BY i.opened_at, i.incident_id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
)
WHERE days BETWEEN 60 AND 180 AND hasAny(kinds, ['title', 'service'])
ORDER BY opened_at DESC
LIMIT 10
