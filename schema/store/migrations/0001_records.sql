-- Where records rest.
--
-- One table an entity holds every record of its topic, good events and dead
-- letters alike: they land in one insert of one block, which is one part, so
-- that a batch is there wholly or not at all and offsets have no holes. The
-- views below tell the two apart.
--
-- Sorted by the entity's id, because every number begins with folding the
-- events of one entity into its state: they lie side by side and looking up one
-- entity reads one granule. Dead letters have no id and so lie together at the start.
--
-- Not partitioned: an insert that spans partitions is not atomic.
--
-- The projection is written within each part, so that "which offset landed
-- last" is answered from a few rows and can never disagree with the rows.
--
-- Parts are kept compact, all columns in one file, up to a size that merges
-- reach: with this many columns a file for each would cost a fresh part more
-- than its rows.
--
-- The deduplication window remembers the tokens of the latest blocks, so that
-- a block sent again after a lost answer is not written twice.

CREATE TABLE incident_records
(
    topic                  LowCardinality(String) COMMENT 'Kafka topic of the record',
    partition              Int32 COMMENT 'Kafka partition of the record',
    offset                 UInt64 COMMENT 'Kafka offset of the record',
    recorded_at            DateTime64(3, 'UTC') COMMENT 'Timestamp that Kafka keeps with the record',
    landed_at              DateTime64(3, 'UTC') COMMENT 'When the batch with this record was written here',
    key                    String COMMENT 'Kafka key of the record, as it came',
    headers                Array(Tuple(name String, value String)) COMMENT 'Kafka headers of the record, as they came',
    raw                    String COMMENT 'Value of the record, byte for byte',
    reason                 LowCardinality(String) COMMENT 'Why the record is a dead letter; empty for a good event',
    fault_field            String COMMENT 'Dead letters: the field at fault, if one is',
    fault_message          String COMMENT 'Dead letters: what is wrong, in a sentence',
    event_id               String COMMENT 'Idempotency key: the same event_id from the same source is one event',
    type                   LowCardinality(String) COMMENT 'Event type',
    occurred_at            DateTime64(3, 'UTC') COMMENT 'When it happened, by the sender\'s clock',
    source                 LowCardinality(String) COMMENT 'Sending system; empty when unknown',
    labels                 Map(String, String) COMMENT 'Free labels',
    extra                  String COMMENT 'JSON object of the fields that the contract does not know; empty when none',
    carried                UInt8 COMMENT 'Which of the fields that cannot be NULL the event carries, as bits: 1 labels, 2 alert_ids, 4 execution_ids, 8 actions',
    incident_id            String COMMENT 'Incident',
    title                  Nullable(String) COMMENT 'Title',
    description            Nullable(String) COMMENT 'Description',
    service                LowCardinality(Nullable(String)) COMMENT 'Service',
    team                   LowCardinality(Nullable(String)) COMMENT 'Team',
    environment            LowCardinality(Nullable(String)) COMMENT 'Environment',
    cause                  LowCardinality(Nullable(String)) COMMENT 'Root-cause category that the review found',
    severity               LowCardinality(Nullable(String)) COMMENT 'sev1 (worst) to sev5',
    started_at             Nullable(DateTime64(3, 'UTC')) COMMENT 'When the impact began, if known to differ from the opening',
    trigger_kind           LowCardinality(Nullable(String)) COMMENT 'What raised it: alert, customer, manual or automation',
    trigger_id             Nullable(String) COMMENT 'Id of what raised it',
    alert_ids              Array(String) COMMENT 'Alerts that belong to it',
    execution_ids          Array(String) COMMENT 'Executions that took part',
    classification         LowCardinality(Nullable(String)) COMMENT 'incident, false_alarm, drill, maintenance, test or merged',
    resolved_by            LowCardinality(Nullable(String)) COMMENT 'human, automation or self',
    caused_by_execution_id Nullable(String) COMMENT 'Execution that caused it, confirmed by a person',
    responder_minutes      Nullable(Float64) COMMENT 'Hands-on minutes of people so far',
    users_affected         Nullable(Float64) COMMENT 'Users affected so far',
    revenue_lost           Nullable(Float64) COMMENT 'Revenue lost so far, in the sender\'s currency',
    error_budget_minutes   Nullable(Float64) COMMENT 'Error budget spent so far, in minutes',
    actions                Array(Tuple(id String, kind String, automatable Bool, ticket String, extra String)) COMMENT 'What the post-incident review decided; kind is fix or band_aid, extra a JSON object of unknown members',
    recency                UInt128 ALIAS bitShiftLeft(toUInt128(toUnixTimestamp64Milli(occurred_at)), 84) + bitShiftLeft(toUInt128(offset), 24) + toUInt128(partition) COMMENT 'Order of events: by occurrence, then offset, then partition, in one number',

    PROJECTION progress
    (
        SELECT topic, partition, count(), sum(offset), min(offset), max(offset)
        GROUP BY topic, partition
    )
)
ENGINE = MergeTree
ORDER BY (incident_id, occurred_at, offset)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 134217728
COMMENT 'Every record of the incidents topic exactly once, good events and dead letters, as it came and as it was read';

