INSERT INTO worker_leases (worker, holder, claimed_at, until)
SELECT {worker:String}, {holder:String}, now64(3, 'UTC'), now64(3, 'UTC') + toIntervalMillisecond({milliseconds:UInt32})
