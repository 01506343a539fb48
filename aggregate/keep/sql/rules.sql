-- The names of the alerts that belong to incidents: by the alert's word, by the
-- incident's list, or because the alert raised it. A trigger that is no alert
-- that is known may be the rule itself.
WITH
    touched AS
    (
        SELECT incident_id FROM incidents_touched(since = {since:DateTime64(3, 'UTC')}, unassigned = {unassigned:Bool})
    ),
    listed AS
    (
        SELECT DISTINCT incident_id, arrayJoin(arrayFilter(x -> x != '', arrayConcat(alert_ids, [if(trigger_kind = 'alert', ifNull(trigger_id, ''), '')]))) AS alert_id
        FROM incident_records
        WHERE reason = '' AND incident_id IN touched
    )
SELECT incident_id, arraySort(groupUniqArray(name)) AS names
FROM
(
    SELECT incident_id, name
    FROM alerts_as_of(as_of = '2299-12-31 23:59:59.999')
    WHERE incident_id != '' AND name != ''
        AND alert_id IN (SELECT alert_id FROM alert_records WHERE reason = '' AND ifNull(incident_id, '') IN touched)
    UNION ALL
    SELECT listed.incident_id AS incident_id, if(a.name = '', listed.alert_id, a.name) AS name
    FROM listed
    LEFT JOIN (SELECT alert_id, name FROM alerts_as_of(as_of = '2299-12-31 23:59:59.999') WHERE alert_id IN (SELECT alert_id FROM listed)) AS a ON a.alert_id = listed.alert_id
)
WHERE incident_id IN touched
GROUP BY incident_id
