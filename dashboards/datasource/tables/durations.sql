-- How long runs take, of those that ended.
SELECT automation_id, count() AS runs, quantileExact(0.5)(seconds) AS median_seconds, quantileExact(0.9)(seconds) AS p90_seconds, max(seconds) AS longest_seconds
FROM
(
    SELECT automation_id, dateDiff('millisecond', coalesce(started_at, began_at), ended_at) / 1000 AS seconds
    FROM execution_cohort(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')})
    WHERE ended_at IS NOT NULL /* filters */
)
GROUP BY automation_id
