-- Incidents of a window and of the 180 days before, with when the one before in their
-- cluster opened (Unix milliseconds), if there was one.
SELECT *,
    max(opened_ms) OVER earlier AS previous_ms,
    cluster_id != '' AND count() OVER earlier > 0 AS recurs
FROM
(
    SELECT
        i.incident_id AS incident_id, i.title AS title, i.service AS service, i.team AS team, i.environment AS environment, i.severity AS severity,
        i.trigger_kind AS trigger_kind, i.resolved_by AS resolved_by, i.opened_at AS opened_at, m.cluster_id AS cluster_id,
        toUnixTimestamp64Milli(assumeNotNull(i.opened_at)) AS opened_ms
    FROM {{incidents}} AS i
    LEFT JOIN cluster_members AS m FINAL ON m.incident_id = i.incident_id
    WHERE NOT i.is_left_out AND i.opened_at >= {from:DateTime64(3, 'UTC')} - INTERVAL 180 DAY AND i.opened_at < {to:DateTime64(3, 'UTC')}
)
WINDOW earlier AS (PARTITION BY cluster_id ORDER BY opened_ms RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
