-- Incidents that are open, and those of which events came but not that they opened.
SELECT countIf(is_open AND NOT is_left_out) AS open,
    countIf(is_open AND NOT is_left_out AND opened_at < toDateTime64({{as_of}}, 3, 'UTC') - INTERVAL 7 DAY) AS open_for_a_week,
    minOrNullIf(opened_at, is_open AND NOT is_left_out) AS oldest_at,
    countIf(opened_at IS NULL) AS never_opened
FROM incidents_as_of(as_of = {{as_of}})
