-- When something last landed, was put into a cluster, or was declared; and when
-- something was last declared.
SELECT max(at), maxIf(at, kind = 'declared')
FROM
(
    SELECT 'incident' AS kind, max(landed_at) AS at FROM incident_records
    UNION ALL
    SELECT 'alert', max(landed_at) FROM alert_records
    UNION ALL
    SELECT 'execution', max(landed_at) FROM execution_records
    UNION ALL
    SELECT 'cluster', max(assigned_at) FROM cluster_members
    UNION ALL
    SELECT 'declared', max(imported_at) FROM settings_versions
)
