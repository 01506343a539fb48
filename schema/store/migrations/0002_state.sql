-- What the events mean: the current state of each entity, and its state as of
-- any moment.
--
-- The state is folded from the events whenever it is read. There is no second
-- copy of it that a crash could leave behind, and a state as of last Tuesday is
-- the same fold over fewer events. Every aggregate here is idempotent (min, max,
-- and the value of the latest event that carries the field), so a copy of an
-- event changes nothing, nor does the order in which events arrived.
--
-- "Latest" is by occurrence; of two at the same millisecond the greater offset
-- wins. One number, recency, says so: comparing tuples takes four times as long.
-- argMax passes over NULL, which is how a field that an event does not carry says nothing. Arrays and
-- maps cannot be NULL: the bits of "carried" say whether they were there.
--
-- The views with a parameter hold each fold once; the views for readers are
-- the same as of the end of time.


CREATE VIEW incidents_as_of AS
SELECT
    *,
    toBool(opened_at IS NOT NULL AND (resolved_at IS NULL OR ifNull(reopened_at > resolved_at, false))) AS is_open,
    toBool(classification IN ('drill', 'maintenance', 'test', 'merged')) AS is_left_out,
    dateDiff('millisecond', opened_at, acknowledged_at) / 1000 AS time_to_acknowledge_seconds,
    if(is_open, NULL, dateDiff('millisecond', coalesce(started_at, opened_at), resolved_at) / 1000) AS time_to_resolve_seconds
FROM
(
    SELECT
        r.incident_id AS incident_id,
        coalesce(argMax(r.title, r.recency), '') AS title,
        coalesce(argMax(r.description, r.recency), '') AS description,
        coalesce(argMax(r.service, r.recency), '') AS service,
        coalesce(argMax(r.team, r.recency), '') AS team,
        coalesce(argMax(r.environment, r.recency), '') AS environment,
        coalesce(argMax(r.cause, r.recency), '') AS cause,
        coalesce(argMax(r.severity, r.recency), '') AS severity,
        coalesce(argMax(r.classification, r.recency), 'incident') AS classification,
        coalesce(argMax(r.trigger_kind, r.recency), '') AS trigger_kind,
        coalesce(argMax(r.trigger_id, r.recency), '') AS trigger_id,
        coalesce(argMax(r.resolved_by, r.recency), '') AS resolved_by,
        coalesce(argMax(r.caused_by_execution_id, r.recency), '') AS caused_by_execution_id,
        argMaxIf(r.alert_ids, r.recency, bitTest(r.carried, 1)) AS alert_ids,
        argMaxIf(r.execution_ids, r.recency, bitTest(r.carried, 2)) AS execution_ids,
        argMax(r.started_at, r.recency) AS started_at,
        minOrNullIf(r.occurred_at, r.type = 'incident.opened') AS opened_at,
        minOrNullIf(r.occurred_at, r.type = 'incident.acknowledged') AS acknowledged_at,
        minOrNullIf(r.occurred_at, r.type = 'incident.mitigated') AS mitigated_at,
        maxOrNullIf(r.occurred_at, r.type = 'incident.resolved') AS resolved_at,
        maxOrNullIf(r.occurred_at, r.type = 'incident.reopened') AS reopened_at,
        minOrNullIf(r.occurred_at, r.type = 'incident.reviewed') AS reviewed_at,
        max(r.responder_minutes) AS responder_minutes,
        max(r.users_affected) AS users_affected,
        max(r.revenue_lost) AS revenue_lost,
        max(r.error_budget_minutes) AS error_budget_minutes,
        argMaxIf(r.actions, r.recency, bitTest(r.carried, 3)) AS actions,
        argMaxIf(r.labels, r.recency, bitTest(r.carried, 0)) AS labels,
        argMaxIf(r.source, r.recency, r.source != '') AS source,
        min(r.occurred_at) AS first_event_at,
        max(r.occurred_at) AS last_event_at
    FROM incident_records AS r
    WHERE r.reason = '' AND r.occurred_at <= {as_of:DateTime64(3, 'UTC')}
    GROUP BY r.incident_id
)
COMMENT 'State of every incident as of a moment: incidents_as_of(as_of = \'2026-01-31 12:00:00\'); events that occurred later do not count';

