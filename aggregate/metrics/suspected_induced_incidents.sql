-- A run without a service takes its incident's.
SELECT run.execution_id AS execution_id, service, team, environment, automation_id, automation_version, pattern, stage, trigger_kind, run.began_at AS at,
    if(service = '', facts.incident_service, service) AS its_service,
    toUnixTimestamp64Milli(run.began_at) AS began,
    toUnixTimestamp64Milli(facts.incident_opened_at) AS incident_opened,
    facts.incident_ids AS linked
FROM execution_cohort(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')}) AS run
INNER JOIN execution_facts_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS facts ON facts.execution_id = run.execution_id
WHERE run.is_live AND run.mutating AND facts.incident_id != ''
