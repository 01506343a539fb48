package embedded_test

import (
	"os/exec"
	"strings"
	"testing"
)

// curl runs curl against the endpoint and returns what it prints.
func curl(t *testing.T, stdin string, arguments ...string) string {
	t.Helper()
	path, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not installed")
	}
	command := exec.CommandContext(t.Context(), path, append([]string{"-sS"}, arguments...)...)
	command.Stdin = strings.NewReader(stdin)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Logf("curl %v: %v", arguments, err)
	}
	return string(output)
}

func TestCurl(t *testing.T) {
	database := newTable(t, "")
	root := "http://" + server.Addr()
	user := writer + ":" + writerPassword
	big := strings.Repeat("7,text of a row\n", 200_000) // large enough for Expect: 100-continue
	for _, c := range []struct {
		stdin     string
		arguments []string
		want      string
	}{
		{"", []string{root + "/ping"}, "Ok.\n"},
		{"", []string{root}, "Ok.\n"},
		{"", []string{"-u", user, root + "/?query=SELECT%201"}, "1\n"},
		{"SELECT 2", []string{"-u", user, root, "--data-binary", "@-"}, "2\n"},
		{"", []string{"-H", "X-ClickHouse-User: " + writer, "-H", "X-ClickHouse-Key: " + writerPassword, root, "-d", "SELECT 3"}, "3\n"},
		{"", []string{root + "/?user=" + writer + "&password=" + writerPassword, "-d", "SELECT 4"}, "4\n"},
		{"", []string{"-u", user, "--compressed", root + "/?enable_http_compression=1", "-d", "SELECT 5"}, "5\n"},
		{"", []string{"-u", user, root + "/?param_x=it's&query=SELECT%20%7Bx:String%7D%20FORMAT%20CSV"}, "\"it's\"\n"},
		{"", []string{"-u", user, "-o", "/dev/null", "-w", "%{http_code} %header{x-clickhouse-exception-code}", root, "-d", "SELECT * FROM missing"}, "404 60"},
		{"", []string{"-u", "nobody:x", "-o", "/dev/null", "-w", "%{http_code}", root, "-d", "SELECT 1"}, "403"},
		{big, []string{"-u", user, root + "/?database=" + database + "&query=INSERT%20INTO%20t%20FORMAT%20CSV", "--data-binary", "@-"}, ""},
		{big, []string{"-u", user, "-T", "-", "-X", "POST", root + "/?database=" + database + "&query=INSERT%20INTO%20t%20FORMAT%20CSV"}, ""},
		{"", []string{"-u", user, root + "/?database=" + database, "-d", "SELECT count() FROM t"}, "400000\n"},
	} {
		if got := curl(t, c.stdin, c.arguments...); got != c.want {
			t.Errorf("%v: %q, want %q", c.arguments, got, c.want)
		}
	}
}
