-- A lease that has ended stays so: others may have had it since.
INSERT INTO worker_leases (worker, holder, claimed_at, until)
SELECT {worker:String}, {holder:String}, claimed, now64(3, 'UTC') + toIntervalMillisecond({milliseconds:UInt32})
FROM
(
    SELECT argMax(claimed_at, renewed_at) AS claimed, argMax(until, renewed_at) AS ends
    FROM worker_leases
    WHERE worker = {worker:String} AND holder = {holder:String}
)
WHERE ends > now64(3, 'UTC')
