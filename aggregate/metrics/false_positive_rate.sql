SELECT run.execution_id AS execution_id, service, team, environment, automation_id, automation_version, pattern, stage, trigger_kind, run.began_at AS at,
    NOT need.is_needed AS outcome,
    NOT is_live AS left_out,
    if(verdict = '', NULL, verdict = 'unnecessary') AS by_verdict
FROM execution_cohort(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')}) AS run
INNER JOIN execution_need_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS need ON need.execution_id = run.execution_id
