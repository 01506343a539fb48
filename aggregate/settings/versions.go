package settings

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/vividium/firebreak/schema/store"
)

// Read gives the version that is in force; version 0 when nothing was imported.
func Read(ctx context.Context, s *store.Store) (*Settings, error) {
	in, _, err := latest(ctx, s)
	return in, err
}

// ReadVersion gives one version with its file; the latest when version is 0. Of
// version 0, when nothing was imported, the file is nil.
func ReadVersion(ctx context.Context, s *store.Store, version int) (*Settings, []byte, error) {
	if version == 0 {
		return latest(ctx, s)
	}
	const sql = "SELECT version, imported_at, imported_by, sha256, content FROM settings_versions WHERE version = {version:UInt64}"
	found, content, err := one(ctx, s, sql, map[string]string{"version": strconv.Itoa(version)})
	if err == nil && found.Version == 0 {
		err = fmt.Errorf("there is no version %d of the settings; `firebreak settings history` lists them", version)
	}
	return found, content, err
}

func latest(ctx context.Context, s *store.Store) (*Settings, []byte, error) {
	return one(ctx, s, "SELECT version, imported_at, imported_by, sha256, content FROM settings_versions ORDER BY version DESC LIMIT 1", nil)
}

// one reads the version that a query gives, or version 0.
func one(ctx context.Context, s *store.Store, sql string, params map[string]string) (*Settings, []byte, error) {
	var from Import
	var content string
	err := s.Each(ctx, sql, params, func(rows store.Rows) error {
		var version uint64
		err := rows.Scan(&version, &from.ImportedAt, &from.ImportedBy, &from.SHA256, &content)
		from.Version = int(version)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("reading settings: %w", err)
	}
	if from.Version == 0 {
		return &Settings{}, nil, nil
	}
	found, err := Parse([]byte(content))
	if err != nil {
		return nil, nil, fmt.Errorf("version %d of the settings cannot be read any more: %w", from.Version, err)
	}
	found.Import = from
	return found, []byte(content), nil
}

// History lists all versions, the latest first.
func History(ctx context.Context, s *store.Store) ([]Import, error) {
	var list []Import
	const sql = "SELECT version, imported_at, imported_by, sha256 FROM settings_versions ORDER BY version DESC"
	err := s.Each(ctx, sql, nil, func(rows store.Rows) error {
		var i Import
		var version uint64
		err := rows.Scan(&version, &i.ImportedAt, &i.ImportedBy, &i.SHA256)
		i.Version = int(version)
		list = append(list, i)
		return err
	})
	return list, err
}

// Digest is the SHA-256 of a file, in hexadecimal digits.
func Digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// Write makes a file that was parsed the latest version.
func Write(ctx context.Context, s *store.Store, by string, content []byte) error {
	return s.InsertRows(ctx, "settings_imports", []string{"import_id", "imported_by", "sha256", "content"},
		[][]any{{rand.Text(), by, Digest(content), string(content)}})
}
