SELECT automation_id, automation_version, stage, digest
FROM promotion_verdicts FINAL
WHERE week_end = {week_end:DateTime64(3, 'UTC')} AND NOT is_gone
