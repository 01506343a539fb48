-- What people declare and nothing in the events can say: how much a service
-- matters, how well a trouble's end would fit what the company is after, and what
-- automations cost to build and keep.
--
-- They are imported as a file, and every file that was ever imported is kept as
-- it was: a table to which rows are only ever added. Which version a file is
-- follows from the order in which they came, so that two imports at the same time
-- cannot have the same one.

CREATE TABLE settings_imports
(
    import_id   String COMMENT 'Import',
    imported_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When it was imported',
    imported_by LowCardinality(String) COMMENT 'Who imported it',
    sha256      FixedString(64) COMMENT 'SHA-256 of the file, in hexadecimal digits',
    content     String COMMENT 'The file as it was (YAML)'
)
ENGINE = MergeTree
ORDER BY (imported_at, import_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Every file of settings that was imported: never changed, only added to; read settings_versions instead';

CREATE VIEW settings_versions
(
    version     UInt64 COMMENT 'Version; the greatest is in force, also for moments before it was imported',
    imported_at DateTime64(3, 'UTC') COMMENT 'When it was imported',
    imported_by LowCardinality(String) COMMENT 'Who imported it',
    sha256      FixedString(64) COMMENT 'SHA-256 of the file, in hexadecimal digits',
    content     String COMMENT 'The file as it was (YAML)'
)
AS SELECT row_number() OVER (ORDER BY imported_at, import_id) AS version, imported_at, imported_by, sha256, content
FROM settings_imports
COMMENT 'Every version of the settings: tier weights of services, alignment of clusters, declared hours of automations';
