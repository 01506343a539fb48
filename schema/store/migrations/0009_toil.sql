-- What automation took off people's hands: which runs count for their incident,
-- and how long people work on the like of it by hand.

-- The incident that an execution is linked to; of several, the one that opened
-- first.
CREATE VIEW execution_incidents_as_of AS
SELECT execution_id, its.1 AS incident_id, its.2 AS service, its.3 AS opened_at, its.4 AS responder_minutes, m.cluster_id AS cluster_id
FROM
(
    SELECT
        link.execution_id AS execution_id,
        argMin(
            tuple(i.incident_id, i.service, i.opened_at, i.responder_minutes),
            (coalesce(i.opened_at, toDateTime64('2299-12-31 23:59:59', 3, 'UTC')), i.incident_id)) AS its
    FROM execution_links_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS link
    INNER JOIN incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS i ON i.incident_id = link.incident_id
    GROUP BY link.execution_id
) AS linked
LEFT JOIN cluster_members AS m FINAL ON m.incident_id = linked.its.1
COMMENT 'The incident of each execution that is linked to one, with its cluster, as of a moment: execution_incidents_as_of(as_of = …)';

CREATE OR REPLACE VIEW execution_clusters_as_of AS
SELECT execution_id, cluster_id
FROM execution_incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
COMMENT 'Cluster of each execution that is linked to an incident, as of a moment: execution_clusters_as_of(as_of = …)';

-- Runs that spared people their work: they succeeded, could change something, and
-- are not known to have been needless. Of those of one incident only the first
-- counts. What has no incident counts by itself.
CREATE VIEW credited_executions_as_of AS
SELECT argMin(run.execution_id, (run.began_at, run.execution_id)) AS execution_id
FROM executions_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS run
INNER JOIN execution_need_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS need ON need.execution_id = run.execution_id
LEFT JOIN execution_incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS its ON its.execution_id = run.execution_id
WHERE run.is_success AND run.mutating AND ifNull(need.is_needed, true)
GROUP BY if(its.incident_id = '', ('execution', run.execution_id), ('incident', its.incident_id))
COMMENT 'Executions that are credited with sparing people their work, as of a moment: credited_executions_as_of(as_of = …)';

-- Running totals of what people spent on the incidents of a cluster on which no
-- automation worked: the difference of two is what they spent between.
CREATE VIEW manual_work_as_of AS
SELECT cluster_id, opened_at, sum(opened) OVER until_then AS incidents, sum(spent) OVER until_then AS minutes
FROM
(
    SELECT m.cluster_id AS cluster_id, assumeNotNull(i.opened_at) AS opened_at, count() AS opened, sum(assumeNotNull(i.responder_minutes)) AS spent
    FROM incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS i
    INNER JOIN cluster_members AS m FINAL ON m.incident_id = i.incident_id
    WHERE NOT i.is_left_out AND i.classification != 'false_alarm' AND i.opened_at IS NOT NULL AND NOT i.is_open AND i.responder_minutes IS NOT NULL
        AND i.incident_id NOT IN
        (
            SELECT link.incident_id
            FROM execution_links_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS link
            INNER JOIN executions_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS run ON run.execution_id = link.execution_id
            WHERE run.is_live
        )
    GROUP BY cluster_id, opened_at
)
WINDOW until_then AS (PARTITION BY cluster_id ORDER BY opened_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
COMMENT 'Resolved incidents without automation whose hands-on minutes are known, and these minutes, up to each moment of a cluster: manual_work_as_of(as_of = …)';

-- What people spent by hand on the like of a run's incident, in the 180 days before
-- the run.
CREATE VIEW execution_baselines AS
WITH
    run AS
    (
        SELECT x.execution_id AS execution_id, x.began_at AS began_at, x.began_at - INTERVAL 180 DAY AS horizon, its.cluster_id AS cluster_id
        FROM execution_cohort(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')}, as_of = {as_of:DateTime64(3, 'UTC')}) AS x
        INNER JOIN execution_incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS its ON its.execution_id = x.execution_id
        WHERE its.cluster_id != ''
    ),
    before_run AS
    (
        SELECT run.execution_id AS execution_id, run.horizon AS horizon, run.cluster_id AS cluster_id, work.incidents AS incidents, work.minutes AS minutes
        FROM run
        ASOF INNER JOIN manual_work_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS work ON work.cluster_id = run.cluster_id AND run.began_at > work.opened_at
    )
SELECT
    before_run.execution_id AS execution_id,
    before_run.incidents - long_before.incidents AS incidents,
    before_run.minutes - long_before.minutes AS minutes
FROM before_run
ASOF LEFT JOIN manual_work_as_of(as_of = {as_of:DateTime64(3, 'UTC')}) AS long_before ON long_before.cluster_id = before_run.cluster_id AND before_run.horizon > long_before.opened_at
COMMENT 'Resolved incidents without automation, and their hands-on minutes, of the cluster of each execution of a window, in the 180 days before it: execution_baselines(from = …, to = …, as_of = …)';