CREATE TABLE alert_records
(
    topic         LowCardinality(String) COMMENT 'Kafka topic of the record',
    partition     Int32 COMMENT 'Kafka partition of the record',
    offset        UInt64 COMMENT 'Kafka offset of the record',
    recorded_at   DateTime64(3, 'UTC') COMMENT 'Timestamp that Kafka keeps with the record',
    landed_at     DateTime64(3, 'UTC') COMMENT 'When the batch with this record was written here',
    key           String COMMENT 'Kafka key of the record, as it came',
    headers       Array(Tuple(name String, value String)) COMMENT 'Kafka headers of the record, as they came',
    raw           String COMMENT 'Value of the record, byte for byte',
    reason        LowCardinality(String) COMMENT 'Why the record is a dead letter; empty for a good event',
    fault_field   String COMMENT 'Dead letters: the field at fault, if one is',
    fault_message String COMMENT 'Dead letters: what is wrong, in a sentence',
    event_id      String COMMENT 'Idempotency key: the same event_id from the same source is one event',
    type          LowCardinality(String) COMMENT 'Event type',
    occurred_at   DateTime64(3, 'UTC') COMMENT 'When it happened, by the sender\'s clock',
    source        LowCardinality(String) COMMENT 'Sending system; empty when unknown',
    labels        Map(String, String) COMMENT 'Free labels',
    extra         String COMMENT 'JSON object of the fields that the contract does not know; empty when none',
    carried       UInt8 COMMENT 'Which of the fields that cannot be NULL the event carries, as bits: 1 labels',
    alert_id      String COMMENT 'One firing of an alert',
    name          LowCardinality(Nullable(String)) COMMENT 'Alert rule',
    fingerprint   Nullable(String) COMMENT 'The same over every firing of the same alert on the same target',
    summary       Nullable(String) COMMENT 'Summary',
    service       LowCardinality(Nullable(String)) COMMENT 'Service',
    team          LowCardinality(Nullable(String)) COMMENT 'Team',
    environment   LowCardinality(Nullable(String)) COMMENT 'Environment',
    severity      LowCardinality(Nullable(String)) COMMENT 'sev1 (worst) to sev5',
    incident_id   Nullable(String) COMMENT 'Incident that it belongs to',
    verdict       LowCardinality(Nullable(String)) COMMENT 'actionable, noise or false_positive',
    recency                UInt128 ALIAS bitShiftLeft(toUInt128(toUnixTimestamp64Milli(occurred_at)), 84) + bitShiftLeft(toUInt128(offset), 24) + toUInt128(partition) COMMENT 'Order of events: by occurrence, then offset, then partition, in one number',

    PROJECTION progress
    (
        SELECT topic, partition, count(), sum(offset), min(offset), max(offset)
        GROUP BY topic, partition
    )
)
ENGINE = MergeTree
ORDER BY (alert_id, occurred_at, offset)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 134217728
COMMENT 'Every record of the alerts topic exactly once, good events and dead letters, as it came and as it was read';

