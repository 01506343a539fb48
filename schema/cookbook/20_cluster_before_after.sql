-- Did one trouble get shorter once an automation ran on it?
-- The trouble with the most incidents among those with an automation; put another cluster_id in its place. Medians of resolved incidents before and since the first run that could change something; still_open ones are in neither. It says what was, not why: what compares like with like is mttr_impact.
WITH
    (SELECT cluster_id FROM clusters WHERE notEmpty(automations) ORDER BY incident_count DESC, cluster_id LIMIT 1) AS trouble,
    (
        SELECT min(e.began_at)
        FROM executions AS e
        INNER JOIN incidents AS i ON i.incident_id = e.incident_id
        WHERE i.cluster_id = trouble AND e.is_live AND e.mutating
    ) AS live
SELECT trouble, if(opened_at < live, 'before', 'since') AS period, count() AS incidents, countIf(is_open) AS still_open,
    round(quantileExact(0.5)(time_to_resolve_seconds) / 60, 1) AS median_minutes, min(opened_at) AS first, max(opened_at) AS last
FROM incidents
WHERE cluster_id = trouble AND NOT is_left_out AND classification != 'false_alarm'
GROUP BY period
ORDER BY period
