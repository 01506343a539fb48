-- The verdicts in force at the end of the range: those of the last week that was over.
SELECT automation_id, automation_version, stage, verdict, reason, executions, days_observed, finished, success_rate, success_low, success_high,
    need_known, unneeded, false_positive_rate, false_positive_high, mutating_executions, induced_incidents, induced_rate, induced_low, induced_high,
    first_run_at, last_run_at, week, computed_at
FROM promotions
WHERE week_end = (SELECT max(week_end) FROM promotions WHERE week_end <= {to:DateTime64(3, 'UTC')})