CREATE TABLE execution_records
(
    topic              LowCardinality(String) COMMENT 'Kafka topic of the record',
    partition          Int32 COMMENT 'Kafka partition of the record',
    offset             UInt64 COMMENT 'Kafka offset of the record',
    recorded_at        DateTime64(3, 'UTC') COMMENT 'Timestamp that Kafka keeps with the record',
    landed_at          DateTime64(3, 'UTC') COMMENT 'When the batch with this record was written here',
    key                String COMMENT 'Kafka key of the record, as it came',
    headers            Array(Tuple(name String, value String)) COMMENT 'Kafka headers of the record, as they came',
    raw                String COMMENT 'Value of the record, byte for byte',
    reason             LowCardinality(String) COMMENT 'Why the record is a dead letter; empty for a good event',
    fault_field        String COMMENT 'Dead letters: the field at fault, if one is',
    fault_message      String COMMENT 'Dead letters: what is wrong, in a sentence',
    event_id           String COMMENT 'Idempotency key: the same event_id from the same source is one event',
    type               LowCardinality(String) COMMENT 'Event type',
    occurred_at        DateTime64(3, 'UTC') COMMENT 'When it happened, by the sender\'s clock',
    source             LowCardinality(String) COMMENT 'Sending system; empty when unknown',
    labels             Map(String, String) COMMENT 'Free labels',
    extra              String COMMENT 'JSON object of the fields that the contract does not know; empty when none',
    carried            UInt8 COMMENT 'Which of the fields that cannot be NULL the event carries, as bits: 1 labels, 2 targets',
    execution_id       String COMMENT 'One run of an automation',
    automation_id      LowCardinality(String) COMMENT 'Automation',
    automation_name    LowCardinality(Nullable(String)) COMMENT 'Name of the automation',
    automation_version LowCardinality(Nullable(String)) COMMENT 'Version of the automation',
    pattern            LowCardinality(Nullable(String)) COMMENT 'script, operator or self_healing',
    stage              LowCardinality(Nullable(String)) COMMENT 'dry_run, canary or full',
    trigger_kind       LowCardinality(Nullable(String)) COMMENT 'What set it off: alert, incident, schedule, condition or manual',
    trigger_id         Nullable(String) COMMENT 'Id of what set it off',
    incident_id        Nullable(String) COMMENT 'Incident that it worked on',
    alert_id           Nullable(String) COMMENT 'Alert that it worked on',
    service            LowCardinality(Nullable(String)) COMMENT 'Service',
    team               LowCardinality(Nullable(String)) COMMENT 'Team',
    environment        LowCardinality(Nullable(String)) COMMENT 'Environment',
    targets            Array(String) COMMENT 'What it acted on',
    decision           Nullable(String) COMMENT 'The rule and the inputs that made it act',
    command            Nullable(String) COMMENT 'What was executed',
    actor              LowCardinality(Nullable(String)) COMMENT 'Who or what ran it',
    approver           LowCardinality(Nullable(String)) COMMENT 'Who approved it',
    mutating           Nullable(Bool) COMMENT 'false for a diagnosis that changes nothing',
    changed            Nullable(Bool) COMMENT 'false: it ran and found nothing to do',
    error              Nullable(String) COMMENT 'Error of a failed run',
    verdict            LowCardinality(Nullable(String)) COMMENT 'necessary or unnecessary: was the action needed',
    manual_minutes     Nullable(Float64) COMMENT 'Declared: hands-on minutes that a person would have needed',
    residual_minutes   Nullable(Float64) COMMENT 'Hands-on minutes that people still spent on this run',
    recency                UInt128 ALIAS bitShiftLeft(toUInt128(toUnixTimestamp64Milli(occurred_at)), 84) + bitShiftLeft(toUInt128(offset), 24) + toUInt128(partition) COMMENT 'Order of events: by occurrence, then offset, then partition, in one number',

    PROJECTION progress
    (
        SELECT topic, partition, count(), sum(offset), min(offset), max(offset)
        GROUP BY topic, partition
    )
)
ENGINE = MergeTree
ORDER BY (execution_id, occurred_at, offset)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 134217728
COMMENT 'Every record of the executions topic exactly once, good events and dead letters, as it came and as it was read';

