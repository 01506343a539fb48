INSERT INTO execution_facts_kept
SELECT {as_of:DateTime64(3, 'UTC')}, execution_id, began_at, is_live, is_success, mutating, incident_ids, incident_id, incident_service, incident_opened_at, incident_responder_minutes, is_needed
FROM execution_facts_folded_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
