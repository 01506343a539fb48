-- The days on which something began of which numbers may have changed since a moment:
-- of what landed, of what it is linked to or was, and of the other runs of the same
-- incidents. What occurred ahead of its landing counts from when it occurs.
WITH
    -- As a pass folded them, the last that was completed or one since: so they were in numbers.
    kept AS
    (
        SELECT DISTINCT execution_id, began_at, incident_ids
        FROM execution_members_kept
        WHERE kept_at IN (SELECT kept_at FROM members_moments WHERE worker = 'snapshots')
    ),
    alert AS
    (
        SELECT alert_id, max(greatest(landed_at, occurred_at)) AS at
        FROM alert_records
        WHERE reason = '' AND greatest(landed_at, occurred_at) BETWEEN {since:DateTime64(3, 'UTC')} AND {as_of:DateTime64(3, 'UTC')}
        GROUP BY alert_id
    ),
    run AS
    (
        SELECT execution_id, max(at) AS at
        FROM
        (
            SELECT execution_id, greatest(landed_at, occurred_at) AS at
            FROM execution_records
            WHERE reason = '' AND at BETWEEN {since:DateTime64(3, 'UTC')} AND {as_of:DateTime64(3, 'UTC')}
            UNION ALL
            SELECT naming.execution_id AS execution_id, alert.at AS at
            FROM
            (
                SELECT execution_id, arrayJoin([ifNull(alert_id, ''), ifNull(trigger_id, '')]) AS alert_id
                FROM execution_records
                WHERE reason = ''
            ) AS naming
            INNER JOIN alert ON alert.alert_id = naming.alert_id
        )
        GROUP BY execution_id
    ),
    incident AS
    (
        SELECT incident_id, max(at) AS at
        FROM
        (
            SELECT incident_id, greatest(landed_at, occurred_at) AS at
            FROM incident_records
            WHERE reason = '' AND at BETWEEN {since:DateTime64(3, 'UTC')} AND {as_of:DateTime64(3, 'UTC')}
            UNION ALL
            SELECT assumeNotNull(incident_id) AS incident_id, greatest(landed_at, occurred_at) AS at
            FROM alert_records
            WHERE reason = '' AND at BETWEEN {since:DateTime64(3, 'UTC')} AND {as_of:DateTime64(3, 'UTC')} AND ifNull(incident_id, '') != ''
            UNION ALL
            SELECT incident_id, assigned_at AS at
            FROM cluster_members
            WHERE assigned_at >= {since:DateTime64(3, 'UTC')}
            UNION ALL
            SELECT linked.incident_id AS incident_id, run.at AS at
            FROM (SELECT execution_id, arrayJoin(incident_ids) AS incident_id FROM kept) AS linked
            INNER JOIN run ON run.execution_id = linked.execution_id
        )
        GROUP BY incident_id
    ),
    linked_run AS
    (
        SELECT execution_id, at FROM run
        UNION ALL
        SELECT linked.execution_id AS execution_id, incident.at AS at
        FROM (SELECT execution_id, arrayJoin(incident_ids) AS incident_id FROM kept) AS linked
        INNER JOIN incident ON incident.incident_id = linked.incident_id
        UNION ALL
        SELECT assumeNotNull(r.caused_by_execution_id) AS execution_id, incident.at AS at
        FROM incident_records AS r
        INNER JOIN incident ON incident.incident_id = r.incident_id
        WHERE r.reason = '' AND ifNull(r.caused_by_execution_id, '') != ''
    )
SELECT kind, toDate32(day) AS day, max(at) AS at
FROM
(
    SELECT 'incident' AS kind, toStartOfDay(r.occurred_at) AS day, incident.at AS at
    FROM incident_records AS r
    INNER JOIN incident ON incident.incident_id = r.incident_id
    WHERE r.reason = '' AND r.type = 'incident.opened'
    UNION ALL
    SELECT 'run' AS kind, toStartOfDay(f.began_at) AS day, linked_run.at AS at
    FROM kept AS f
    INNER JOIN linked_run ON linked_run.execution_id = f.execution_id
    UNION ALL
    SELECT 'alert' AS kind, toStartOfDay(r.occurred_at) AS day, alert.at AS at
    FROM alert_records AS r
    INNER JOIN alert ON alert.alert_id = r.alert_id
    WHERE r.reason = '' AND r.type = 'alert.fired'
)
GROUP BY kind, day