CREATE VIEW incident_events
(
    topic                  LowCardinality(String) COMMENT 'Kafka topic of the record',
    partition              Int32 COMMENT 'Kafka partition of the record',
    offset                 UInt64 COMMENT 'Kafka offset of the record',
    recorded_at            DateTime64(3, 'UTC') COMMENT 'Timestamp that Kafka keeps with the record',
    landed_at              DateTime64(3, 'UTC') COMMENT 'When the batch with this record was written here',
    key                    String COMMENT 'Kafka key of the record, as it came',
    headers                Array(Tuple(name String, value String)) COMMENT 'Kafka headers of the record, as they came',
    raw                    String COMMENT 'Value of the record, byte for byte',
    event_id               String COMMENT 'Idempotency key: the same event_id from the same source is one event',
    type                   LowCardinality(String) COMMENT 'Event type',
    occurred_at            DateTime64(3, 'UTC') COMMENT 'When it happened, by the sender\'s clock',
    source                 LowCardinality(String) COMMENT 'Sending system; empty when unknown',
    labels                 Map(String, String) COMMENT 'Free labels',
    extra                  String COMMENT 'JSON object of the fields that the contract does not know; empty when none',
    carried                UInt8 COMMENT 'Which of the fields that cannot be NULL the event carries, as bits: 1 labels, 2 alert_ids, 4 execution_ids, 8 actions',
    incident_id            String COMMENT 'Incident',
    title                  Nullable(String) COMMENT 'Title',
    description            Nullable(String) COMMENT 'Description',
    service                LowCardinality(Nullable(String)) COMMENT 'Service',
    team                   LowCardinality(Nullable(String)) COMMENT 'Team',
    environment            LowCardinality(Nullable(String)) COMMENT 'Environment',
    cause                  LowCardinality(Nullable(String)) COMMENT 'Root-cause category that the review found',
    severity               LowCardinality(Nullable(String)) COMMENT 'sev1 (worst) to sev5',
    started_at             Nullable(DateTime64(3, 'UTC')) COMMENT 'When the impact began, if known to differ from the opening',
    trigger_kind           LowCardinality(Nullable(String)) COMMENT 'What raised it: alert, customer, manual or automation',
    trigger_id             Nullable(String) COMMENT 'Id of what raised it',
    alert_ids              Array(String) COMMENT 'Alerts that belong to it',
    execution_ids          Array(String) COMMENT 'Executions that took part',
    classification         LowCardinality(Nullable(String)) COMMENT 'incident, false_alarm, drill, maintenance, test or merged',
    resolved_by            LowCardinality(Nullable(String)) COMMENT 'human, automation or self',
    caused_by_execution_id Nullable(String) COMMENT 'Execution that caused it, confirmed by a person',
    responder_minutes      Nullable(Float64) COMMENT 'Hands-on minutes of people so far',
    users_affected         Nullable(Float64) COMMENT 'Users affected so far',
    revenue_lost           Nullable(Float64) COMMENT 'Revenue lost so far, in the sender\'s currency',
    error_budget_minutes   Nullable(Float64) COMMENT 'Error budget spent so far, in minutes',
    actions                Array(Tuple(id String, kind String, automatable Bool, ticket String, extra String)) COMMENT 'What the post-incident review decided; kind is fix or band_aid, extra a JSON object of unknown members'
)
AS SELECT topic, partition, offset, recorded_at, landed_at, key, headers, raw, event_id, type, occurred_at, source, labels, extra, carried, incident_id, title, description, service, team, environment, cause, severity, started_at, trigger_kind, trigger_id, alert_ids, execution_ids, classification, resolved_by, caused_by_execution_id, responder_minutes, users_affected, revenue_lost, error_budget_minutes, actions
FROM incident_records
WHERE reason = ''
COMMENT 'Every event about an incident as it came. Copies of an event are rows of their own: count with uniqExact(source, event_id)';

