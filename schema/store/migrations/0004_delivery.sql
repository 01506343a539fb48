-- What delivery needs beside the records themselves.
--
-- A lease: an insert says until when it may be carried out. One that ClickHouse
-- gets to later, because its sender was paused or the network held it up, is
-- refused with error 395 instead of landing when nobody expects it any more. The
-- lease itself is not kept; what it guards is landed_at, which the server's
-- clock now fills. The functions are those that look at the clock when the block
-- is there: now64 would be the moment at which the request began.
--
-- Parts are synced to the disk before an insert is answered: progress is what
-- has landed, so a part that a power cut took back would leave a hole that
-- nothing fills again.

ALTER TABLE incident_records
    ADD COLUMN IF NOT EXISTS lease_until DateTime64(3, 'UTC') EPHEMERAL COMMENT 'Not kept: until when this insert may be carried out',
    MODIFY COLUMN landed_at DateTime64(3, 'UTC') DEFAULT nowInBlock64(3, 'UTC') + throwIf(lease_until <= nowInBlock64(3, 'UTC'), 'the insert came after its lease had ended'),
    MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;

ALTER TABLE alert_records
    ADD COLUMN IF NOT EXISTS lease_until DateTime64(3, 'UTC') EPHEMERAL COMMENT 'Not kept: until when this insert may be carried out',
    MODIFY COLUMN landed_at DateTime64(3, 'UTC') DEFAULT nowInBlock64(3, 'UTC') + throwIf(lease_until <= nowInBlock64(3, 'UTC'), 'the insert came after its lease had ended'),
    MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;

ALTER TABLE execution_records
    ADD COLUMN IF NOT EXISTS lease_until DateTime64(3, 'UTC') EPHEMERAL COMMENT 'Not kept: until when this insert may be carried out',
    MODIFY COLUMN landed_at DateTime64(3, 'UTC') DEFAULT nowInBlock64(3, 'UTC') + throwIf(lease_until <= nowInBlock64(3, 'UTC'), 'the insert came after its lease had ended'),
    MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE feeds
(
    topic          String COMMENT 'Kafka topic',
    topic_id       String COMMENT 'Id that Kafka gave the topic; another one means that the topic was deleted and made anew. Empty where Kafka knows no ids',
    consumer_group String COMMENT 'Consumer group that writes its records here',
    claimed_at     DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When the group took the topic; the latest claim is in force'
)
ENGINE = MergeTree
ORDER BY (topic, claimed_at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Which topics feed this database, and which consumer group may write them: two groups would write every record twice';
