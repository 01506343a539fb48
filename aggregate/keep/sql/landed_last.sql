-- When something last landed (or occurred, if that was later), was put into a cluster,
-- or was declared; and when something was last declared.
SELECT max(at), maxIf(at, kind = 'declared')
FROM
(
    SELECT 'incident' AS kind, maxIf(greatest(landed_at, occurred_at), occurred_at <= {as_of:DateTime64(3, 'UTC')}) AS at FROM incident_records
    UNION ALL
    SELECT 'alert', maxIf(greatest(landed_at, occurred_at), occurred_at <= {as_of:DateTime64(3, 'UTC')}) FROM alert_records
    UNION ALL
    SELECT 'execution', maxIf(greatest(landed_at, occurred_at), occurred_at <= {as_of:DateTime64(3, 'UTC')}) FROM execution_records
    UNION ALL
    SELECT 'cluster', max(assigned_at) FROM cluster_members
    UNION ALL
    SELECT 'declared', max(imported_at) FROM settings_versions
)