CREATE VIEW alert_events
(
    topic       LowCardinality(String) COMMENT 'Kafka topic of the record',
    partition   Int32 COMMENT 'Kafka partition of the record',
    offset      UInt64 COMMENT 'Kafka offset of the record',
    recorded_at DateTime64(3, 'UTC') COMMENT 'Timestamp that Kafka keeps with the record',
    landed_at   DateTime64(3, 'UTC') COMMENT 'When the batch with this record was written here',
    key         String COMMENT 'Kafka key of the record, as it came',
    headers     Array(Tuple(name String, value String)) COMMENT 'Kafka headers of the record, as they came',
    raw         String COMMENT 'Value of the record, byte for byte',
    event_id    String COMMENT 'Idempotency key: the same event_id from the same source is one event',
    type        LowCardinality(String) COMMENT 'Event type',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened, by the sender\'s clock',
    source      LowCardinality(String) COMMENT 'Sending system; empty when unknown',
    labels      Map(String, String) COMMENT 'Free labels',
    extra       String COMMENT 'JSON object of the fields that the contract does not know; empty when none',
    carried     UInt8 COMMENT 'Which of the fields that cannot be NULL the event carries, as bits: 1 labels',
    alert_id    String COMMENT 'One firing of an alert',
    name        LowCardinality(Nullable(String)) COMMENT 'Alert rule',
    fingerprint Nullable(String) COMMENT 'The same over every firing of the same alert on the same target',
    summary     Nullable(String) COMMENT 'Summary',
    service     LowCardinality(Nullable(String)) COMMENT 'Service',
    team        LowCardinality(Nullable(String)) COMMENT 'Team',
    environment LowCardinality(Nullable(String)) COMMENT 'Environment',
    severity    LowCardinality(Nullable(String)) COMMENT 'sev1 (worst) to sev5',
    incident_id Nullable(String) COMMENT 'Incident that it belongs to',
    verdict     LowCardinality(Nullable(String)) COMMENT 'actionable, noise or false_positive'
)
AS SELECT topic, partition, offset, recorded_at, landed_at, key, headers, raw, event_id, type, occurred_at, source, labels, extra, carried, alert_id, name, fingerprint, summary, service, team, environment, severity, incident_id, verdict
FROM alert_records
WHERE reason = ''
COMMENT 'Every event about an alert as it came. Copies of an event are rows of their own: count with uniqExact(source, event_id)';

