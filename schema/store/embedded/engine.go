package embedded

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// serverArguments configure the engine as a whole. Only the connection that
// starts it reads them. They suit a small machine that runs more than this.
var serverArguments = []string{
	"--max_server_memory_usage_to_ram_ratio=0.6",
	"--cache_size_to_ram_max_ratio=0.2",
	"--background_pool_size=4",
	"--background_schedule_pool_size=8",
	"--background_common_pool_size=2",
	"--background_fetches_pool_size=1",
	"--background_move_pool_size=1",
	// On a terminal the engine would write its log into what the program shows.
	"--logger.console=0",
	// This build does not notice that a write failed for lack of space, and shows
	// a part whose files are empty. So inserts and merges are refused while there
	// is still room for those under way.
	"--storage_configuration.disks.default.keep_free_space_bytes=67108864",
}

// engine is ClickHouse in this process, on one data folder.
type engine struct {
	lib     *library
	dir     string
	keep    *connection     // the engine runs while a connection is open
	known   map[string]bool // names of settings
	version string
	// outsideTableFunctions are those a reader may not use, in lower case.
	outsideTableFunctions map[string]bool
}

// startEngine starts the engine with its rights. The caller holds the lock of the folder.
func startEngine(lib *library, dir string, rights []string) (*engine, error) {
	e := &engine{lib: lib, dir: dir}
	more, err := rightsArguments(dir, rights)
	if err != nil {
		return nil, err
	}
	keep, err := e.connect(append(more, serverArguments...)...)
	if err != nil {
		return nil, fmt.Errorf("embedded: the engine does not start on %s; it says why on standard error", dir)
	}
	e.keep = keep
	if err := e.inspect(); err != nil {
		keep.close()
		return nil, fmt.Errorf("embedded: %w", err)
	}
	return e, nil
}

// inspect asks the engine about itself.
func (e *engine) inspect() error {
	names, err := e.ask("SELECT name FROM system.settings")
	if err != nil {
		return err
	}
	e.known = make(map[string]bool)
	for _, name := range names {
		e.known[name] = true
	}
	if names, err = e.ask("SELECT lower(name) FROM system.table_functions"); err != nil {
		return err
	}
	e.outsideTableFunctions = make(map[string]bool)
	for _, name := range names {
		e.outsideTableFunctions[name] = !insideTableFunctions[name]
	}
	version, err := e.ask("SELECT version()")
	e.version = strings.Join(version, "")
	return err
}

// ask runs a statement on a connection of its own and returns its rows.
func (e *engine) ask(sql string, parameters ...parameter) ([]string, error) {
	conn, err := e.connect()
	if err != nil {
		return nil, err
	}
	defer conn.close()
	answer, err := conn.query(sql, "TabSeparated", parameters)
	if err != nil {
		return nil, err
	}
	defer answer.close()
	return strings.Fields(string(answer.bytes())), nil
}

func (e *engine) connect(more ...string) (*connection, error) {
	return connect(e.lib, append([]string{"--path=" + e.dir}, more...))
}

func (e *engine) close() { e.keep.close() }

// session opens the connection for one request. Settings and the current
// database belong to it alone, so nothing of a request is left to the next.
func (e *engine) session(q *request, limits Limits) (*connection, error) {
	settings, err := e.settings(q, limits)
	if err != nil {
		return nil, err
	}
	conn, err := e.connect(arguments(settings)...)
	if err != nil {
		return nil, e.diagnose(settings)
	}
	if q.database == "" {
		return conn, nil
	}
	used, err := conn.query("USE {database:Identifier}", "Null", []parameter{{"database", escape(q.database)}})
	if err != nil {
		conn.close()
		return nil, err
	}
	used.close()
	return conn, nil
}

// settings are those of a request's connection. What holds a reader back
// comes last, where nothing can undo it.
func (e *engine) settings(q *request, limits Limits) ([]setting, error) {
	for _, s := range q.settings {
		if !e.known[s.name] {
			return nil, exceptionf(codeUnknownSetting, "UNKNOWN_SETTING", "Setting %s is neither a builtin setting nor "+
				"started with the prefix 'SQL_' registered for user-defined settings", s.name)
		}
	}
	asked := q.settings
	if q.reader {
		restricted, err := readerSettings(limits, asked)
		if err != nil {
			return nil, err
		}
		asked = restricted
	}
	settings := append(append([]setting(nil), pinned...), asked...)
	return append(settings, setting{settingTag, q.tag}), nil
}

// diagnose finds out which setting made the engine refuse a connection, which
// it does without a word.
func (e *engine) diagnose(settings []setting) error {
	for _, s := range settings {
		if _, err := e.ask("SET " + s.name + " = " + quote(s.value)); err != nil {
			return err
		}
	}
	return errNoConnection
}

// killPause is how long a query that ignores a KILL QUERY, or has not begun
// yet, is left alone before the next.
const killPause = 50 * time.Millisecond

// killWith stops the query with the given tag when ctx is done, unless the
// returned function has been called before.
func (e *engine) killWith(ctx context.Context, tag string) (release func()) {
	released, killed := make(chan struct{}), make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(killed)
		for {
			_, _ = e.ask("KILL QUERY WHERE Settings['" + settingTag + "'] = " + quote(tag) + " ASYNC")
			select {
			case <-released:
				return
			case <-time.After(killPause):
			}
		}
	})
	return func() {
		close(released)
		if !stop() {
			<-killed
		}
	}
}

// escape writes a text as the value of a parameter.
func escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\x00", `\0`).Replace(text)
}
