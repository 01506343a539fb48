-- The last column says in what state the incident is, for the facts of its
-- cluster.
SELECT
    i.incident_id, i.opened_at, i.title, i.description, i.service, i.cause, i.source, i.labels,
    cityHash64(toString(tuple(i.opened_at, i.started_at, i.resolved_at, i.reopened_at, i.reviewed_at, i.responder_minutes, i.classification, i.team, i.severity, i.trigger_kind, i.caused_by_execution_id))) AS state
FROM incidents_as_of(as_of = '2299-12-31 23:59:59.999') AS i
WHERE i.opened_at IS NOT NULL
    AND i.incident_id IN (SELECT incident_id FROM incidents_touched(since = {since:DateTime64(3, 'UTC')}, unassigned = {unassigned:Bool}))
ORDER BY i.opened_at, i.incident_id
