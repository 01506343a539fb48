-- Every automation, as its latest events describe it.
SELECT automation_id, automation_name, automation_version, pattern, stage, team, execution_count, first_event_at, last_event_at
FROM automations
