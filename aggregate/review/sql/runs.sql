-- Every event of some runs, in the order in which they occurred, with where each is in Kafka.
SELECT execution_id, type, occurred_at, source, topic, partition, offset, automation_id, automation_version, stage, trigger_kind, trigger_id,
    service, incident_id, decision, command, actor, approver, error, verdict
FROM
(
    SELECT execution_id, type, occurred_at, source, topic, toUInt64(partition) AS partition, offset, automation_id,
        ifNull(toString(automation_version), '') AS automation_version, ifNull(toString(stage), '') AS stage,
        ifNull(toString(trigger_kind), '') AS trigger_kind, ifNull(trigger_id, '') AS trigger_id,
        ifNull(toString(service), '') AS service, ifNull(incident_id, '') AS incident_id, ifNull(decision, '') AS decision, ifNull(command, '') AS command,
        ifNull(toString(actor), '') AS actor, ifNull(toString(approver), '') AS approver, ifNull(error, '') AS error, ifNull(toString(verdict), '') AS verdict
    FROM execution_events
    WHERE execution_id IN {{ids}} AND occurred_at <= toDateTime64({{as_of}}, 3, 'UTC')
)
ORDER BY execution_id, occurred_at, offset, partition
