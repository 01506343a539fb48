-- How fresh each kind of record is, how many there are, and how many broke the contract.
SELECT entity, records, broken, broken / records AS broken_share, last_occurred_at, last_landed_at, dateDiff('second', last_landed_at, now64(3)) AS seconds_since_landing
FROM
(
    SELECT 'incident' AS entity, count() AS records, countIf(reason != '') AS broken, maxIf(occurred_at, reason = '') AS last_occurred_at, max(landed_at) AS last_landed_at FROM incident_records
    UNION ALL
    SELECT 'alert', count(), countIf(reason != ''), maxIf(occurred_at, reason = ''), max(landed_at) FROM alert_records
    UNION ALL
    SELECT 'execution', count(), countIf(reason != ''), maxIf(occurred_at, reason = ''), max(landed_at) FROM execution_records
)
WHERE records > 0
