-- What did one run do, who let it, and where is that written?
-- Every event of one execution as it came, here of the latest that somebody approved; put another execution_id in its place. Topic, partition and offset name the record in Kafka, raw holds its bytes. A line that stands twice is a copy.
SELECT occurred_at, type, automation_id AS automation, actor, approver, substring(command, 1, 40) AS command, error, topic, partition, offset
FROM execution_events
WHERE execution_id = (SELECT argMax(execution_id, (approved_at, execution_id)) FROM executions WHERE approved_at IS NOT NULL AND is_finished)
ORDER BY occurred_at, topic, partition, offset
