package cookbook_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

// The users that ../grants.sql makes.
const (
	owner    = "firebreak"
	ingester = "firebreak_ingest"
	reader   = "firebreak_reader"
	auditor  = "firebreak_auditor"
)

// everything makes the engine one that may manage users, as who runs ../grants.sql does.
const everything = "everything"

// grantStatements are the statements of ../grants.sql.
func grantStatements() ([]string, error) {
	text, err := os.ReadFile("../grants.sql")
	if err != nil {
		return nil, err
	}
	bare := regexp.MustCompile(`(?m)^--.*\n`).ReplaceAllString(string(text), "")
	var statements []string
	for statement := range strings.SplitSeq(bare, ";\n") {
		if statement = strings.TrimSpace(statement); statement != "" {
			statements = append(statements, statement)
		}
	}
	return statements, nil
}

// rightsOf are what the file grants to a user, as GRANT says them.
func rightsOf(user string) ([]string, error) {
	if user == everything {
		return []string{"ALL ON *.* WITH GRANT OPTION"}, nil
	}
	statements, err := grantStatements()
	if err != nil {
		return nil, err
	}
	var rights []string
	for _, statement := range statements {
		grant, ok := strings.CutPrefix(statement, "GRANT ")
		if what, to, _ := strings.Cut(grant, " TO "); ok && to == user {
			rights = append(rights, what)
		}
	}
	if len(rights) == 0 {
		return nil, fmt.Errorf("nothing is granted to %s", user)
	}
	return rights, nil
}

func statementsOf(t *testing.T) []string {
	t.Helper()
	statements, err := grantStatements()
	if err != nil {
		t.Fatal(err)
	}
	return statements
}

func granted(t *testing.T, user string) []string {
	t.Helper()
	rights, err := rightsOf(user)
	if err != nil {
		t.Fatal(err)
	}
	return rights
}

