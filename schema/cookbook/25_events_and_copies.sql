-- How many events did we get, and how many of them twice?
-- Senders repeat what they are not sure of. Numbers count each event once; whoever counts rows of the _events tables counts copies, too: use uniqExact(source, event_id).
SELECT entity, came, events, came - events AS copies, round(100 * copies / came, 2) AS percent
FROM
(
    SELECT 'incident' AS entity, count() AS came, uniqExact(source, event_id) AS events FROM incident_events
    UNION ALL SELECT 'alert', count(), uniqExact(source, event_id) FROM alert_events
    UNION ALL SELECT 'execution', count(), uniqExact(source, event_id) FROM execution_events
)
ORDER BY entity
