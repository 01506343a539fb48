-- Incidents that people confirmed to have been caused by an automation.
SELECT opened_at AS time, concat('caused by automation: ', i.title) AS title,
    concat(incident_id, ', execution ', caused_by_execution_id) AS text, arrayFilter(tag -> tag != '', ['induced', severity, service]) AS tags,
    service, team, environment, severity
FROM incident_cohort(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')}) AS i
WHERE caused_by_execution_id != '' AND NOT is_left_out