CREATE VIEW incidents
(
    incident_id                 String COMMENT 'Incident',
    title                       String COMMENT 'Title',
    description                 String COMMENT 'Description',
    service                     String COMMENT 'Service; empty when unknown, as are the other texts',
    team                        String COMMENT 'Team',
    environment                 String COMMENT 'Environment',
    cause                       String COMMENT 'Root-cause category that the review found',
    severity                    String COMMENT 'sev1 (worst) to sev5',
    classification              String COMMENT 'incident, false_alarm, drill, maintenance, test or merged',
    trigger_kind                String COMMENT 'What raised it: alert, customer, manual or automation',
    trigger_id                  String COMMENT 'Id of what raised it',
    resolved_by                 String COMMENT 'human, automation or self',
    caused_by_execution_id      String COMMENT 'Execution that caused it, confirmed by a person',
    alert_ids                   Array(String) COMMENT 'Alerts that belong to it',
    execution_ids               Array(String) COMMENT 'Executions that took part',
    started_at                  Nullable(DateTime64(3, 'UTC')) COMMENT 'When the impact began, if known to differ from the opening',
    opened_at                   Nullable(DateTime64(3, 'UTC')) COMMENT 'First opened; NULL while that event is missing',
    acknowledged_at             Nullable(DateTime64(3, 'UTC')) COMMENT 'First acknowledged',
    mitigated_at                Nullable(DateTime64(3, 'UTC')) COMMENT 'First mitigated',
    resolved_at                 Nullable(DateTime64(3, 'UTC')) COMMENT 'Last resolved',
    reopened_at                 Nullable(DateTime64(3, 'UTC')) COMMENT 'Last reopened',
    reviewed_at                 Nullable(DateTime64(3, 'UTC')) COMMENT 'First reviewed',
    responder_minutes           Nullable(Float64) COMMENT 'Hands-on minutes of people',
    users_affected              Nullable(Float64) COMMENT 'Users affected',
    revenue_lost                Nullable(Float64) COMMENT 'Revenue lost, in the sender\'s currency',
    error_budget_minutes        Nullable(Float64) COMMENT 'Error budget spent, in minutes',
    actions                     Array(Tuple(id String, kind String, automatable Bool, ticket String, extra String)) COMMENT 'What the post-incident review decided; kind is fix or band_aid, extra a JSON object of unknown members',
    labels                      Map(String, String) COMMENT 'Labels',
    source                      String COMMENT 'Sending system; empty when unknown',
    first_event_at              DateTime64(3, 'UTC') COMMENT 'When the earliest event that is known occurred',
    last_event_at               DateTime64(3, 'UTC') COMMENT 'When the latest event that is known occurred',
    is_open                     Bool COMMENT 'Never resolved, or reopened after the last resolution',
    is_left_out                 Bool COMMENT 'A drill, maintenance, test or merged one: left out of every metric',
    time_to_acknowledge_seconds Nullable(Float64) COMMENT 'From opening to acknowledgement',
    time_to_resolve_seconds     Nullable(Float64) COMMENT 'From the start of the impact (else the opening) to the last resolution; NULL while open'
)
AS SELECT incident_id, title, description, service, team, environment, cause, severity, classification, trigger_kind, trigger_id, resolved_by, caused_by_execution_id, alert_ids, execution_ids, started_at, opened_at, acknowledged_at, mitigated_at, resolved_at, reopened_at, reviewed_at, responder_minutes, users_affected, revenue_lost, error_budget_minutes, actions, labels, source, first_event_at, last_event_at, is_open, is_left_out, time_to_acknowledge_seconds, time_to_resolve_seconds
FROM incidents_as_of(as_of = '2299-12-31 23:59:59.999')
COMMENT 'Current state of every incident';