// asUser does something on an engine with the rights of a user.
func asUser(t *testing.T, user string, do func(*store.Store)) {
	t.Helper()
	err := as(t.Context(), user, func(_ context.Context, s *store.Store) error {
		do(s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// refusal is the code with which ClickHouse refuses a statement; 0 when it does not.
func refusal(t *testing.T, s *store.Store, statement string) int {
	t.Helper()
	err := s.Exec(t.Context(), statement, nil)
	if refused, ok := errors.AsType[*store.Error](err); ok {
		return refused.Code
	}
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return 0
}

// TestGrantsAreUnderstood has the engine carry out every statement. It reads it, knows each
// name of a privilege, a setting and a clause in it, and then has nowhere to keep users.
func TestGrantsAreUnderstood(t *testing.T) {
	const nowhere, noUser, noRole, noProfile = 514, 192, 511, 180
	asUser(t, everything, func(s *store.Store) {
		for _, statement := range statementsOf(t) {
			// Changing what is not there is refused before it is looked at in full.
			statement = strings.NewReplacer("ALTER SETTINGS PROFILE", "CREATE SETTINGS PROFILE").Replace(statement)
			if code := refusal(t, s, statement); !slices.Contains([]int{nowhere, noUser, noRole, noProfile}, code) {
				t.Errorf("code %d for %s", code, statement)
			}
		}
		for _, wrong := range []string{
			"GRANT READ ALL ON firebreak.incidents TO firebreak_reader",
			"CREATE SETTINGS PROFILE p SETTINGS max_result_row = 1",
			"CREATE SETTINGS PROFILE p SETTINGS result_overflow_mode = 'stop'",
			"CREATE QUOTA q FOR INTERVAL 1 hour MAX question = 1",
		} {
			if code := refusal(t, s, wrong); slices.Contains([]int{0, nowhere, noUser, noRole, noProfile}, code) {
				t.Errorf("nothing is wrong with %s: code %d", wrong, code)
			}
		}
	})
}

// TestGrantsNameWhatIsThere holds the names in the file against a migrated database.
func TestGrantsNameWhatIsThere(t *testing.T) {
	there := tables(t)
	for _, statement := range statementsOf(t) {
		named := regexp.MustCompile(`ON firebreak\.(\w+) TO`).FindStringSubmatch(statement)
		if named != nil && !there[named[1]] {
			t.Errorf("there is no %s: %s", named[1], statement)
		}
	}
	for _, name := range storetest.StableNames {
		if !slices.Contains(granted(t, reader), "SELECT ON firebreak."+name) {
			t.Errorf("the reader may not read %s", name)
		}
	}
}

// tables are the names of everything in the database.
func tables(t *testing.T) map[string]bool {
	t.Helper()
	names := make(map[string]bool)
	asUser(t, owner, func(s *store.Store) {
		err := s.Each(t.Context(), "SELECT name FROM system.tables WHERE database = 'firebreak'", nil, func(rows store.Rows) error {
			var name string
			err := rows.Scan(&name)
			names[name] = true
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	return names
}

// TestGrantsAreNarrow says what may be granted at all.
func TestGrantsAreNarrow(t *testing.T) {
	only := map[string]string{
		reader:   `^SELECT ON firebreak\.\w+$`,
		auditor:  `^SELECT ON firebreak\.\w+$`,
		ingester: `^(INSERT, SELECT\(topic, partition, offset\) ON firebreak\.(incident|alert|execution)_records|INSERT\(topic, topic_id, consumer_group\), SELECT ON firebreak\.feeds|SELECT\(version\) ON firebreak\.schema_versions)$`,
		owner:    `^([A-Z, ]+ ON firebreak\.\*|SHOW DATABASES ON default\.\*|TABLE ENGINE ON MergeTree, TABLE ENGINE ON ReplacingMergeTree)$`,
	}
	for user, pattern := range only {
		for _, right := range granted(t, user) {
			if !regexp.MustCompile(pattern).MatchString(right) {
				t.Errorf("%s may %s", user, right)
			}
		}
	}
}

// TestNobodyCanLogInYet keeps passwords out of the file, and users out of the server until
// somebody gives them one.
func TestNobodyCanLogInYet(t *testing.T) {
	made := 0
	for _, statement := range statementsOf(t) {
		if strings.HasPrefix(statement, "CREATE USER ") {
			made++
			if !strings.HasSuffix(statement, " IDENTIFIED WITH sha256_hash BY '"+strings.Repeat("0", 64)+"' HOST NONE") {
				t.Errorf("somebody may log in: %s", statement)
			}
		} else if regexp.MustCompile(`IDENTIFIED|HOST`).MatchString(statement) {
			t.Errorf("it undoes what was set by hand: %s", statement)
		}
	}
	if made != 4 {
		t.Errorf("%d users are made", made)
	}
}

// TestProfilesBindReaders wants each limit of a profile to be one that cannot be lifted.
func TestProfilesBindReaders(t *testing.T) {
	limits := []string{"readonly = 1", "allow_ddl = 0", "max_execution_time", "max_memory_usage", "max_result_rows", "result_overflow_mode = 'throw'", "max_concurrent_queries_for_user"}
	for _, user := range []string{reader, auditor} {
		statements := statementsOf(t)
		i := slices.IndexFunc(statements, func(s string) bool { return strings.HasPrefix(s, "ALTER SETTINGS PROFILE "+user+" ") })
		if i < 0 || !slices.Contains(statements, "ALTER USER "+user+" DEFAULT DATABASE firebreak SETTINGS PROFILE "+user) {
			t.Errorf("%s has no profile", user)
			continue
		}
		for _, limit := range limits {
			if !regexp.MustCompile(regexp.QuoteMeta(limit) + `[^,\n]* CONST\b`).MatchString(statements[i]) {
				t.Errorf("the profile of %s lacks %s", user, limit)
			}
		}
		if lines := strings.Count(statements[i], "\n"); strings.Count(statements[i], " CONST") != lines {
			t.Errorf("%s may change some of its %d limits", user, lines)
		}
	}
}

// trials are what each user must be able to do, and what it must not.
var trials = map[string]struct{ may, mayNot []string }{
	owner: {
		may: []string{"SELECT max(raw) FROM incident_records"},
		mayNot: []string{
			"CREATE DATABASE other", "CREATE USER other", "GRANT SELECT ON firebreak.incidents TO default", "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
			"SELECT * FROM file('/etc/passwd', 'LineAsString')", "SYSTEM SHUTDOWN", "SELECT name FROM system.users",
		},
	},
	ingester: {
		may: []string{"SELECT partition, max(offset) FROM incident_records GROUP BY partition", "SELECT max(version) FROM schema_versions"},
		mayNot: []string{
			"SELECT raw FROM incident_records", "SELECT * FROM execution_records", "SELECT count() FROM incidents", "SELECT name FROM schema_versions", "SELECT * FROM clusters",
			"INSERT INTO cluster_changes (change_id) VALUES ('x')", "INSERT INTO schema_versions (version, name) VALUES (99, 'x')", "INSERT INTO feeds (topic, claimed_at) VALUES ('x', 0)",
			"ALTER TABLE incident_records DELETE WHERE 1", "TRUNCATE TABLE incident_records", "DROP TABLE incident_records", "OPTIMIZE TABLE incident_records",
			"CREATE TABLE x (a UInt8) ENGINE = Memory", "CREATE TEMPORARY TABLE x (a UInt8)", "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
		},
	},
	reader: {
		may: []string{"SELECT max(raw) FROM incident_events", "SELECT count() FROM incidents_as_of(as_of = '2025-12-01 00:00:00')"},
		mayNot: []string{
			"SELECT * FROM feeds", "SELECT * FROM worker_leases", "INSERT INTO feeds (topic) VALUES ('x')",
			"ALTER TABLE incident_records DELETE WHERE 1", "CREATE TEMPORARY TABLE x (a UInt8)", "SELECT * FROM system.users", "KILL QUERY WHERE 1",
		},
	},
	auditor: {
		may: []string{"SELECT max(raw), max(headers) FROM execution_records", "SELECT count() FROM approval_gaps", "SELECT count() FROM audit_trail", "SELECT max(raw) FROM dead_letters", "SELECT * FROM settings_versions", "SELECT * FROM cluster_changes"},
		mayNot: []string{
			"SELECT * FROM clusters", "SELECT * FROM backlog", "SELECT * FROM metrics_weekly", "SELECT * FROM incidents", "SELECT * FROM worker_leases",
			"ALTER TABLE incident_records DELETE WHERE 1", "INSERT INTO feeds (topic) VALUES ('x')",
		},
	},
}

// TestWhatNobodyMay tries what each user must not do, with controls that it may do something.
func TestWhatNobodyMay(t *testing.T) {
	for user, try := range trials {
		asUser(t, user, func(s *store.Store) {
			for _, statement := range try.may {
				if code := refusal(t, s, statement); code != 0 {
					t.Errorf("%s may not %s: code %d", user, statement, code)
				}
			}
			for _, statement := range try.mayNot {
				if code := refusal(t, s, statement); code != store.CodeAccessDenied && code != store.CodeReadonly {
					t.Errorf("%s may %s: code %d", user, statement, code)
				}
			}
		})
	}
}
