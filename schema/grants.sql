-- The users of a ClickHouse server, and what each may do.
--
--     clickhouse-client --multiquery < schema/grants.sql
--
-- Run it as a user that may manage users, after `firebreak migrate` or before it, and again
-- after an upgrade: it ends the same, and takes back what an earlier one gave. Users that run
-- queries in that instant may see them refused. For another database than firebreak:
--
--     sed 's/ ON firebreak\./ ON other./; s/ DATABASE firebreak/ DATABASE other/' schema/grants.sql | clickhouse-client --multiquery
--
-- No password stands here. The users are made with a hash that belongs to no password, and
-- may log in from nowhere; one statement each gives a password and the hosts that they come
-- from. So that the password is in no log and no history, it is its hash that is sent:
--
--     read -rs PASSWORD
--     clickhouse-client --query "ALTER USER firebreak_reader HOST IP '10.0.0.0/8'
--         IDENTIFIED WITH sha256_hash BY '$(printf %s "$PASSWORD" | sha256sum | cut -d ' ' -f 1)'"
--
-- Reading is granted table by table, on the names that people use and on what lies below
-- them. The views run with the rights of whoever asks, so both are needed. Running them with
-- those of their owner instead would hide nothing: incident_events and its like show every
-- byte of the tables below them. But it would tie every view to one user's name, which a
-- server must then have before it is migrated and as long as anybody reads.

CREATE SETTINGS PROFILE IF NOT EXISTS firebreak_reader;
ALTER SETTINGS PROFILE firebreak_reader SETTINGS
    readonly = 1 CONST,
    allow_ddl = 0 CONST,
    allow_introspection_functions = 0 CONST,
    max_execution_time = 60 CONST,
    timeout_overflow_mode = 'throw' CONST,
    max_memory_usage = 4294967296 CONST,
    max_memory_usage_for_user = 17179869184 CONST,
    max_result_rows = 10000000 CONST,
    max_result_bytes = 1073741824 CONST,
    result_overflow_mode = 'throw' CONST,
    max_rows_to_read = 10000000000 CONST,
    read_overflow_mode = 'throw' CONST,
    max_concurrent_queries_for_user = 64 CONST,
    cancel_http_readonly_queries_on_client_close = 1 CONST;

-- As the reader, for longer: verifying a year of records reads every byte of them.
CREATE SETTINGS PROFILE IF NOT EXISTS firebreak_auditor;
ALTER SETTINGS PROFILE firebreak_auditor SETTINGS
    readonly = 1 CONST,
    allow_ddl = 0 CONST,
    allow_introspection_functions = 0 CONST,
    max_execution_time = 3600 CONST,
    timeout_overflow_mode = 'throw' CONST,
    max_memory_usage = 8589934592 CONST,
    max_memory_usage_for_user = 17179869184 CONST,
    max_result_rows = 1000000000 CONST,
    result_overflow_mode = 'throw' CONST,
    max_concurrent_queries_for_user = 8 CONST;

-- The owner: migrates, and runs `firebreak aggregate` or `firebreak up`.
CREATE USER IF NOT EXISTS firebreak IDENTIFIED WITH sha256_hash BY '0000000000000000000000000000000000000000000000000000000000000000' HOST NONE;
ALTER USER firebreak DEFAULT DATABASE firebreak;
REVOKE ALL ON *.* FROM firebreak;
GRANT SHOW, SELECT, INSERT, ALTER, CREATE DATABASE, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW ON firebreak.* TO firebreak;
GRANT SHOW DATABASES ON default.* TO firebreak;
GRANT TABLE ENGINE ON MergeTree, TABLE ENGINE ON ReplacingMergeTree TO firebreak;

-- `firebreak ingest`: adds records, and reads where it stopped, who feeds the database, and
-- which schema it has. It cannot read what it wrote.
CREATE USER IF NOT EXISTS firebreak_ingest IDENTIFIED WITH sha256_hash BY '0000000000000000000000000000000000000000000000000000000000000000' HOST NONE;
ALTER USER firebreak_ingest DEFAULT DATABASE firebreak;
REVOKE ALL ON *.* FROM firebreak_ingest;
GRANT INSERT, SELECT(topic, partition, offset) ON firebreak.incident_records TO firebreak_ingest;
GRANT INSERT, SELECT(topic, partition, offset) ON firebreak.alert_records TO firebreak_ingest;
GRANT INSERT, SELECT(topic, partition, offset) ON firebreak.execution_records TO firebreak_ingest;
GRANT INSERT(topic, topic_id, consumer_group), SELECT ON firebreak.feeds TO firebreak_ingest;
GRANT SELECT(version) ON firebreak.schema_versions TO firebreak_ingest;

