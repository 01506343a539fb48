// Command page turns what the delivery tests saw, one JSON object a line on its
// standard input, into a page on its standard output. It fails when a case was
// not exact, or when there is none.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/vividium/firebreak/loadtest/delivery/table"
)

const head = `# What delivery was put through

Made by ` + "`make delivery`" + ` on %s, with %d cores, %s on %s.
Do not edit it: run the command.

In each case, members of the consumer group run as processes of their own and
read events of a generated company; some are sent twice, some are broken. Then
the store is compared with the producer's ledger of what it sent. **Exact** says
that every record is there once with its bytes, and that the dead letters are
those that must be there. After the last case on a store, the tables of
incidents, alerts, executions and automations and every metric were compared as
well with an independent fold of the ledger; had they differed, the run would
have failed and this page would not be.
The versions stand in ` + "`go.mod`" + `, ` + "`loadtest/kafkatest/apache/pom.xml`" + ` and
` + "`schema/store/embedded/libchdb/package.json`" + `, the fixed seeds in the tests
(` + "`loadtest/delivery`" + `); what is promised, and why it holds, is in the documentation
of package ` + "`ingest`" + `.

A dash stands for a case that does not exist there: Apache Kafka cannot be told
to refuse a request, and the embedded Kafka loses the members of a group of the
consumer protocol when its only broker restarts.
`

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "page:", err)
		os.Exit(1)
	}
}

func run() error {
	lines, err := table.Read(os.Stdin)
	if err != nil {
		return err
	}
	if len(lines) == 0 {
		return errors.New("the report is empty; run `make delivery`")
	}
	top := fmt.Sprintf(head, time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH)
	if err := table.Write(os.Stdout, top, lines); err != nil {
		return err
	}
	if slices.ContainsFunc(lines, func(l table.Line) bool { return !l.Exact }) {
		return errors.New("not every case was exact")
	}
	return nil
}
