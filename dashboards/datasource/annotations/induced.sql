-- Incidents that people confirmed to have been caused by an automation.
SELECT i.opened_at AS time, concat('caused by automation: ', i.title) AS title,
    concat(i.incident_id, ', execution ', i.caused_by_execution_id) AS text, arrayFilter(tag -> tag != '', ['induced', i.severity, i.service]) AS tags
FROM incident_cohort(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')}) AS i
WHERE i.caused_by_execution_id != '' AND NOT i.is_left_out