CREATE VIEW execution_events
(
    topic              LowCardinality(String) COMMENT 'Kafka topic of the record',
    partition          Int32 COMMENT 'Kafka partition of the record',
    offset             UInt64 COMMENT 'Kafka offset of the record',
    recorded_at        DateTime64(3, 'UTC') COMMENT 'Timestamp that Kafka keeps with the record',
    landed_at          DateTime64(3, 'UTC') COMMENT 'When the batch with this record was written here',
    key                String COMMENT 'Kafka key of the record, as it came',
    headers            Array(Tuple(name String, value String)) COMMENT 'Kafka headers of the record, as they came',
    raw                String COMMENT 'Value of the record, byte for byte',
    event_id           String COMMENT 'Idempotency key: the same event_id from the same source is one event',
    type               LowCardinality(String) COMMENT 'Event type',
    occurred_at        DateTime64(3, 'UTC') COMMENT 'When it happened, by the sender\'s clock',
    source             LowCardinality(String) COMMENT 'Sending system; empty when unknown',
    labels             Map(String, String) COMMENT 'Free labels',
    extra              String COMMENT 'JSON object of the fields that the contract does not know; empty when none',
    carried            UInt8 COMMENT 'Which of the fields that cannot be NULL the event carries, as bits: 1 labels, 2 targets',
    execution_id       String COMMENT 'One run of an automation',
    automation_id      LowCardinality(String) COMMENT 'Automation',
    automation_name    LowCardinality(Nullable(String)) COMMENT 'Name of the automation',
    automation_version LowCardinality(Nullable(String)) COMMENT 'Version of the automation',
    pattern            LowCardinality(Nullable(String)) COMMENT 'script, operator or self_healing',
    stage              LowCardinality(Nullable(String)) COMMENT 'dry_run, canary or full',
    trigger_kind       LowCardinality(Nullable(String)) COMMENT 'What set it off: alert, incident, schedule, condition or manual',
    trigger_id         Nullable(String) COMMENT 'Id of what set it off',
    incident_id        Nullable(String) COMMENT 'Incident that it worked on',
    alert_id           Nullable(String) COMMENT 'Alert that it worked on',
    service            LowCardinality(Nullable(String)) COMMENT 'Service',
    team               LowCardinality(Nullable(String)) COMMENT 'Team',
    environment        LowCardinality(Nullable(String)) COMMENT 'Environment',
    targets            Array(String) COMMENT 'What it acted on',
    decision           Nullable(String) COMMENT 'The rule and the inputs that made it act',
    command            Nullable(String) COMMENT 'What was executed',
    actor              LowCardinality(Nullable(String)) COMMENT 'Who or what ran it',
    approver           LowCardinality(Nullable(String)) COMMENT 'Who approved it',
    mutating           Nullable(Bool) COMMENT 'false for a diagnosis that changes nothing',
    changed            Nullable(Bool) COMMENT 'false: it ran and found nothing to do',
    error              Nullable(String) COMMENT 'Error of a failed run',
    verdict            LowCardinality(Nullable(String)) COMMENT 'necessary or unnecessary: was the action needed',
    manual_minutes     Nullable(Float64) COMMENT 'Declared: hands-on minutes that a person would have needed',
    residual_minutes   Nullable(Float64) COMMENT 'Hands-on minutes that people still spent on this run'
)
AS SELECT topic, partition, offset, recorded_at, landed_at, key, headers, raw, event_id, type, occurred_at, source, labels, extra, carried, execution_id, automation_id, automation_name, automation_version, pattern, stage, trigger_kind, trigger_id, incident_id, alert_id, service, team, environment, targets, decision, command, actor, approver, mutating, changed, error, verdict, manual_minutes, residual_minutes
FROM execution_records
WHERE reason = ''
COMMENT 'Every event about an execution as it came. Copies of an event are rows of their own: count with uniqExact(source, event_id)';

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
    reason        LowCardinality(String) COMMENT 'Why the record is a dead letter; empty for a good event',
    fault_field   String COMMENT 'Dead letters: the field at fault, if one is',
    fault_message String COMMENT 'Dead letters: what is wrong, in a sentence'
)
AS
SELECT 'incident' AS entity, topic, partition, offset, recorded_at, landed_at, key, headers, raw, reason, fault_field, fault_message
FROM incident_records
WHERE incident_id = '' AND reason != ''
UNION ALL
SELECT 'alert' AS entity, topic, partition, offset, recorded_at, landed_at, key, headers, raw, reason, fault_field, fault_message
FROM alert_records
WHERE alert_id = '' AND reason != ''
UNION ALL
SELECT 'execution' AS entity, topic, partition, offset, recorded_at, landed_at, key, headers, raw, reason, fault_field, fault_message
FROM execution_records
WHERE execution_id = '' AND reason != ''
COMMENT 'Every record that broke the event contract, with its bytes and the reason';