-- People, the commands that only read, and Grafana.
CREATE USER IF NOT EXISTS firebreak_reader IDENTIFIED WITH sha256_hash BY '0000000000000000000000000000000000000000000000000000000000000000' HOST NONE;
ALTER USER firebreak_reader DEFAULT DATABASE firebreak SETTINGS PROFILE firebreak_reader;
REVOKE ALL ON *.* FROM firebreak_reader;
-- The stable names.
GRANT SELECT ON firebreak.incident_events TO firebreak_reader;
GRANT SELECT ON firebreak.alert_events TO firebreak_reader;
GRANT SELECT ON firebreak.execution_events TO firebreak_reader;
GRANT SELECT ON firebreak.dead_letters TO firebreak_reader;
GRANT SELECT ON firebreak.incidents TO firebreak_reader;
GRANT SELECT ON firebreak.alerts TO firebreak_reader;
GRANT SELECT ON firebreak.executions TO firebreak_reader;
GRANT SELECT ON firebreak.automations TO firebreak_reader;
GRANT SELECT ON firebreak.incident_clusters TO firebreak_reader;
GRANT SELECT ON firebreak.clusters TO firebreak_reader;
GRANT SELECT ON firebreak.cluster_changes TO firebreak_reader;
GRANT SELECT ON firebreak.backlog TO firebreak_reader;
GRANT SELECT ON firebreak.promotions TO firebreak_reader;
GRANT SELECT ON firebreak.metrics_daily TO firebreak_reader;
GRANT SELECT ON firebreak.metrics_weekly TO firebreak_reader;
GRANT SELECT ON firebreak.settings_versions TO firebreak_reader;
GRANT SELECT ON firebreak.reviews TO firebreak_reader;
GRANT SELECT ON firebreak.audit_trail TO firebreak_reader;
GRANT SELECT ON firebreak.approval_gaps TO firebreak_reader;
-- What lies below them.
GRANT SELECT ON firebreak.incident_records TO firebreak_reader;
GRANT SELECT ON firebreak.alert_records TO firebreak_reader;
GRANT SELECT ON firebreak.execution_records TO firebreak_reader;
GRANT SELECT ON firebreak.cluster_members TO firebreak_reader;
GRANT SELECT ON firebreak.cluster_evidence TO firebreak_reader;
GRANT SELECT ON firebreak.cluster_facts TO firebreak_reader;
GRANT SELECT ON firebreak.backlog_items TO firebreak_reader;
GRANT SELECT ON firebreak.promotion_verdicts TO firebreak_reader;
GRANT SELECT ON firebreak.metric_snapshots TO firebreak_reader;
GRANT SELECT ON firebreak.settings_imports TO firebreak_reader;
GRANT SELECT ON firebreak.review_issues TO firebreak_reader;
GRANT SELECT ON firebreak.review_looks TO firebreak_reader;
-- What metrics are computed from, as of any moment.
GRANT SELECT ON firebreak.incidents_as_of TO firebreak_reader;
GRANT SELECT ON firebreak.alerts_as_of TO firebreak_reader;
GRANT SELECT ON firebreak.executions_as_of TO firebreak_reader;
GRANT SELECT ON firebreak.incident_cohort TO firebreak_reader;
GRANT SELECT ON firebreak.alert_cohort TO firebreak_reader;
GRANT SELECT ON firebreak.execution_cohort TO firebreak_reader;
GRANT SELECT ON firebreak.induced_incidents_as_of TO firebreak_reader;
GRANT SELECT ON firebreak.incident_members_kept TO firebreak_reader;
GRANT SELECT ON firebreak.execution_members_kept TO firebreak_reader;
GRANT SELECT ON firebreak.members_moments TO firebreak_reader;
-- Which schema there is, and how far the workers are.
GRANT SELECT ON firebreak.schema_versions TO firebreak_reader;
GRANT SELECT ON firebreak.worker_progress TO firebreak_reader;

-- Who checks what was done: records with every byte, what was done without an approval, and
-- what people decided. Nothing below it is ever changed, only added to.
CREATE USER IF NOT EXISTS firebreak_auditor IDENTIFIED WITH sha256_hash BY '0000000000000000000000000000000000000000000000000000000000000000' HOST NONE;
ALTER USER firebreak_auditor DEFAULT DATABASE firebreak SETTINGS PROFILE firebreak_auditor;
REVOKE ALL ON *.* FROM firebreak_auditor;
GRANT SELECT ON firebreak.incident_records TO firebreak_auditor;
GRANT SELECT ON firebreak.alert_records TO firebreak_auditor;
GRANT SELECT ON firebreak.execution_records TO firebreak_auditor;
GRANT SELECT ON firebreak.incident_events TO firebreak_auditor;
GRANT SELECT ON firebreak.alert_events TO firebreak_auditor;
GRANT SELECT ON firebreak.execution_events TO firebreak_auditor;
GRANT SELECT ON firebreak.dead_letters TO firebreak_auditor;
GRANT SELECT ON firebreak.audit_trail TO firebreak_auditor;
GRANT SELECT ON firebreak.approval_gaps TO firebreak_auditor;
GRANT SELECT ON firebreak.incidents_as_of TO firebreak_auditor;
GRANT SELECT ON firebreak.alerts_as_of TO firebreak_auditor;
GRANT SELECT ON firebreak.executions TO firebreak_auditor;
GRANT SELECT ON firebreak.executions_as_of TO firebreak_auditor;
GRANT SELECT ON firebreak.cluster_changes TO firebreak_auditor;
GRANT SELECT ON firebreak.settings_imports TO firebreak_auditor;
GRANT SELECT ON firebreak.settings_versions TO firebreak_auditor;
GRANT SELECT ON firebreak.feeds TO firebreak_auditor;
GRANT SELECT ON firebreak.schema_versions TO firebreak_auditor;

-- What one hour of reading may cost, all queries together.
CREATE QUOTA IF NOT EXISTS firebreak_reader KEYED BY user_name FOR INTERVAL 1 hour MAX queries = 50000, execution_time = 36000 TO firebreak_reader;
ALTER QUOTA firebreak_reader KEYED BY user_name FOR INTERVAL 1 hour MAX queries = 50000, execution_time = 36000 TO firebreak_reader;
CREATE QUOTA IF NOT EXISTS firebreak_auditor KEYED BY user_name FOR INTERVAL 1 hour MAX queries = 1000, execution_time = 14400 TO firebreak_auditor;
ALTER QUOTA firebreak_auditor KEYED BY user_name FOR INTERVAL 1 hour MAX queries = 1000, execution_time = 14400 TO firebreak_auditor;
