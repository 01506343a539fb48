package embedded

import (
	"bytes"
	"strings"
)

// hello is the first query of clickhouse-go.
const hello = "SELECT displayName(), version(), revision(), timezone()"

// isHello tells the first query of clickhouse-go, which names its revision.
func (j *job) isHello() bool {
	return j.revision != "" && strings.EqualFold(j.format, "Native") && strings.TrimSpace(j.statement.sql) == hello
}

// helloBlock answers it, in Native as of the client's revision. The engine
// writes blocks of revision 0, whatever the client's, and would not say so:
// the client reads all that follows as of the revision named here.
func helloBlock(version string) []byte {
	var b bytes.Buffer
	text := func(s string) {
		b.WriteByte(byte(len(s)))
		b.WriteString(s)
	}
	b.Write([]byte{1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0}) // block info: no overflow rows, no bucket
	b.Write([]byte{4, 1})                               // columns, rows
	for _, column := range []struct{ name, kind, value string }{
		{"displayName()", "String", displayName},
		{"version()", "String", version},
		{"revision()", "UInt32", ""},
		{"timezone()", "String", "UTC"},
	} {
		text(column.name)
		text(column.kind)
		b.WriteByte(0) // ordinary serialization
		if column.kind == "String" {
			text(column.value)
		} else {
			b.Write([]byte{0, 0, 0, 0})
		}
	}
	return b.Bytes()
}
