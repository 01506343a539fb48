-- The days on which events occurred that landed since a moment.
SELECT DISTINCT toDate(occurred_at, 'UTC') AS day FROM incident_records WHERE reason = '' AND landed_at >= {since:DateTime64(3, 'UTC')}
UNION DISTINCT
SELECT DISTINCT toDate(occurred_at, 'UTC') AS day FROM alert_records WHERE reason = '' AND landed_at >= {since:DateTime64(3, 'UTC')}
UNION DISTINCT
SELECT DISTINCT toDate(occurred_at, 'UTC') AS day FROM execution_records WHERE reason = '' AND landed_at >= {since:DateTime64(3, 'UTC')}
