-- What do our systems send that cannot be read?
-- Records that broke the contract, with what became of them; none of them is in any number. The sender has to mend what it sends, then they can be sent again: firebreak dead-letters replay.
SELECT entity, reason, fault_field AS field, count() AS records, countIf(repaired) AS repaired, any(fault_message) AS for_example
FROM dead_letters
WHERE replay_of = ''
GROUP BY entity, reason, field
ORDER BY records DESC, entity, reason, field
