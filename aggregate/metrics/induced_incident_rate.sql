SELECT run.execution_id AS execution_id, service, team, environment, automation_id, automation_version, pattern, stage, trigger_kind, run.began_at AS at,
    induced.incidents AS events,
    is_live AND mutating AS exposed,
    NOT is_live AS left_out
FROM {{runs}} AS run
LEFT JOIN induced_incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS induced ON induced.execution_id = run.execution_id
