-- What should we automate next, and what would it give back?
-- The top of the backlog. hours are those that the end of the trouble would give back in a quarter; together adds them up from the top. Where assumed is true, nobody said how long such incidents take, and the usual was taken. Where mend_first is true, automation itself caused at least half of the incidents: mend that before anything is added. Left out is what came once or twice in 90 days, which may never come again.
SELECT rank, cluster_id, substring(title, 1, 40) AS what, incidents_now AS incidents, pattern AS automate_with, approval AS needs_approval, round(frequency, 1) AS a_month, round(hours_per_quarter, 1) AS hours,
    round(sum(hours_per_quarter) OVER (ORDER BY rank), 1) AS together, toil_assumed AS assumed, self_inflicted AS mend_first
FROM backlog
WHERE incidents_now >= 3
ORDER BY rank
LIMIT 10
