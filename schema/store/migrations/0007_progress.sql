-- How far a worker has got with what lands. It says so as the last thing of a
-- pass, so that a pass that was cut off is made again from where it began, and
-- so that what landed while no worker ran is looked at however long that was.

-- An incident that is assigned, but of which it was not written any more what was
-- known of it, has to be looked at as one that was never matched.
CREATE OR REPLACE VIEW incidents_touched AS
SELECT incident_id
FROM incident_records
WHERE reason = '' AND landed_at >= {since:DateTime64(3, 'UTC')}
UNION DISTINCT
SELECT assumeNotNull(incident_id) AS incident_id
FROM alert_records
WHERE reason = '' AND landed_at >= {since:DateTime64(3, 'UTC')} AND ifNull(incident_id, '') != ''
UNION DISTINCT
SELECT incident_id
FROM incident_records
WHERE {unassigned:Bool} AND reason = '' AND type = 'incident.opened'
    AND incident_id NOT IN (SELECT incident_id FROM cluster_members WHERE incident_id IN (SELECT incident_id FROM cluster_evidence))
COMMENT 'Incidents of which something landed since a moment: incidents_touched(since = …, unassigned = true or false)';

CREATE TABLE worker_progress
(
    worker     LowCardinality(String) COMMENT 'Which worker',
    landed_at  DateTime64(3, 'UTC') COMMENT 'It has looked at everything that landed before this moment',
    written_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC') COMMENT 'When this row was written; the latest of a worker counts'
)
ENGINE = ReplacingMergeTree(written_at)
ORDER BY worker
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Up to when workers have looked at what has landed';
