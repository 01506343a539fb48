package delivery

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/vividium/firebreak/loadtest/delivery/table"
	"github.com/vividium/firebreak/loadtest/kafkatest"
)

// reportVariable names the file to which each case adds what it saw.
const reportVariable = "FIREBREAK_DELIVERY_REPORT"

// report tells what a case saw once it is over. A case that failed is told as
// such.
func (s *scene) report(part, name, figures string, args ...any) {
	s.tb.Helper()
	line := table.Line{
		Part: part, Case: name, Apache: kafkatest.Real(), Exact: !s.tb.Failed(),
		Records: s.ledger.Records(), Figures: fmt.Sprintf(figures, args...),
	}
	s.tb.Logf("%d records, exact: %v; %s", line.Records, line.Exact, line.Figures)
	path := os.Getenv(reportVariable)
	if path == "" {
		return
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		s.tb.Fatal(err)
	}
	defer file.Close()
	if err := json.NewEncoder(file).Encode(line); err != nil {
		s.tb.Fatal(err)
	}
}
