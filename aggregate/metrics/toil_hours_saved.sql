-- measured is what people spent on the like of it by hand, where there are five;
-- declared is what the automation's makers say.
SELECT run.execution_id AS execution_id, run.service AS service, team, environment, automation_id, automation_version, pattern, stage, trigger_kind,
    credit.execution_id != '' AS credited,
    if(credited AND by_hand.incidents >= 5, by_hand.minutes / by_hand.incidents, NULL) AS measured,
    if(credited, run.manual_minutes, NULL) AS declared,
    greatest(ifNull(run.residual_minutes, 0), ifNull(its.responder_minutes, 0)) AS spent,
    if(run.is_live AND NOT credited, ifNull(run.residual_minutes, 0), 0) AS wasted,
    if(run.is_live AND run.mutating, ifNull(induced.minutes, 0), 0) AS induced_minutes
FROM execution_cohort(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')}) AS run
LEFT JOIN credited_executions_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS credit ON credit.execution_id = run.execution_id
LEFT JOIN execution_incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS its ON its.execution_id = run.execution_id
LEFT JOIN execution_baselines(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')}) AS by_hand ON by_hand.execution_id = run.execution_id
LEFT JOIN
(
    SELECT caused_by_execution_id AS execution_id, sum(responder_minutes) AS minutes
    FROM incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
    WHERE caused_by_execution_id != '' AND opened_at IS NOT NULL AND NOT is_left_out
    GROUP BY caused_by_execution_id
) AS induced ON induced.execution_id = run.execution_id