CREATE VIEW alerts_as_of AS
SELECT
    r.alert_id AS alert_id,
    coalesce(argMax(r.name, r.recency), '') AS name,
    coalesce(argMax(r.fingerprint, r.recency), '') AS fingerprint,
    coalesce(argMax(r.summary, r.recency), '') AS summary,
    coalesce(argMax(r.service, r.recency), '') AS service,
    coalesce(argMax(r.team, r.recency), '') AS team,
    coalesce(argMax(r.environment, r.recency), '') AS environment,
    coalesce(argMax(r.severity, r.recency), '') AS severity,
    coalesce(argMax(r.incident_id, r.recency), '') AS incident_id,
    coalesce(argMax(r.verdict, r.recency), '') AS verdict,
    minOrNullIf(r.occurred_at, r.type = 'alert.fired') AS fired_at,
    minOrNullIf(r.occurred_at, r.type = 'alert.acknowledged') AS acknowledged_at,
    maxOrNullIf(r.occurred_at, r.type = 'alert.resolved') AS resolved_at,
    minOrNullIf(r.occurred_at, r.type = 'alert.classified') AS classified_at,
    argMaxIf(r.labels, r.recency, bitTest(r.carried, 0)) AS labels,
    argMaxIf(r.source, r.recency, r.source != '') AS source,
    min(r.occurred_at) AS first_event_at,
    max(r.occurred_at) AS last_event_at
FROM alert_records AS r
WHERE r.reason = '' AND r.occurred_at <= {as_of:DateTime64(3, 'UTC')}
GROUP BY r.alert_id
COMMENT 'State of every alert as of a moment: alerts_as_of(as_of = \'2026-01-31 12:00:00\'); events that occurred later do not count';

CREATE VIEW alerts
(
    alert_id        String COMMENT 'One firing of an alert',
    name            String COMMENT 'Alert rule',
    fingerprint     String COMMENT 'The same over every firing of the same alert on the same target',
    summary         String COMMENT 'Summary',
    service         String COMMENT 'Service; empty when unknown, as are the other texts',
    team            String COMMENT 'Team',
    environment     String COMMENT 'Environment',
    severity        String COMMENT 'sev1 (worst) to sev5',
    incident_id     String COMMENT 'Incident that it belongs to',
    verdict         String COMMENT 'actionable, noise or false_positive; empty when nobody said',
    fired_at        Nullable(DateTime64(3, 'UTC')) COMMENT 'First fired; NULL while that event is missing',
    acknowledged_at Nullable(DateTime64(3, 'UTC')) COMMENT 'First acknowledged',
    resolved_at     Nullable(DateTime64(3, 'UTC')) COMMENT 'Last resolved',
    classified_at   Nullable(DateTime64(3, 'UTC')) COMMENT 'First classified',
    labels          Map(String, String) COMMENT 'Labels',
    source          String COMMENT 'Sending system; empty when unknown',
    first_event_at  DateTime64(3, 'UTC') COMMENT 'When the earliest event that is known occurred',
    last_event_at   DateTime64(3, 'UTC') COMMENT 'When the latest event that is known occurred'
)
AS SELECT alert_id, name, fingerprint, summary, service, team, environment, severity, incident_id, verdict, fired_at, acknowledged_at, resolved_at, classified_at, labels, source, first_event_at, last_event_at
FROM alerts_as_of(as_of = '2299-12-31 23:59:59.999')
COMMENT 'Current state of every alert';

