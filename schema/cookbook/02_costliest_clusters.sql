-- Which ten troubles cost our responders most this quarter?
-- Hands-on hours of people in the 90 days before the clusters were computed; unknown are incidents of which nobody said how long they took, so that the hours are too low. Where many are unknown, ask for those first.
SELECT c.cluster_id AS cluster_id, substring(any(c.template), 1, 48) AS what, any(c.state) AS state, count() AS incidents,
    round(sum(i.responder_minutes) / 60, 1) AS hours, countIf(i.responder_minutes IS NULL) AS unknown
FROM clusters AS c
INNER JOIN incidents AS i ON i.cluster_id = c.cluster_id
WHERE NOT i.is_left_out AND i.opened_at >= c.computed_at - INTERVAL 90 DAY AND i.opened_at < c.computed_at
GROUP BY cluster_id
ORDER BY hours DESC NULLS LAST, cluster_id
LIMIT 10
