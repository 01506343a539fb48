package audit_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/audit"
)

// What columns hide is exported all the same, and a run of which there is nothing is an
// error, with nothing written.
func TestExportWhatColumnsHide(t *testing.T) {
	c := emptyCompany(t)
	tellEvents(t, c, `execution.rejected r ,"approver":"ann"
		execution.started r
		execution.approved r
		execution.started other`)
	dead := schema.Record{Topic: topic(schema.Execution), Offset: 4, Timestamp: schema.MillisOf(began), Key: []byte("r"), Value: []byte("no event")}
	land(t, c.store, []*schema.Record{&dead})
	c.seal(t)
	c.do(t, "ALTER TABLE execution_records UPDATE reason = 'empty' WHERE offset = 0 SETTINGS mutations_sync = 1")
	c.do(t, "INSERT INTO execution_records SELECT * REPLACE ('other' AS execution_id) FROM execution_records AS r WHERE r.offset = 2")
	c.do(t, "ALTER TABLE execution_records DELETE WHERE offset = 2 AND execution_id = 'r' SETTINGS mutations_sync = 1")
	prover, err := audit.OpenProver(c.dir, c.public())
	must(t, err)
	defer prover.Close()
	for name, selection := range map[string]audit.Selection{
		"named":    {Executions: []string{"r"}},
		"a window": {From: began.Add(time.Second), To: began.Add(2 * time.Second)},
	} {
		var out bytes.Buffer
		header, err := audit.Export(t.Context(), c.reader, prover, c.public(), selection, &out)
		must(t, err)
		for offset := range 3 {
			if !strings.Contains(out.String(), fmt.Sprintf(`"offset":%d,`, offset)) {
				t.Errorf("%s: without the record at offset %d: %s", name, offset, out.String())
			}
		}
		if header.Records != 3 || header.Runs != 1 || header.Unreadable != 0 {
			t.Errorf("%s: %+v", name, header)
		}
	}
	var out bytes.Buffer
	_, err = audit.Export(t.Context(), c.reader, prover, c.public(), audit.Selection{Executions: []string{"r", "nobody", "no\none"}}, &out)
	if err == nil || !strings.Contains(err.Error(), `there is no event of the executions "nobody", "no\none"`) || out.Len() > 0 {
		t.Errorf("of runs of which there is nothing: %v, %s", err, out.String())
	}
}
