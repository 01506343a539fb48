-- A run without a service takes its incident's.
SELECT execution_id, service, team, environment, automation_id, automation_version, pattern, stage, trigger_kind, began_at AS at,
    if(service = '', incident_service, service) AS its_service,
    toUnixTimestamp64Milli(began_at) AS began,
    toUnixTimestamp64Milli(incident_opened_at) AS incident_opened,
    incident_ids AS linked
FROM {{members}}
WHERE is_live AND mutating AND incident_id != ''
