SELECT service, team, environment, severity, fired_at AS at
FROM alert_cohort(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')})
