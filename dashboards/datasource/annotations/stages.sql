-- When a version of an automation first ran in a stage.
SELECT min(occurred_at) AS time, concat(automation_id, if(ifNull(automation_version, '') = '', '', concat(' ', automation_version)), ': ', stage) AS title,
    'first run of this version in this stage' AS text, [automation_id, stage] AS tags, automation_id, ifNull(r.automation_version, '') AS automation_version, stage
FROM (SELECT automation_id, automation_version, occurred_at, coalesce(e.stage, 'full') AS stage FROM execution_records AS e WHERE reason = '') AS r
GROUP BY automation_id, automation_version, stage
HAVING time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}
