-- Every day on which something began or a run went on, with when the last of it
-- landed. All of it is said to be of incidents, on which the most depends.
SELECT 'incident' AS kind, toDate32(day) AS day, max(at) AS at
FROM
(
    SELECT toStartOfDay(occurred_at) AS day, max(landed_at) AS at FROM incident_records WHERE reason = '' AND type = 'incident.opened' GROUP BY day
    UNION ALL
    SELECT toStartOfDay(occurred_at) AS day, max(landed_at) AS at FROM alert_records WHERE reason = '' AND type = 'alert.fired' GROUP BY day
    UNION ALL
    SELECT toStartOfDay(occurred_at) AS day, max(landed_at) AS at FROM execution_records WHERE reason = '' GROUP BY day
)
GROUP BY day
