-- Recurrence clusters: which incidents are one trouble coming back.
--
-- They are found by a program, not by SQL, so unlike states they are kept. A row
-- says where an incident belongs; the latest version of it counts, and writing
-- the same rows again changes nothing, so that a worker that was killed simply
-- goes on. What was known of it when it was matched is kept beside it: the alert
-- rules, because finding them again means reading every alert, and a hash of all.
--
-- What was decided about clusters, by people or by evidence, is a table of its
-- own to which rows are only ever added: the audit trail, and what every later
-- run has to honour.

-- The worker asks every few seconds what has landed since it last looked. Parts
-- that landed long ago are passed over.
ALTER TABLE incident_records
    ADD INDEX IF NOT EXISTS landed landed_at TYPE minmax GRANULARITY 4,
    MATERIALIZE INDEX landed;

ALTER TABLE alert_records
    ADD INDEX IF NOT EXISTS landed landed_at TYPE minmax GRANULARITY 4,
    MATERIALIZE INDEX landed;

CREATE TABLE cluster_members
(
    incident_id String COMMENT 'Incident',
    cluster_id  String COMMENT 'Cluster to which it belongs, called by the incident that founded it',
    similarity  Float64 COMMENT 'How alike it was to the cluster when it came, from 0 to 1; 1 for the founder',
    differs     Array(String) COMMENT 'What was not the same as in the member before it',
    decided_by  LowCardinality(String) COMMENT 'evidence, or the person who put it there',
    assigned_at DateTime64(3, 'UTC') COMMENT 'When it was put there',
    version     UInt64 COMMENT 'Of several rows of an incident, the one with the greatest version counts'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY incident_id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Where each incident belongs, with versions; read incident_clusters instead';

CREATE TABLE cluster_evidence
(
    incident_id String COMMENT 'Incident',
    rules       Array(String) COMMENT 'Alert rules that are known to have raised it or to belong to it',
    evidence    UInt64 COMMENT 'Hash of everything by which it was matched: another one says that more is known by now',
    version     UInt64 COMMENT 'Of several rows of an incident, the one with the greatest version counts'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY incident_id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'What was known of each incident when it was last matched';

CREATE TABLE cluster_changes
(
    change_id    String COMMENT 'Change',
    changed_at   DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When it was decided',
    kind         LowCardinality(String) COMMENT 'merge, split, pin, or anew (the whole history was clustered anew); "refused" stands before it when it made no sense',
    actor        LowCardinality(String) COMMENT 'Who decided it: evidence, or a person',
    cluster_id   String COMMENT 'The cluster that was merged into another, or split; of a pin the one to which its incident was pinned',
    into_cluster String COMMENT 'Of a merge: the cluster that both are now. Of a split: the new cluster. Of a pin: the cluster from which the incident was taken. Empty until it was carried out',
    incident_ids Array(String) COMMENT 'Of a split: the incidents that left. Of a pin: the incident',
    reason       String COMMENT 'Why, in the words of who decided it',
    applied      Bool COMMENT 'Whether it was carried out: what people ask for is written down first and carried out by the worker, which writes it again'
)
ENGINE = MergeTree
ORDER BY (changed_at, change_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Everything that was decided about clusters after incidents were assigned: never changed, only added to';

CREATE TABLE cluster_facts
(
    cluster_id             String COMMENT 'Cluster, called by the incident that founded it',
    template               String COMMENT 'What its titles have in common, <*> where they vary; the most frequent of several. Empty when its titles say nothing',
    state                  LowCardinality(String) COMMENT 'emerging, chronic, fading, eliminated or quiet',
    incident_count         UInt64 COMMENT 'Incidents',
    episode_count          UInt64 COMMENT 'Episodes: incidents that opened within minutes of each other are one',
    services               Array(String) COMMENT 'Services, the most frequent first',
    teams                  Array(String) COMMENT 'Teams, the most frequent first',
    first_seen             DateTime64(3, 'UTC') COMMENT 'When its first incident opened',
    last_seen              DateTime64(3, 'UTC') COMMENT 'When its last incident opened',
    days_observed          Float64 COMMENT 'Days of the last 90 since the first incident of any kind: rates are over them, when they are 14 or more',
    episodes_now           UInt64 COMMENT 'Episodes in the last 90 days',
    incidents_now          UInt64 COMMENT 'Incidents in the last 90 days',
    rate                   Nullable(Float64) COMMENT 'Episodes per 30 days over the last 90; NULL while fewer than 14 of them are known',
    rate_low               Nullable(Float64) COMMENT 'Lower end of its 95 % interval (exact Poisson)',
    rate_high              Nullable(Float64) COMMENT 'Upper end of its 95 % interval',
    days_observed_before   Float64 COMMENT 'Days of the 90 before since the first incident of any kind',
    episodes_before        UInt64 COMMENT 'Episodes in the 90 days before those',
    rate_before            Nullable(Float64) COMMENT 'Episodes per 30 days over the 90 days before; NULL when nothing is known of them',
    rate_before_low        Nullable(Float64) COMMENT 'Lower end of its 95 % interval',
    rate_before_high       Nullable(Float64) COMMENT 'Upper end of its 95 % interval',
    rate_ratio             Nullable(Float64) COMMENT 'Rate now ÷ rate before; NULL without episodes before',
    rate_ratio_low         Nullable(Float64) COMMENT 'Lower end of its 95 % interval (exact conditional)',
    rate_ratio_high        Nullable(Float64) COMMENT 'Upper end of its 95 % interval; NULL when there is none',
    median_days_between    Nullable(Float64) COMMENT 'Median days from one episode to the next; NULL with fewer than two',
    time_of_day            String COMMENT 'Around which time of the day its episodes begin, in UTC; empty when they are spread',
    time_of_day_strength   Nullable(Float64) COMMENT 'Length of the mean vector over the day: 0 spread evenly, 1 all at one time',
    time_of_day_p          Nullable(Float64) COMMENT 'Chance of so strong a concentration if every time of the day were equally likely (Rayleigh)',
    day_of_week            String COMMENT 'Around which day of the week its episodes begin; empty when they are spread',
    day_of_week_p          Nullable(Float64) COMMENT 'The same chance for the week',
    time_to_resolve        Nullable(Float64) COMMENT 'Median seconds to resolve (Kaplan–Meier); NULL when too few or too many are open',
    time_to_resolve_low    Nullable(Float64) COMMENT 'Lower end of its 95 % interval',
    time_to_resolve_high   Nullable(Float64) COMMENT 'Upper end of its 95 % interval; NULL when there is none',
    time_to_resolve_status LowCardinality(String) COMMENT 'ok, insufficient or not_reached',
    open_count             UInt64 COMMENT 'Incidents that are open',
    responder_hours        Nullable(Float64) COMMENT 'Hands-on hours of people; NULL when no incident says',
    responder_hours_unknown UInt64 COMMENT 'Incidents that do not say',
    automations            Array(String) COMMENT 'Automations of which a run is linked to one of its incidents',
    ended_by               String COMMENT 'Of an eliminated cluster: what went live before the silence; false alarms do not end it',
    ended_at               Nullable(DateTime64(3, 'UTC')) COMMENT 'When that went live',
    silence_p              Nullable(Float64) COMMENT 'Chance of a silence since then under the earlier rate',
    varies                 Array(String) COMMENT 'What varies between its members, with examples',
    computed_at            DateTime64(3, 'UTC') COMMENT 'As of when all this was computed',
    is_gone                Bool COMMENT 'Merged into another cluster, or without incidents that count'
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY cluster_id
COMMENT 'Facts of each cluster, with versions; read clusters instead';

CREATE TABLE worker_leases
(
    worker     LowCardinality(String) COMMENT 'What the lease is for',
    holder     String COMMENT 'Process that asks for it',
    claimed_at DateTime64(3, 'UTC') COMMENT 'When it first asked: of those whose lease has not ended, the one that asked first has it',
    until      DateTime64(3, 'UTC') COMMENT 'When the lease ends unless it is renewed',
    renewed_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC') COMMENT 'When this row was written; the latest of a holder counts'
)
ENGINE = MergeTree
ORDER BY (worker, holder, renewed_at)
TTL toDateTime(until) + INTERVAL 1 DAY
COMMENT 'Which process does work that only one may do at a time';

CREATE VIEW incident_clusters
(
    incident_id String COMMENT 'Incident',
    cluster_id  String COMMENT 'Cluster to which it belongs, called by the incident that founded it',
    similarity  Float64 COMMENT 'How alike it was to the cluster when it came, from 0 to 1; 1 for the founder',
    differs     Array(String) COMMENT 'What was not the same as in the member before it',
    decided_by  LowCardinality(String) COMMENT 'evidence, or the person who put it there',
    assigned_at DateTime64(3, 'UTC') COMMENT 'When it was put there'
)
AS SELECT incident_id, cluster_id, similarity, differs, decided_by, assigned_at
FROM cluster_members FINAL
COMMENT 'Every incident that was matched, with the recurrence cluster to which it belongs';

CREATE VIEW clusters
(
    cluster_id             String COMMENT 'Cluster, called by the incident that founded it',
    template               String COMMENT 'What its titles have in common, <*> where they vary; the most frequent of several. Empty when its titles say nothing',
    state                  LowCardinality(String) COMMENT 'emerging, chronic, fading, eliminated or quiet',
    incident_count         UInt64 COMMENT 'Incidents',
    episode_count          UInt64 COMMENT 'Episodes: incidents that opened within minutes of each other are one',
    services               Array(String) COMMENT 'Services, the most frequent first',
    teams                  Array(String) COMMENT 'Teams, the most frequent first',
    first_seen             DateTime64(3, 'UTC') COMMENT 'When its first incident opened',
    last_seen              DateTime64(3, 'UTC') COMMENT 'When its last incident opened',
    days_observed          Float64 COMMENT 'Days of the last 90 since the first incident of any kind: rates are over them, when they are 14 or more',
    episodes_now           UInt64 COMMENT 'Episodes in the last 90 days',
    incidents_now          UInt64 COMMENT 'Incidents in the last 90 days',
    rate                   Nullable(Float64) COMMENT 'Episodes per 30 days over the last 90; NULL while fewer than 14 of them are known',
    rate_low               Nullable(Float64) COMMENT 'Lower end of its 95 % interval (exact Poisson)',
    rate_high              Nullable(Float64) COMMENT 'Upper end of its 95 % interval',
    days_observed_before   Float64 COMMENT 'Days of the 90 before since the first incident of any kind',
    episodes_before        UInt64 COMMENT 'Episodes in the 90 days before those',
    rate_before            Nullable(Float64) COMMENT 'Episodes per 30 days over the 90 days before; NULL when nothing is known of them',
    rate_before_low        Nullable(Float64) COMMENT 'Lower end of its 95 % interval',
    rate_before_high       Nullable(Float64) COMMENT 'Upper end of its 95 % interval',
    rate_ratio             Nullable(Float64) COMMENT 'Rate now ÷ rate before; NULL without episodes before',
    rate_ratio_low         Nullable(Float64) COMMENT 'Lower end of its 95 % interval (exact conditional)',
    rate_ratio_high        Nullable(Float64) COMMENT 'Upper end of its 95 % interval; NULL when there is none',
    median_days_between    Nullable(Float64) COMMENT 'Median days from one episode to the next; NULL with fewer than two',
    time_of_day            String COMMENT 'Around which time of the day its episodes begin, in UTC; empty when they are spread',
    time_of_day_strength   Nullable(Float64) COMMENT 'Length of the mean vector over the day: 0 spread evenly, 1 all at one time',
    time_of_day_p          Nullable(Float64) COMMENT 'Chance of so strong a concentration if every time of the day were equally likely (Rayleigh)',
    day_of_week            String COMMENT 'Around which day of the week its episodes begin; empty when they are spread',
    day_of_week_p          Nullable(Float64) COMMENT 'The same chance for the week',
    time_to_resolve        Nullable(Float64) COMMENT 'Median seconds to resolve (Kaplan–Meier); NULL when too few or too many are open',
    time_to_resolve_low    Nullable(Float64) COMMENT 'Lower end of its 95 % interval',
    time_to_resolve_high   Nullable(Float64) COMMENT 'Upper end of its 95 % interval; NULL when there is none',
    time_to_resolve_status LowCardinality(String) COMMENT 'ok, insufficient or not_reached',
    open_count             UInt64 COMMENT 'Incidents that are open',
    responder_hours        Nullable(Float64) COMMENT 'Hands-on hours of people; NULL when no incident says',
    responder_hours_unknown UInt64 COMMENT 'Incidents that do not say',
    automations            Array(String) COMMENT 'Automations of which a run is linked to one of its incidents',
    ended_by               String COMMENT 'Of an eliminated cluster: what went live before the silence; false alarms do not end it',
    ended_at               Nullable(DateTime64(3, 'UTC')) COMMENT 'When that went live',
    silence_p              Nullable(Float64) COMMENT 'Chance of a silence since then under the earlier rate',
    varies                 Array(String) COMMENT 'What varies between its members, with examples',
    computed_at            DateTime64(3, 'UTC') COMMENT 'As of when all this was computed'
)
AS SELECT cluster_id, template, state, incident_count, episode_count, services, teams, first_seen, last_seen, days_observed, episodes_now, incidents_now, rate, rate_low, rate_high, days_observed_before, episodes_before, rate_before, rate_before_low, rate_before_high, rate_ratio, rate_ratio_low, rate_ratio_high, median_days_between, time_of_day, time_of_day_strength, time_of_day_p, day_of_week, day_of_week_p, time_to_resolve, time_to_resolve_low, time_to_resolve_high, time_to_resolve_status, open_count, responder_hours, responder_hours_unknown, automations, ended_by, ended_at, silence_p, varies, computed_at
FROM cluster_facts FINAL
WHERE NOT is_gone
COMMENT 'Every recurrence cluster with what is known of it, as the worker last computed it';

-- The incidents of 0002, with their clusters.
CREATE OR REPLACE VIEW incidents
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
    time_to_resolve_seconds     Nullable(Float64) COMMENT 'From the start of the impact (else the opening) to the last resolution; NULL while open',
    cluster_id                  String COMMENT 'Recurrence cluster; empty until it was matched'
)
AS SELECT i.incident_id AS incident_id, i.title AS title, i.description AS description, i.service AS service, i.team AS team, i.environment AS environment, i.cause AS cause, i.severity AS severity, i.classification AS classification, i.trigger_kind AS trigger_kind, i.trigger_id AS trigger_id, i.resolved_by AS resolved_by, i.caused_by_execution_id AS caused_by_execution_id, i.alert_ids AS alert_ids, i.execution_ids AS execution_ids, i.started_at AS started_at, i.opened_at AS opened_at, i.acknowledged_at AS acknowledged_at, i.mitigated_at AS mitigated_at, i.resolved_at AS resolved_at, i.reopened_at AS reopened_at, i.reviewed_at AS reviewed_at, i.responder_minutes AS responder_minutes, i.users_affected AS users_affected, i.revenue_lost AS revenue_lost, i.error_budget_minutes AS error_budget_minutes, i.actions AS actions, i.labels AS labels, i.source AS source, i.first_event_at AS first_event_at, i.last_event_at AS last_event_at, i.is_open AS is_open, i.is_left_out AS is_left_out, i.time_to_acknowledge_seconds AS time_to_acknowledge_seconds, i.time_to_resolve_seconds AS time_to_resolve_seconds, c.cluster_id AS cluster_id
FROM incidents_as_of(as_of = '2299-12-31 23:59:59.999') AS i
LEFT JOIN cluster_members AS c FINAL ON c.incident_id = i.incident_id
COMMENT 'Current state of every incident';

-- Each incident of a window with the one of its cluster that opened last before
-- it, of those that count. Titles are compared in lower case, with every token
-- masked that has a digit or is eight or more hexadecimal letters or hyphens, and
-- white space folded. (The long masks come twice because two such tokens may
-- share the character between them.)
CREATE VIEW incident_predecessors AS
WITH
    counted AS
    (
        SELECT
            i.incident_id AS incident_id, i.service AS service, i.team AS team, i.environment AS environment, i.severity AS severity,
            i.trigger_kind AS trigger_kind, i.resolved_by AS resolved_by, i.opened_at AS opened_at, m.cluster_id AS cluster_id,
            toUnixTimestamp64Milli(assumeNotNull(i.opened_at)) AS opened_ms,
            trim(replaceRegexpAll(replaceRegexpAll(replaceRegexpAll(replaceRegexpAll(lowerUTF8(i.title), '[\\p{L}\\p{N}_.:/-]*\\p{Nd}[\\p{L}\\p{N}_.:/-]*', '#'), '(^|[^\\p{L}\\p{N}_.:/-])[a-f-]{8,}($|[^\\p{L}\\p{N}_.:/-])', '\\1#\\2'), '(^|[^\\p{L}\\p{N}_.:/-])[a-f-]{8,}($|[^\\p{L}\\p{N}_.:/-])', '\\1#\\2'), '[\\s\\p{Z}\\x{85}]+', ' ')) AS normal_title
        FROM incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS i
        LEFT JOIN cluster_members AS m FINAL ON m.incident_id = i.incident_id
        WHERE NOT i.is_left_out AND i.opened_at >= {from:DateTime64(3, 'UTC')} - INTERVAL 180 DAY AND i.opened_at < {to:DateTime64(3, 'UTC')}
            AND i.incident_id IN
            (
                SELECT incident_id
                FROM incident_records
                WHERE type = 'incident.opened'
                    AND occurred_at >= {from:DateTime64(3, 'UTC')} - INTERVAL 180 DAY AND occurred_at < {to:DateTime64(3, 'UTC')}
            )
    ),
    followed AS
    (
        SELECT *,
            count() OVER earlier > 0 AS has_previous,
            argMax(tuple(incident_id, opened_ms, normal_title, service), (opened_ms, incident_id)) OVER earlier AS previous
        FROM counted
        WINDOW earlier AS (PARTITION BY cluster_id ORDER BY opened_ms RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    )
SELECT
    incident_id, service, team, environment, severity, trigger_kind, resolved_by, opened_at, cluster_id,
    cluster_id != '' AND has_previous AS recurs,
    if(recurs, previous.1, '') AS previous_incident_id,
    if(recurs, (opened_ms - previous.2) / 86400000, inf) AS days_since_previous,
    recurs AND normal_title != previous.3 AS differs_in_title,
    recurs AND service != previous.4 AS differs_in_service
FROM followed
WHERE opened_at >= {from:DateTime64(3, 'UTC')}
COMMENT 'Incidents of a window with the one before it in its cluster, at most 180 days before the window: incident_predecessors(from = …, to = …, as_of = …)';

-- The cluster of the incident that an execution is linked to; of several, of the
-- one that opened first.
CREATE VIEW execution_clusters_as_of AS
SELECT
    link.execution_id AS execution_id,
    argMin(m.cluster_id, (coalesce(i.opened_at, toDateTime64('2299-12-31 23:59:59', 3, 'UTC')), i.incident_id)) AS cluster_id
FROM execution_links_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS link
INNER JOIN incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS i ON i.incident_id = link.incident_id
LEFT JOIN cluster_members AS m FINAL ON m.incident_id = i.incident_id
GROUP BY link.execution_id
COMMENT 'Cluster of each execution that is linked to an incident, as of a moment: execution_clusters_as_of(as_of = …)';

-- What the worker has to look at: incidents of which, or of whose alerts,
-- something landed since a moment; with unassigned also those that were never
-- matched, as after a pass that was cut off.
CREATE VIEW incidents_touched AS
SELECT incident_id
FROM incident_records
WHERE reason = '' AND landed_at >= {since:DateTime64(3, 'UTC')}
UNION DISTINCT
SELECT assumeNotNull(incident_id) AS incident_id
FROM alert_records
WHERE reason = '' AND landed_at >= {since:DateTime64(3, 'UTC')} AND ifNull(incident_id, '') != ''
UNION DISTINCT
SELECT incident_id
FROM incident_records
WHERE {unassigned:Bool} AND reason = '' AND type = 'incident.opened' AND incident_id NOT IN (SELECT incident_id FROM cluster_members)
COMMENT 'Incidents of which something landed since a moment: incidents_touched(since = …, unassigned = true or false)';
