INSERT INTO worker_leases (worker, holder, claimed_at, until)
SELECT 'clusters', {holder:String}, {claimed_at:DateTime64(3, 'UTC')}, now64(3, 'UTC') + toIntervalSecond({seconds:UInt32})
