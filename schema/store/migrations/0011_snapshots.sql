-- Metrics of whole days and weeks, as the worker computed them.

CREATE TABLE metric_snapshots
(
    period      LowCardinality(String) COMMENT 'day or week',
    starts      Date32 COMMENT 'First day, UTC; of a week its Monday',
    metric      LowCardinality(String) COMMENT 'Metric',
    dimension   LowCardinality(String) COMMENT 'What it is grouped by; empty for everything together',
    value       String COMMENT 'Value of the dimension',
    n           Int64 COMMENT 'How many cases the estimate rests on',
    estimate    Nullable(Float64) COMMENT 'The number',
    low         Nullable(Float64) COMMENT 'Lower end of its 95 % interval',
    high        Nullable(Float64) COMMENT 'Upper end of its 95 % interval',
    unit        LowCardinality(String) COMMENT 'What it counts',
    status      LowCardinality(String) COMMENT 'ok, or why there is no number',
    numerator   Nullable(Int64) COMMENT 'Cases that count',
    denominator Nullable(Int64) COMMENT 'Cases of which they are a part',
    censored    Nullable(Int64) COMMENT 'Cases that were still open',
    unknown     Nullable(Int64) COMMENT 'Cases of which it is not known',
    coverage    Nullable(Float64) COMMENT 'Share of treated incidents that could be compared',
    beside      Map(LowCardinality(String), Nullable(Float64)) COMMENT 'Further numbers',
    is_gone     Bool COMMENT 'The value does not occur in the period any more',
    computed_at DateTime64(3, 'UTC') COMMENT 'As of when it was computed'
)
ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYear(starts)
ORDER BY (period, metric, dimension, starts, value)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Every computation of a metric for a day or week; the latest counts';

CREATE VIEW metrics_daily
(
    metric      LowCardinality(String) COMMENT 'Metric; firebreak metric list says what each means',
    day         Date32 COMMENT 'Day, UTC',
    dimension   LowCardinality(String) COMMENT 'What it is grouped by; empty for everything together',
    value       String COMMENT 'Value of the dimension; empty when unknown',
    n           Int64 COMMENT 'How many cases the estimate rests on',
    estimate    Nullable(Float64) COMMENT 'The number; NULL unless status is ok',
    low         Nullable(Float64) COMMENT 'Lower end of its 95 % interval; NULL where there is none',
    high        Nullable(Float64) COMMENT 'Upper end of its 95 % interval; NULL where there is none',
    unit        LowCardinality(String) COMMENT 'What it counts',
    status      LowCardinality(String) COMMENT 'ok, insufficient, not_reached, immature or no_baseline',
    numerator   Nullable(Int64) COMMENT 'Cases that count, where it is a part of others',
    denominator Nullable(Int64) COMMENT 'Cases of which they are a part',
    censored    Nullable(Int64) COMMENT 'Cases that were still open',
    unknown     Nullable(Int64) COMMENT 'Cases of which it is not known',
    coverage    Nullable(Float64) COMMENT 'Share of treated incidents that could be compared',
    beside      Map(LowCardinality(String), Nullable(Float64)) COMMENT 'Further numbers by their names, as firebreak metric shows them; true is 1',
    computed_at DateTime64(3, 'UTC') COMMENT 'As of when it was computed: what occurred or landed later is in the next computation'
)
AS SELECT metric, starts AS day, dimension, value, n, estimate, low, high, unit, status, numerator, denominator, censored, unknown, coverage, beside, computed_at
FROM metric_snapshots FINAL
WHERE period = 'day' AND NOT is_gone
COMMENT 'Metrics of each day in which something happened, altogether and by each dimension, restated when late events arrive';

CREATE VIEW metrics_weekly
(
    metric      LowCardinality(String) COMMENT 'Metric; firebreak metric list says what each means',
    week        Date32 COMMENT 'Monday of the ISO week, UTC',
    dimension   LowCardinality(String) COMMENT 'What it is grouped by; empty for everything together',
    value       String COMMENT 'Value of the dimension; empty when unknown',
    n           Int64 COMMENT 'How many cases the estimate rests on',
    estimate    Nullable(Float64) COMMENT 'The number; NULL unless status is ok',
    low         Nullable(Float64) COMMENT 'Lower end of its 95 % interval; NULL where there is none',
    high        Nullable(Float64) COMMENT 'Upper end of its 95 % interval; NULL where there is none',
    unit        LowCardinality(String) COMMENT 'What it counts',
    status      LowCardinality(String) COMMENT 'ok, insufficient, not_reached, immature or no_baseline',
    numerator   Nullable(Int64) COMMENT 'Cases that count, where it is a part of others',
    denominator Nullable(Int64) COMMENT 'Cases of which they are a part',
    censored    Nullable(Int64) COMMENT 'Cases that were still open',
    unknown     Nullable(Int64) COMMENT 'Cases of which it is not known',
    coverage    Nullable(Float64) COMMENT 'Share of treated incidents that could be compared',
    beside      Map(LowCardinality(String), Nullable(Float64)) COMMENT 'Further numbers by their names, as firebreak metric shows them; true is 1',
    computed_at DateTime64(3, 'UTC') COMMENT 'As of when it was computed: what occurred or landed later is in the next computation'
)
AS SELECT metric, starts AS week, dimension, value, n, estimate, low, high, unit, status, numerator, denominator, censored, unknown, coverage, beside, computed_at
FROM metric_snapshots FINAL
WHERE period = 'week' AND NOT is_gone
COMMENT 'Metrics of each week in which something happened, altogether and by each dimension, restated when late events arrive';

