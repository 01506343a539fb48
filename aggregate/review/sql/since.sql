-- Since when each kind of event is known. A thousandth may lie before that: a single record of
-- another year does not make all between it and the rest known.
SELECT quantileExactLowOrNullIf(0.001)(at, kind = 'incident'), quantileExactLowOrNullIf(0.001)(at, kind = 'alert'), quantileExactLowOrNullIf(0.001)(at, kind = 'execution')
FROM
(
    SELECT 'incident' AS kind, occurred_at AS at FROM incident_records WHERE reason = '' AND type = 'incident.opened' AND occurred_at <= {as_of:DateTime64(3, 'UTC')}
    UNION ALL
    SELECT 'alert', occurred_at FROM alert_records WHERE reason = '' AND type = 'alert.fired' AND occurred_at <= {as_of:DateTime64(3, 'UTC')}
    UNION ALL
    SELECT 'execution', occurred_at FROM execution_records WHERE reason = '' AND occurred_at <= {as_of:DateTime64(3, 'UTC')}
)
