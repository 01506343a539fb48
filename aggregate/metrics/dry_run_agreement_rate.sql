-- A dry run that was rejected, skipped or cancelled before it began said nothing.
SELECT execution_id, service, team, environment, automation_id, automation_version, pattern, stage, trigger_kind, began_at AS at,
    is_needed AS outcome,
    NOT was_carried_out AS left_out
FROM {{members}}
WHERE stage = 'dry_run'
