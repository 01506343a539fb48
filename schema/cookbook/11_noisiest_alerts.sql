-- Which alerts are noise?
-- The 90 days before the newest alert. Of the judged ones, those that people called noise or a false positive; what nobody judged says nothing. Rules with few judged alerts are left out. fired × noise is what a better rule would spare.
SELECT name AS rule, count() AS fired, countIf(verdict != '') AS judged, countIf(verdict IN ('noise', 'false_positive')) AS noise, round(100 * noise / judged) AS percent, round(fired * noise / judged) AS spared
FROM alerts
WHERE fired_at >= (SELECT max(fired_at) FROM alerts) - INTERVAL 90 DAY
GROUP BY rule
HAVING judged >= 20
ORDER BY spared DESC, rule
LIMIT 10
