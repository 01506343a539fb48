-- Moments that a worker keeps, the oldest first, and whether all of each is there.
SELECT kept_at, max(is_whole)
FROM members_moments
WHERE worker = {worker:String}
GROUP BY kept_at
ORDER BY kept_at
