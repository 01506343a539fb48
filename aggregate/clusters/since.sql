SELECT min(occurred_at) FROM incident_records WHERE type = 'incident.opened' AND reason = ''
