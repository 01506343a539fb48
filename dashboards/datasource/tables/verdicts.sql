-- The verdicts of all weeks that ended in the range.
SELECT week_end, week, automation_id, automation_version, stage, verdict, reason, executions, success_low, success_high, false_positive_high, induced_incidents
FROM promotions
WHERE week_end > {from:DateTime64(3, 'UTC')} AND week_end <= {to:DateTime64(3, 'UTC')}
