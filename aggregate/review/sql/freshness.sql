-- What landed in the week, and when something last did and last occurred until now.
SELECT entity, records, broken, last_landed_at, last_occurred_at
FROM
(
    SELECT 1 AS place, 'incident' AS entity, countIf(landed_at >= toDateTime64({{from}}, 3, 'UTC') AND landed_at < toDateTime64({{to}}, 3, 'UTC')) AS records,
        countIf(reason != '' AND landed_at >= toDateTime64({{from}}, 3, 'UTC') AND landed_at < toDateTime64({{to}}, 3, 'UTC')) AS broken,
        maxOrNull(landed_at) AS last_landed_at, maxOrNullIf(occurred_at, reason = '') AS last_occurred_at
    FROM incident_records
    UNION ALL
    SELECT 2, 'alert', countIf(landed_at >= toDateTime64({{from}}, 3, 'UTC') AND landed_at < toDateTime64({{to}}, 3, 'UTC')),
        countIf(reason != '' AND landed_at >= toDateTime64({{from}}, 3, 'UTC') AND landed_at < toDateTime64({{to}}, 3, 'UTC')),
        maxOrNull(landed_at), maxOrNullIf(occurred_at, reason = '')
    FROM alert_records
    UNION ALL
    SELECT 3, 'execution', countIf(landed_at >= toDateTime64({{from}}, 3, 'UTC') AND landed_at < toDateTime64({{to}}, 3, 'UTC')),
        countIf(reason != '' AND landed_at >= toDateTime64({{from}}, 3, 'UTC') AND landed_at < toDateTime64({{to}}, 3, 'UTC')),
        maxOrNull(landed_at), maxOrNullIf(occurred_at, reason = '')
    FROM execution_records
)
ORDER BY place
