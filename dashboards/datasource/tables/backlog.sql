-- What to automate next, as the worker last ranked it.
SELECT rank, title, cluster_id, services, teams, state, incidents_now, frequency, impact, toil, toil_assumed, score, leverage, alignment, priority,
    easy_win, self_inflicted, hours_per_quarter, pattern, pattern_reason, approval, approval_reason, automations, settings_version, computed_at
FROM backlog
