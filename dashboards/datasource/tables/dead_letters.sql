-- Records that broke the contract and landed in the range.
SELECT landed_at, entity, topic, partition, offset, reason, fault_field, fault_message, repaired, raw
FROM dead_letters
WHERE landed_at >= {from:DateTime64(3, 'UTC')} AND landed_at < {to:DateTime64(3, 'UTC')}
