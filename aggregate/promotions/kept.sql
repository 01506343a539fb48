-- The verdicts as they were kept.
SELECT automation_id, automation_version, stage, executions, first_run_at, last_run_at, finished, succeeded,
    need_known, unneeded, mutating_executions, induced_by_mutating, induced_incidents,
    week_end, verdict, reason, computed_at
FROM promotions
WHERE week_end <= {as_of:DateTime64(3, 'UTC')}
    AND ({history:Bool} OR week_end = (SELECT max(week_end) FROM promotions WHERE week_end <= {as_of:DateTime64(3, 'UTC')}))
ORDER BY week_end DESC, automation_id, first_run_at, automation_version, stage
