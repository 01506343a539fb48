SELECT execution_id, service, team, environment, automation_id, automation_version, pattern, stage, trigger_kind, began_at AS at,
    NOT is_needed AS outcome,
    NOT is_live AS left_out,
    if(verdict = '', NULL, verdict = 'unnecessary') AS by_verdict
FROM {{members}}
