-- Dead letters that were sent again.
--
-- A replay is a record like any other; its header says which dead letter it
-- repeats, or of which that one was a replay already. So the audit trail needs no
-- writing: the dead letter stays as it landed, and what became of it is read from
-- the replays that have landed. A header that names a record of another topic, as
-- a mirrored topic may have, counts for nothing.
--
-- The index passes over the granules without a replay, which are nearly all.

ALTER TABLE incident_records
    ADD COLUMN IF NOT EXISTS replay_of String MATERIALIZED if(startsWith(arrayFirst(h -> h.1 = 'firebreak-replay-of', headers).2 AS place, concat(topic, '/')), place, '') COMMENT 'The record is a replay of the dead letter at this topic/partition/offset; empty for all others',
    ADD INDEX IF NOT EXISTS replays replay_of TYPE minmax GRANULARITY 1,
    MATERIALIZE COLUMN replay_of,
    MATERIALIZE INDEX replays;

ALTER TABLE alert_records
    ADD COLUMN IF NOT EXISTS replay_of String MATERIALIZED if(startsWith(arrayFirst(h -> h.1 = 'firebreak-replay-of', headers).2 AS place, concat(topic, '/')), place, '') COMMENT 'The record is a replay of the dead letter at this topic/partition/offset; empty for all others',
    ADD INDEX IF NOT EXISTS replays replay_of TYPE minmax GRANULARITY 1,
    MATERIALIZE COLUMN replay_of,
    MATERIALIZE INDEX replays;

ALTER TABLE execution_records
    ADD COLUMN IF NOT EXISTS replay_of String MATERIALIZED if(startsWith(arrayFirst(h -> h.1 = 'firebreak-replay-of', headers).2 AS place, concat(topic, '/')), place, '') COMMENT 'The record is a replay of the dead letter at this topic/partition/offset; empty for all others',
    ADD INDEX IF NOT EXISTS replays replay_of TYPE minmax GRANULARITY 1,
    MATERIALIZE COLUMN replay_of,
    MATERIALIZE INDEX replays;

CREATE VIEW dead_letters
(
    entity        String COMMENT 'What the topic is about: incident, alert or execution',
    topic         LowCardinality(String) COMMENT 'Kafka topic of the record',
    partition     Int32 COMMENT 'Kafka partition of the record',
    offset        UInt64 COMMENT 'Kafka offset of the record',
    recorded_at   DateTime64(3, 'UTC') COMMENT 'Timestamp that Kafka keeps with the record',
    landed_at     DateTime64(3, 'UTC') COMMENT 'When the batch with this record was written here',
    key           String COMMENT 'Kafka key of the record, as it came',
    headers       Array(Tuple(name String, value String)) COMMENT 'Kafka headers of the record, as they came',
    raw           String COMMENT 'Value of the record, byte for byte',
    reason        LowCardinality(String) COMMENT 'Why the record is a dead letter',
    fault_field   String COMMENT 'The field at fault, if one is',
    fault_message String COMMENT 'What is wrong, in a sentence',
    replay_of     String COMMENT 'The record is itself a replay of the dead letter at this topic/partition/offset; empty when it is not',
    replays       UInt64 COMMENT 'How many replays of it have landed; of a replay: of the first of them all, as in the next two',
    replayed_at   Nullable(DateTime64(3, 'UTC')) COMMENT 'When the first replay landed',
    repaired      Bool COMMENT 'Whether a replay landed as a good event'
)
AS
WITH
    letters AS
    (
        SELECT 'incident' AS entity, topic, partition, offset, recorded_at, landed_at, key, headers, raw, reason, fault_field, fault_message, replay_of
        FROM incident_records
        WHERE incident_id = '' AND reason != ''
        UNION ALL
        SELECT 'alert' AS entity, topic, partition, offset, recorded_at, landed_at, key, headers, raw, reason, fault_field, fault_message, replay_of
        FROM alert_records
        WHERE alert_id = '' AND reason != ''
        UNION ALL
        SELECT 'execution' AS entity, topic, partition, offset, recorded_at, landed_at, key, headers, raw, reason, fault_field, fault_message, replay_of
        FROM execution_records
        WHERE execution_id = '' AND reason != ''
    ),
    replays AS
    (
        SELECT replay_of AS original, count() AS replays, min(landed_at) AS replayed_at, toBool(countIf(reason = '') > 0) AS repaired
        FROM
        (
            SELECT replay_of, landed_at, reason FROM incident_records WHERE replay_of != ''
            UNION ALL
            SELECT replay_of, landed_at, reason FROM alert_records WHERE replay_of != ''
            UNION ALL
            SELECT replay_of, landed_at, reason FROM execution_records WHERE replay_of != ''
        )
        GROUP BY original
    )
SELECT
    entity, topic, partition, offset, recorded_at, landed_at, key, headers, raw, reason, fault_field, fault_message, replay_of,
    replays.replays AS replays, if(replays.replays = 0, NULL, replays.replayed_at) AS replayed_at, replays.repaired AS repaired
FROM letters
LEFT JOIN replays ON replays.original = if(letters.replay_of = '', concat(letters.topic, '/', toString(letters.partition), '/', toString(letters.offset)), letters.replay_of)
COMMENT 'Every record that broke the event contract, with its bytes, the reason, and what became of its replays';
