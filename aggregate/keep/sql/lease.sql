SELECT holder
FROM
(
    SELECT holder, argMax(claimed_at, renewed_at) AS claimed, argMax(until, renewed_at) AS ends
    FROM worker_leases
    WHERE worker = {worker:String}
    GROUP BY holder
)
WHERE ends > now64(3, 'UTC')
ORDER BY claimed, holder
LIMIT 1
