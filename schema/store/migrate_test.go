package store_test

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

func migrate(t *testing.T, cfg store.Config) []store.Migration {
	t.Helper()
	steps, err := store.Migrate(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return steps
}

func pending(t *testing.T, cfg store.Config) int {
	t.Helper()
	steps, err := store.Pending(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return len(steps)
}

// TestMigrate goes from no database to the newest schema, and once more.
func TestMigrate(t *testing.T) {
	all, err := store.Migrations()
	if err != nil {
		t.Fatal(err)
	}
	cfg := storetest.Config(t)
	if n := pending(t, cfg); n != len(all) {
		t.Errorf("%d steps are pending without a database, want %d", n, len(all))
	}
	for i, want := range []int{len(all), 0, 0} {
		if steps := migrate(t, cfg); len(steps) != want {
			t.Errorf("time %d took %d steps, want %d", i+1, len(steps), want)
		}
	}
	if n := pending(t, cfg); n != 0 {
		t.Errorf("%d steps are pending afterwards", n)
	}
	wantAnswer(t, open(t, cfg), "SELECT count() AS n, max(version) AS latest, min(name != '') AS named FROM schema_versions",
		fmt.Sprintf(`{"n":%d,"latest":%d,"named":1}`, len(all), len(all)))
}

// TestMigrateRepairs breaks off each step in the middle, as a crash would, and
// checks that what is there stays.
func TestMigrateRepairs(t *testing.T) {
	all, err := store.Migrations()
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range all {
		t.Run(step.Name, func(t *testing.T) {
			s, cfg := storetest.OpenConfig(t)
			land(t, s, schema.Alert, fullEvents[schema.Alert])
			forget := fmt.Sprintf("ALTER TABLE schema_versions DELETE WHERE version >= %d SETTINGS mutations_sync = 1", step.Version)
			command(t, s, forget)
			last := lastMade(t, s, step)
			if last != "" {
				command(t, s, "DROP TABLE "+last)
			}

			if n := len(migrate(t, cfg)); n != len(all)-int(step.Version)+1 {
				t.Errorf("%d steps were taken", n)
			}
			if n := pending(t, cfg); n != 0 {
				t.Errorf("%d steps are pending afterwards", n)
			}
			wantAnswer(t, s, "SELECT count() AS n FROM alert_records", `{"n":1}`)
			wantAnswer(t, s, fmt.Sprintf("SELECT count() AS n FROM system.tables WHERE database = currentDatabase() AND name = '%s'", cmp.Or(last, "incidents")), `{"n":1}`)
		})
	}
}

// lastMade is what a step made last of what no later step dropped; empty for one that
// only says something about what is there.
func lastMade(t *testing.T, s *store.Store, step store.Migration) string {
	t.Helper()
	creates := false
	for _, statement := range slices.Backward(step.Statements) {
		made := regexp.MustCompile(`^CREATE (?:OR REPLACE )?(?:TABLE|VIEW) (\w+)`).FindStringSubmatch(statement)
		if made == nil {
			continue
		}
		creates = true
		var n uint64
		err := s.Each(t.Context(), "SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = {name:String}", map[string]string{"name": made[1]}, func(rows store.Rows) error { return rows.Scan(&n) })
		if err != nil {
			t.Fatal(err)
		}
		if n == 1 {
			return made[1]
		}
	}
	if creates {
		t.Fatal("nothing is left of it")
	}
	return ""
}

// TestMigrateRefusesANewerSchema must not touch what it does not know.
func TestMigrateRefusesANewerSchema(t *testing.T) {
	s, cfg := storetest.OpenConfig(t)
	command(t, s, "INSERT INTO schema_versions (version, name) VALUES (1000, 'tomorrow')")
	_, err := store.Migrate(t.Context(), cfg)
	if err == nil || !strings.Contains(err.Error(), "schema version 1000") {
		t.Errorf("Migrate: %v", err)
	}
	if _, err := store.Pending(t.Context(), cfg); err == nil {
		t.Error("Pending takes it")
	}
}

func TestMigrateWithAStrangeName(t *testing.T) {
	cfg := storetest.Config(t)
	named := cfg
	named.Database = "a`b-" + cfg.Database
	elsewhere := open(t, store.Config{Addr: cfg.Addr, User: cfg.User, Database: "default"})
	defer command(t, elsewhere, "DROP DATABASE IF EXISTS `a\\`b-"+cfg.Database+"`")
	migrate(t, named)
	land(t, open(t, named), schema.Incident, fullEvents[schema.Incident])
}

// TestEverythingHasAComment is for those who open the database without us.
func TestEverythingHasAComment(t *testing.T) {
	s := storetest.Open(t)
	wantAnswer(t, s, "SELECT groupArray(name) AS tables FROM system.tables WHERE database = currentDatabase() AND comment = ''", `{"tables":[]}`)
	wantAnswer(t, s, "SELECT groupArray(table || '.' || name) AS columns FROM system.columns WHERE database = currentDatabase() AND comment = ''", `{"columns":[]}`)
	wantAnswer(t, s, "SELECT count() > 100 AS many FROM system.columns WHERE database = currentDatabase()", `{"many":1}`)
}
