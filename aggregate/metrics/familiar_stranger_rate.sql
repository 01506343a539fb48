-- Unknown while the incident has not been matched. Titles differ when they do in more
-- than letter case, white space, and what has digits in it. Of several that opened at once the
-- one with the greatest id is the one before.
SELECT i.incident_id AS incident_id, i.service AS service, i.team AS team, i.environment AS environment, i.severity AS severity,
    i.trigger_kind AS trigger_kind, i.resolved_by AS resolved_by, i.opened_at AS at,
    if(i.cluster_id = '', NULL, i.recurs AND i.opened_ms - i.previous_ms BETWEEN 60 * 86400000 AND 180 * 86400000 AND
        (i.service != previous.service OR arrayUniq(arrayMap(
            text -> trim(replaceRegexpAll(replaceRegexpAll(replaceRegexpAll(replaceRegexpAll(lowerUTF8(text),
                '[\\p{L}\\p{N}_.:/-]*\\p{Nd}[\\p{L}\\p{N}_.:/-]*', '#'),
                '(^|[^\\p{L}\\p{N}_.:/-])[a-f-]{8,}($|[^\\p{L}\\p{N}_.:/-])', '\\1#\\2'),
                '(^|[^\\p{L}\\p{N}_.:/-])[a-f-]{8,}($|[^\\p{L}\\p{N}_.:/-])', '\\1#\\2'),
                '[\\s\\p{Z}\\x{85}]+', ' ')),
            [i.title, previous.title])) > 1)) AS outcome,
    false AS left_out
FROM {{intervals}} AS i
LEFT JOIN
(
    SELECT cluster_id, opened_ms, argMax(title, incident_id) AS title, argMax(service, incident_id) AS service
    FROM {{intervals}}
    GROUP BY cluster_id, opened_ms
) AS previous ON previous.cluster_id = i.cluster_id AND previous.opened_ms = i.previous_ms
WHERE i.opened_at >= {from:DateTime64(3, 'UTC')}
