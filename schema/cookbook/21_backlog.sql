-- What should we automate next, and what would it give back?
-- The top of the backlog. hours are those that the end of the trouble would give back in a quarter; together adds them up from the top. Where assumed is true, nobody said how long such incidents take, and the usual was taken.
SELECT rank, cluster_id, substring(title, 1, 40) AS what, pattern AS automate_with, approval AS needs_approval, round(frequency, 1) AS a_month, round(hours_per_quarter, 1) AS hours,
    round(sum(hours_per_quarter) OVER (ORDER BY rank), 1) AS together, toil_assumed AS assumed
FROM backlog
ORDER BY rank
LIMIT 10
