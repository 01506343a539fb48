-- The days on which something occurred to executions, and how many records say so.
SELECT toStartOfDay(occurred_at) AS day, count()
FROM execution_records
WHERE reason = '' AND occurred_at <= {as_of:DateTime64(3, 'UTC')}
GROUP BY day
ORDER BY day
