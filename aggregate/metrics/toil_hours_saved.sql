-- measured is what people spent on the like of it by hand, where there are five;
-- declared is what the automation's makers say.
SELECT run.execution_id AS execution_id, service, team, environment, automation_id, automation_version, pattern, stage, trigger_kind, run.began_at AS at,
    baseline.is_credited AS credited,
    if(credited AND baseline.incidents >= 5, baseline.minutes / baseline.incidents, NULL) AS measured,
    if(credited, manual_minutes, NULL) AS declared,
    greatest(ifNull(residual_minutes, 0), ifNull(baseline.incident_responder_minutes, 0)) AS spent,
    if(is_live AND NOT credited, ifNull(residual_minutes, 0), 0) AS wasted,
    if(is_live AND mutating, ifNull(induced.minutes, 0), 0) AS induced_minutes
FROM execution_cohort(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')}) AS run
INNER JOIN execution_baselines(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')}) AS baseline ON baseline.execution_id = run.execution_id
LEFT JOIN induced_incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS induced ON induced.execution_id = run.execution_id
