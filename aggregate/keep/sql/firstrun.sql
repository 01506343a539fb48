-- No row when nothing ever ran.
SELECT min(occurred_at) FROM execution_records WHERE reason = '' HAVING count() > 0
