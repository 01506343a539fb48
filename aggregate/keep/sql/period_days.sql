-- Every day on which something began or a run went on.
SELECT DISTINCT toDate32(occurred_at) AS day
FROM
(
    SELECT occurred_at FROM incident_records WHERE reason = '' AND type = 'incident.opened'
    UNION ALL
    SELECT occurred_at FROM alert_records WHERE reason = '' AND type = 'alert.fired'
    UNION ALL
    SELECT occurred_at FROM execution_records WHERE reason = ''
)
WHERE occurred_at <= {as_of:DateTime64(3, 'UTC')}
