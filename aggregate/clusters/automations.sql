-- The automations of which a run is linked to an incident of a cluster, with on how
-- many services its live mutating ones acted, and the moments at which a version of
-- them first acted in a stage. A run without a service acts on its incident's.
WITH linked AS
    (
        SELECT m.cluster_id AS cluster_id, e.automation_id AS automation_id,
            uniqExactIf(if(e.service = '', i.service, e.service), e.is_live AND e.mutating AND if(e.service = '', i.service, e.service) != '') AS services
        FROM (SELECT automation_id, service, is_live, mutating, arrayJoin(incident_ids) AS incident_id FROM {{all}}) AS e
        INNER JOIN cluster_members AS m FINAL ON m.incident_id = e.incident_id
        INNER JOIN incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS i ON i.incident_id = e.incident_id
        GROUP BY m.cluster_id, e.automation_id
    )
SELECT linked.cluster_id AS cluster_id, linked.automation_id AS automation_id, linked.services AS services, live.automation_version AS version, live.stage AS stage, live.since AS since
FROM linked
LEFT JOIN
    (
        SELECT automation_id, automation_version, stage, min(began_at) AS since
        FROM {{states}}
        WHERE is_live AND mutating
        GROUP BY automation_id, automation_version, stage
    ) AS live ON live.automation_id = linked.automation_id
ORDER BY cluster_id, automation_id, since
