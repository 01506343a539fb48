SELECT execution_id, service, team, environment, automation_id, automation_version, pattern, stage, trigger_kind, began_at AS at,
    if(is_finished, is_escalated, NULL) AS outcome,
    NOT is_live AS left_out
FROM {{runs}}
