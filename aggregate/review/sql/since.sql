-- How many events of each kind there are of each week, and when the first of them occurred.
SELECT kind, toMonday(at) AS week, min(at), count()
FROM
(
    SELECT 0 AS kind, occurred_at AS at FROM incident_records WHERE reason = '' AND type = 'incident.opened' AND occurred_at <= {as_of:DateTime64(3, 'UTC')}
    UNION ALL
    SELECT 1, occurred_at FROM alert_records WHERE reason = '' AND type = 'alert.fired' AND occurred_at <= {as_of:DateTime64(3, 'UTC')}
    UNION ALL
    SELECT 2, occurred_at FROM execution_records WHERE reason = '' AND occurred_at <= {as_of:DateTime64(3, 'UTC')}
)
GROUP BY kind, week
ORDER BY kind, week
