-- The weekly reviews as they were issued.
--
-- An issue is never written again: what people were told can be read forever. When a week
-- is looked at again and its review says something else, it is restated as a further issue.

CREATE TABLE review_issues
(
    week     String COMMENT 'ISO week, as 2026-W46',
    week_end DateTime64(3, 'UTC') COMMENT 'Monday after the week, 00:00 UTC',
    issue    UInt64 COMMENT 'Counts from 1; each that is more says that the week was restated, because late events changed what the one before said',
    tone     LowCardinality(String) COMMENT 'What it comes to: good, watch, bad, no detectable change, or nothing to judge',
    verdict  String COMMENT 'The verdict in three sentences: on the fires, on what automation did, and on what to do next',
    as_of    DateTime64(3, 'UTC') COMMENT 'How far outcomes are observed',
    document String COMMENT 'The whole review as one JSON object, as firebreak report --format json writes it' CODEC(ZSTD(3))
)
ENGINE = MergeTree
ORDER BY (week_end, issue)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Every issue of every weekly review';

CREATE TABLE review_looks
(
    week_end DateTime64(3, 'UTC') COMMENT 'Monday after the week, 00:00 UTC',
    as_of    DateTime64(3, 'UTC') COMMENT 'As of when its review was last made, whether or not it said something else'
)
ENGINE = ReplacingMergeTree(as_of)
ORDER BY week_end
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'When weeks were last looked at';

CREATE TABLE review_deliveries
(
    week_end     DateTime64(3, 'UTC') COMMENT 'Monday after the week whose review was sent, 00:00 UTC',
    delivered_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was sent'
)
ENGINE = MergeTree
ORDER BY week_end
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Weekly reviews that were sent to the webhook';

CREATE VIEW reviews
(
    week     String COMMENT 'ISO week, as 2026-W46',
    week_end DateTime64(3, 'UTC') COMMENT 'Monday after the week, 00:00 UTC',
    issue    UInt64 COMMENT 'How often it has been issued: above 1 the week was restated, because late events changed it',
    tone     LowCardinality(String) COMMENT 'What it comes to: good, watch, bad, no detectable change, or nothing to judge',
    verdict  String COMMENT 'The verdict in three sentences: on the fires, on what automation did, and on what to do next',
    as_of    DateTime64(3, 'UTC') COMMENT 'How far outcomes are observed'
)
AS SELECT week, week_end, issue, tone, verdict, as_of
FROM review_issues
ORDER BY issue DESC, as_of
LIMIT 1 BY week_end
COMMENT 'The weekly review of every week as it was last issued';
