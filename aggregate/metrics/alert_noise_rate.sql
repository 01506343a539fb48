SELECT service, team, environment, severity, fired_at AS at,
    if(verdict = '', NULL, verdict IN ('noise', 'false_positive')) AS outcome,
    false AS left_out
FROM alert_cohort(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')})
