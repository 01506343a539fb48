SELECT
    m.cluster_id, i.incident_id, i.opened_at, i.title, i.service, i.team,
    i.classification = 'false_alarm' AS false_alarm, i.is_open,
    dateDiff('millisecond', coalesce(i.started_at, i.opened_at), if(i.is_open, {as_of:DateTime64(3, 'UTC')}, i.resolved_at)) / 1000 AS resolve_seconds,
    i.responder_minutes, i.severity, i.cause, i.trigger_kind
FROM incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS i
INNER JOIN cluster_members AS m FINAL ON m.incident_id = i.incident_id
WHERE i.opened_at IS NOT NULL AND NOT i.is_left_out
    AND (empty({clusters:Array(String)}) OR i.incident_id IN (SELECT incident_id FROM cluster_members FINAL WHERE cluster_id IN {clusters:Array(String)}))
ORDER BY m.cluster_id, i.opened_at, i.incident_id