CREATE VIEW executions_as_of AS
SELECT
    *,
    coalesce(started_at, first_event_at) AS began_at,
    least(succeeded_at, failed_at, timed_out_at, escalated_at, rolled_back_at) AS ended_at,
    toBool(stage != 'dry_run' AND rejected_at IS NULL AND skipped_at IS NULL
        AND coalesce(started_at, ended_at) IS NOT NULL
        AND NOT ifNull(cancelled_at < coalesce(started_at, ended_at), false)) AS is_live,
    toBool(is_live AND ended_at IS NOT NULL) AS is_finished,
    toBool(is_finished AND succeeded_at IS NOT NULL AND escalated_at IS NULL AND rolled_back_at IS NULL) AS is_success
FROM
(
    SELECT
        r.execution_id AS execution_id,
        argMax(r.automation_id, r.recency) AS automation_id,
        coalesce(argMax(r.automation_name, r.recency), '') AS automation_name,
        coalesce(argMax(r.automation_version, r.recency), '') AS automation_version,
        coalesce(argMax(r.pattern, r.recency), '') AS pattern,
        coalesce(argMax(r.stage, r.recency), 'full') AS stage,
        coalesce(argMax(r.trigger_kind, r.recency), '') AS trigger_kind,
        coalesce(argMax(r.trigger_id, r.recency), '') AS trigger_id,
        coalesce(argMax(r.incident_id, r.recency), '') AS incident_id,
        coalesce(argMax(r.alert_id, r.recency), '') AS alert_id,
        coalesce(argMax(r.service, r.recency), '') AS service,
        coalesce(argMax(r.team, r.recency), '') AS team,
        coalesce(argMax(r.environment, r.recency), '') AS environment,
        argMaxIf(r.targets, r.recency, bitTest(r.carried, 1)) AS targets,
        coalesce(argMax(r.decision, r.recency), '') AS decision,
        coalesce(argMax(r.command, r.recency), '') AS command,
        coalesce(argMax(r.actor, r.recency), '') AS actor,
        coalesce(argMax(r.approver, r.recency), '') AS approver,
        coalesce(argMax(r.mutating, r.recency), stage != 'dry_run') AS mutating,
        argMax(r.changed, r.recency) AS changed,
        coalesce(argMax(r.error, r.recency), '') AS error,
        coalesce(argMax(r.verdict, r.recency), '') AS verdict,
        argMax(r.manual_minutes, r.recency) AS manual_minutes,
        max(r.residual_minutes) AS residual_minutes,
        minOrNullIf(r.occurred_at, r.type = 'execution.requested') AS requested_at,
        minOrNullIf(r.occurred_at, r.type = 'execution.approved') AS approved_at,
        minOrNullIf(r.occurred_at, r.type = 'execution.rejected') AS rejected_at,
        minOrNullIf(r.occurred_at, r.type = 'execution.started') AS started_at,
        minOrNullIf(r.occurred_at, r.type = 'execution.succeeded') AS succeeded_at,
        minOrNullIf(r.occurred_at, r.type = 'execution.failed') AS failed_at,
        minOrNullIf(r.occurred_at, r.type = 'execution.timed_out') AS timed_out_at,
        minOrNullIf(r.occurred_at, r.type = 'execution.cancelled') AS cancelled_at,
        minOrNullIf(r.occurred_at, r.type = 'execution.skipped') AS skipped_at,
        minOrNullIf(r.occurred_at, r.type = 'execution.escalated') AS escalated_at,
        minOrNullIf(r.occurred_at, r.type = 'execution.rolled_back') AS rolled_back_at,
        minOrNullIf(r.occurred_at, r.type = 'execution.classified') AS classified_at,
        argMaxIf(r.labels, r.recency, bitTest(r.carried, 0)) AS labels,
        argMaxIf(r.source, r.recency, r.source != '') AS source,
        min(r.occurred_at) AS first_event_at,
        max(r.occurred_at) AS last_event_at
    FROM execution_records AS r
    WHERE r.reason = '' AND r.occurred_at <= {as_of:DateTime64(3, 'UTC')}
    GROUP BY r.execution_id
)
COMMENT 'State of every execution as of a moment: executions_as_of(as_of = \'2026-01-31 12:00:00\'); events that occurred later do not count';

