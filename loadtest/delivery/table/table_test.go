package table_test

import (
	"strings"
	"testing"

	"github.com/vividium/firebreak/loadtest/delivery/table"
)

func TestPageHoldsEveryLine(t *testing.T) {
	lines, err := table.Read(strings.NewReader(`{"part":"Kafka","case":"leaders moved","exact":true,"records":900}
{"part":"ClickHouse","case":"slow | late","exact":true,"records":10,"figures":"3 requests harmed"}
{"part":"Kafka","case":"leaders moved","apache":true,"exact":false,"records":800,"figures":"2 times"}
{"part":"Kafka","case":"leaders moved","apache":true,"exact":true,"records":801}
`))
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	if err := table.Write(&page, "# Head\n", lines); err != nil {
		t.Fatal(err)
	}
	const want = `# Head

## Kafka

| case | embedded Kafka | Apache Kafka |
| --- | --- | --- |
| leaders moved | exact: 900 records | **not exact**: 800 records, 2 times; exact: 801 records |

## ClickHouse

| case | embedded Kafka | Apache Kafka |
| --- | --- | --- |
| slow \| late | exact: 10 records, 3 requests harmed | — |
`
	if page.String() != want {
		t.Errorf("got\n%s\nwant\n%s", page.String(), want)
	}
}

func TestBrokenReportIsNamed(t *testing.T) {
	if _, err := table.Read(strings.NewReader("{\"part\":\"Kafka\"}\nnonsense\n")); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("got %v", err)
	}
}
