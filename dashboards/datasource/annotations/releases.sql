-- When a version of an automation first ran at all.
SELECT min(occurred_at) AS time, concat(automation_id, ' ', automation_version) AS title,
    'first run of this version' AS text, [automation_id, 'release'] AS tags, automation_id, ifNull(r.automation_version, '') AS automation_version
FROM execution_records AS r
WHERE reason = '' AND ifNull(automation_version, '') != ''
GROUP BY automation_id, automation_version
HAVING time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}