CREATE VIEW executions
(
    execution_id       String COMMENT 'One run of an automation',
    automation_id      String COMMENT 'Automation',
    automation_name    String COMMENT 'Name of the automation; empty when unknown, as are the other texts',
    automation_version String COMMENT 'Version of the automation',
    pattern            String COMMENT 'script, operator or self_healing',
    stage              String COMMENT 'dry_run, canary or full',
    trigger_kind       String COMMENT 'What set it off: alert, incident, schedule, condition or manual',
    trigger_id         String COMMENT 'Id of what set it off',
    incident_id        String COMMENT 'Incident that it worked on',
    alert_id           String COMMENT 'Alert that it worked on',
    service            String COMMENT 'Service',
    team               String COMMENT 'Team',
    environment        String COMMENT 'Environment',
    targets            Array(String) COMMENT 'What it acted on',
    decision           String COMMENT 'The rule and the inputs that made it act',
    command            String COMMENT 'What was executed',
    actor              String COMMENT 'Who or what ran it',
    approver           String COMMENT 'Who approved it',
    mutating           Bool COMMENT 'Whether it could change anything; unless said, it could, and a dry run could not',
    changed            Nullable(Bool) COMMENT 'false: it ran and found nothing to do',
    error              String COMMENT 'Error of a failed run',
    verdict            String COMMENT 'necessary or unnecessary: was the action needed; empty when nobody said',
    manual_minutes     Nullable(Float64) COMMENT 'Declared: hands-on minutes that a person would have needed',
    residual_minutes   Nullable(Float64) COMMENT 'Hands-on minutes that people still spent on this run',
    requested_at       Nullable(DateTime64(3, 'UTC')) COMMENT 'First requested',
    approved_at        Nullable(DateTime64(3, 'UTC')) COMMENT 'First approved',
    rejected_at        Nullable(DateTime64(3, 'UTC')) COMMENT 'First rejected',
    started_at         Nullable(DateTime64(3, 'UTC')) COMMENT 'First started',
    succeeded_at       Nullable(DateTime64(3, 'UTC')) COMMENT 'First succeeded',
    failed_at          Nullable(DateTime64(3, 'UTC')) COMMENT 'First failed',
    timed_out_at       Nullable(DateTime64(3, 'UTC')) COMMENT 'First timed out',
    cancelled_at       Nullable(DateTime64(3, 'UTC')) COMMENT 'First cancelled',
    skipped_at         Nullable(DateTime64(3, 'UTC')) COMMENT 'First skipped',
    escalated_at       Nullable(DateTime64(3, 'UTC')) COMMENT 'When a person first had to take over',
    rolled_back_at     Nullable(DateTime64(3, 'UTC')) COMMENT 'First rolled back',
    classified_at      Nullable(DateTime64(3, 'UTC')) COMMENT 'First classified',
    labels             Map(String, String) COMMENT 'Labels',
    source             String COMMENT 'Sending system; empty when unknown',
    first_event_at     DateTime64(3, 'UTC') COMMENT 'When the earliest event that is known occurred',
    last_event_at      DateTime64(3, 'UTC') COMMENT 'When the latest event that is known occurred',
    began_at           DateTime64(3, 'UTC') COMMENT 'Start, else the first event: decides which window it belongs to',
    ended_at           Nullable(DateTime64(3, 'UTC')) COMMENT 'First end: succeeded, failed, timed out, escalated or rolled back',
    is_live            Bool COMMENT 'Started or ended, and not a dry run, rejected, skipped, or cancelled before it started',
    is_finished        Bool COMMENT 'Live with an end',
    is_success         Bool COMMENT 'Finished and succeeded, neither escalated nor rolled back'
)
AS SELECT execution_id, automation_id, automation_name, automation_version, pattern, stage, trigger_kind, trigger_id, incident_id, alert_id, service, team, environment, targets, decision, command, actor, approver, mutating, changed, error, verdict, manual_minutes, residual_minutes, requested_at, approved_at, rejected_at, started_at, succeeded_at, failed_at, timed_out_at, cancelled_at, skipped_at, escalated_at, rolled_back_at, classified_at, labels, source, first_event_at, last_event_at, began_at, ended_at, is_live, is_finished, is_success
FROM executions_as_of(as_of = '2299-12-31 23:59:59.999')
COMMENT 'Current state of every execution';

