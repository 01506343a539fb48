-- Records that broke the contract, that landed in the week, by what was wrong.
SELECT topic, reason, count() AS records, countIf(repaired) AS repaired, any(fault_message) AS example
FROM dead_letters
WHERE landed_at >= toDateTime64({{from}}, 3, 'UTC') AND landed_at < toDateTime64({{to}}, 3, 'UTC')
GROUP BY topic, reason
ORDER BY records DESC, topic, reason
LIMIT 20
