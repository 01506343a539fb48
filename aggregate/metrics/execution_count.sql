SELECT execution_id, service, team, environment, automation_id, automation_version, pattern, stage, trigger_kind, began_at AS at
FROM {{runs}}
