-- When a version of an automation first ran in a stage.
SELECT min(occurred_at) AS time, concat(automation_id, if(ifNull(automation_version, '') = '', '', concat(' ', automation_version)), ': ', stage_now) AS title,
    'first run of this version in this stage' AS text, [automation_id, stage_now] AS tags
FROM (SELECT *, coalesce(stage, 'full') AS stage_now FROM execution_records WHERE reason = '')
GROUP BY automation_id, automation_version, stage_now
HAVING time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}
