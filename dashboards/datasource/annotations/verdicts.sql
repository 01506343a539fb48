-- Verdicts that ask for something: promote or demote.
SELECT week_end AS time, concat(verdict, ' ', automation_id, if(automation_version = '', '', concat(' ', automation_version)), ' (', stage, ')') AS title,
    reason AS text, [toString(verdict), automation_id] AS tags, automation_id, automation_version, stage, verdict
FROM promotions
WHERE verdict IN ('promote', 'demote') AND week_end > {from:DateTime64(3, 'UTC')} AND week_end <= {to:DateTime64(3, 'UTC')}
