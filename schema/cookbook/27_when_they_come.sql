-- Which troubles come at a certain time of the day or day of the week?
-- Named only where so strong a concentration would come by chance in less than one case of a thousand. A job, a deployment or a limit that runs then is the first suspect.
SELECT cluster_id, substring(template, 1, 48) AS what, episode_count AS episodes, time_of_day, round(time_of_day_strength, 2) AS strength, day_of_week, round(responder_hours, 1) AS hours
FROM clusters
WHERE time_of_day != '' OR day_of_week != ''
ORDER BY episodes DESC, cluster_id
LIMIT 10
