SELECT min(occurred_at), count() FROM incident_records WHERE type = 'incident.opened' AND reason = ''
