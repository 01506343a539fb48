-- A run without a service takes its incident's.
SELECT run.execution_id AS execution_id, run.service AS service, team, environment, automation_id, automation_version, pattern, stage, trigger_kind,
    if(run.service = '', its.service, run.service) AS its_service,
    toUnixTimestamp64Milli(run.began_at) AS began,
    toUnixTimestamp64Milli(its.opened_at) AS incident_opened,
    links.incident_ids AS linked
FROM execution_cohort(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')}) AS run
INNER JOIN execution_incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS its ON its.execution_id = run.execution_id
INNER JOIN
(
    SELECT execution_id, groupArray(incident_id) AS incident_ids
    FROM execution_links_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
    GROUP BY execution_id
) AS links ON links.execution_id = run.execution_id
WHERE is_live AND mutating
