package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migration is one step of the schema: forward only, never changed once it has
// been released.
type Migration struct {
	Version    uint32
	Name       string
	Statements []string
}

// Migrations lists all steps in order.
func Migrations() ([]Migration, error) {
	files, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	steps := make([]Migration, 0, len(files))
	for i, file := range files {
		step, err := readMigration(file)
		if err != nil {
			return nil, err
		}
		if step.Version != uint32(i+1) {
			return nil, fmt.Errorf("migration %s: expected version %d", file, i+1)
		}
		steps = append(steps, step)
	}
	return steps, nil
}

func readMigration(file string) (Migration, error) {
	name := strings.TrimSuffix(path.Base(file), ".sql")
	number, title, _ := strings.Cut(name, "_")
	version, err := strconv.ParseUint(number, 10, 32)
	if err != nil {
		return Migration{}, fmt.Errorf("migration %s: its name must begin with a number", file)
	}
	sql, err := migrationFiles.ReadFile(file)
	if err != nil {
		return Migration{}, err
	}
	return Migration{Version: uint32(version), Name: title, Statements: splitStatements(string(sql))}, nil
}

// splitStatements cuts a file at each semicolon that ends a line, and leaves
// out the comment lines between statements.
func splitStatements(sql string) []string {
	var statements []string
	for part := range strings.SplitSeq(sql+"\n", ";\n") {
		lines := strings.Split(part, "\n")
		for len(lines) > 0 && (strings.TrimSpace(lines[0]) == "" || strings.HasPrefix(lines[0], "--")) {
			lines = lines[1:]
		}
		if statement := strings.TrimSpace(strings.Join(lines, "\n")); statement != "" {
			statements = append(statements, statement)
		}
	}
	return statements
}

const versionTable = `CREATE TABLE IF NOT EXISTS schema_versions
(
    version    UInt32 COMMENT 'Number of the migration',
    name       String COMMENT 'Name of the migration',
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was applied'
)
ENGINE = MergeTree
ORDER BY version
COMMENT 'Migrations that this database has had'`

// Migrate brings the schema up to date and returns the steps that it took. A
// step that a crash left half done is done again: every statement is written,
// or made here, so that this does no harm.
func Migrate(ctx context.Context, cfg Config) ([]Migration, error) {
	cfg = cfg.withDefaults()
	if err := createDatabase(ctx, cfg); err != nil {
		return nil, err
	}
	s, err := Open(cfg)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if err := s.conn.Exec(ctx, versionTable); err != nil {
		return nil, wrap(err)
	}
	pending, err := s.pending(ctx)
	if err != nil {
		return nil, err
	}
	for _, step := range pending {
		if err := s.apply(ctx, step); err != nil {
			return nil, fmt.Errorf("migration %d (%s): %w", step.Version, step.Name, err)
		}
	}
	return pending, nil
}

func createDatabase(ctx context.Context, cfg Config) error {
	conn, err := dial(cfg, "default")
	if err != nil {
		return err
	}
	defer conn.Close()
	return wrap(conn.Exec(ctx, "CREATE DATABASE IF NOT EXISTS "+quoteName(cfg.Database)))
}

// Pending lists the steps that the database, which need not exist, has not had.
func Pending(ctx context.Context, cfg Config) ([]Migration, error) {
	s, err := Open(cfg)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	steps, err := s.pending(ctx)
	if Unmigrated(err) {
		return Migrations()
	}
	return steps, err
}

// pending fails when the database has had steps that this program does not
// know.
func (s *Store) pending(ctx context.Context) ([]Migration, error) {
	steps, err := Migrations()
	if err != nil {
		return nil, err
	}
	var current uint32
	if err := s.conn.QueryRow(cancelOnly{ctx}, "SELECT max(version) FROM schema_versions").Scan(&current); err != nil {
		return nil, wrap(err)
	}
	if int(current) > len(steps) {
		return nil, fmt.Errorf("the database has schema version %d, this program knows %d: use a newer firebreak", current, len(steps))
	}
	return steps[current:], nil
}

func (s *Store) apply(ctx context.Context, step Migration) error {
	for _, statement := range step.Statements {
		if err := s.conn.Exec(ctx, repeatable(statement)); err != nil {
			return wrap(err)
		}
	}
	return wrap(s.conn.Exec(ctx, "INSERT INTO schema_versions (version, name) VALUES ({version:UInt32}, {name:String})",
		named(map[string]string{"version": strconv.FormatUint(uint64(step.Version), 10), "name": step.Name})...))
}

// repeatable lets a statement be run again after a crash: a table stays as it is, a
// view, which holds nothing, is made anew, and what is gone stays gone.
func repeatable(statement string) string {
	for once, again := range map[string]string{
		"CREATE TABLE ": "CREATE TABLE IF NOT EXISTS ",
		"CREATE VIEW ":  "CREATE OR REPLACE VIEW ",
		"DROP TABLE ":   "DROP TABLE IF EXISTS ",
		"DROP VIEW ":    "DROP VIEW IF EXISTS ",
	} {
		if rest, ok := strings.CutPrefix(statement, once); ok {
			return again + rest
		}
	}
	return statement
}

func quoteName(name string) string {
	return "`" + strings.NewReplacer("\\", "\\\\", "`", "\\`").Replace(name) + "`"
}