CREATE VIEW automations
(
    automation_id      String COMMENT 'Automation',
    automation_name    String COMMENT 'Latest name; empty when unknown',
    automation_version String COMMENT 'Latest version',
    pattern            String COMMENT 'Latest pattern: script, operator or self_healing',
    stage              String COMMENT 'Latest stage: dry_run, canary or full',
    team               String COMMENT 'Latest team',
    execution_count    UInt64 COMMENT 'Executions, dry runs included',
    first_event_at     DateTime64(3, 'UTC') COMMENT 'When its earliest event occurred',
    last_event_at      DateTime64(3, 'UTC') COMMENT 'When its latest event occurred'
)
AS SELECT
    r.automation_id AS automation_id,
    coalesce(argMax(r.automation_name, r.recency), '') AS automation_name,
    coalesce(argMax(r.automation_version, r.recency), '') AS automation_version,
    coalesce(argMax(r.pattern, r.recency), '') AS pattern,
    coalesce(argMax(r.stage, r.recency), 'full') AS stage,
    coalesce(argMax(r.team, r.recency), '') AS team,
    uniqExact(r.execution_id) AS execution_count,
    min(r.occurred_at) AS first_event_at,
    max(r.occurred_at) AS last_event_at
FROM execution_records AS r
WHERE r.reason = ''
GROUP BY r.automation_id
COMMENT 'Every automation, as its latest events describe it';

-- An execution is linked to an incident by its incident_id, by its trigger when
-- that is an incident, by the incident's execution_ids, and through an alert of
-- its own (alert_id, or its trigger when that is an alert) that belongs to the
-- incident by the alert's incident_id or the incident's alert_ids. A link to an
-- incident that is left out is no link.
CREATE VIEW execution_links_as_of AS
WITH
    named AS
    (
        SELECT
            execution_id,
            arrayFilter(x -> x != '', [incident_id, if(trigger_kind = 'incident', trigger_id, '')]) AS incident_ids,
            arrayFilter(x -> x != '', [alert_id, if(trigger_kind = 'alert', trigger_id, '')]) AS alert_ids
        FROM executions_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
    ),
    counted AS
    (
        SELECT incident_id, alert_ids, execution_ids
        FROM incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
        WHERE NOT is_left_out
    ),
    alert_incidents AS
    (
        SELECT alert_id, incident_id
        FROM alerts_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
        WHERE incident_id != ''
        UNION ALL
        SELECT arrayJoin(alert_ids) AS alert_id, incident_id
        FROM counted
    ),
    linked AS
    (
        SELECT execution_id, arrayJoin(incident_ids) AS incident_id
        FROM named
        UNION ALL
        SELECT arrayJoin(execution_ids) AS execution_id, incident_id
        FROM counted
        UNION ALL
        SELECT execution_id, alert_incidents.incident_id AS incident_id
        FROM (SELECT execution_id, arrayJoin(alert_ids) AS alert_id FROM named) AS run
        INNER JOIN alert_incidents ON alert_incidents.alert_id = run.alert_id
    )
SELECT DISTINCT execution_id, incident_id
FROM linked
WHERE execution_id IN (SELECT execution_id FROM named) AND incident_id IN (SELECT incident_id FROM counted)
COMMENT 'Which executions are linked to which incidents as of a moment, left-out incidents apart';
