-- Recurrence clusters with an incident that opened in the range, as the worker last computed them.
SELECT cluster_id, template, state, services, teams, incidents_now, episodes_now, incident_count, rate, rate_low, rate_high,
    rate_before, rate_ratio, rate_ratio_low, rate_ratio_high, median_days_between, time_of_day, day_of_week,
    time_to_resolve, time_to_resolve_low, time_to_resolve_high, open_count, responder_hours, responder_hours_unknown,
    automations, ended_by, ended_at, varies, first_seen, last_seen, computed_at
FROM clusters
WHERE cluster_id IN
    (
        SELECT cluster_id
        FROM incident_clusters
        WHERE incident_id IN
            (
                SELECT incident_id
                FROM incident_cohort(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')})
                WHERE NOT is_left_out
            )
    )
