-- How fresh is what I am looking at?
-- Up to when events are here, by the clock of their senders, and as of when clusters, backlog and verdicts were computed from them. A gap between the two means that a worker is behind. landed_at in the _events tables says when something arrived.
SELECT what, things, up_to
FROM
(
    SELECT 'incidents' AS what, count() AS things, max(last_event_at) AS up_to FROM incidents
    UNION ALL SELECT 'alerts', count(), max(last_event_at) FROM alerts
    UNION ALL SELECT 'executions', count(), max(last_event_at) FROM executions
    UNION ALL SELECT 'clusters', count(), max(computed_at) FROM clusters
    UNION ALL SELECT 'backlog', count(), max(computed_at) FROM backlog
    UNION ALL SELECT 'weeks of metrics', uniqExact(week), toDateTime64(max(week) + 7, 3, 'UTC') FROM metrics_weekly
)
ORDER BY what
