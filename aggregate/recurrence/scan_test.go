package recurrence

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestShapes(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"Disk full", "disk full"},
		{"Disk usage on web-01 at 93% (/var/log)", "disk usage on web-<*> at <*>"},
		{"Connection to 10.1.2.3:5432 refused", "connection to <*> refused"},
		{"Peer fe80::1ff:fe23:4567:890a lost", "peer <*> lost"},
		{"BSSID changed to 5c:50:15:4c:18:13", "bssid changed to <*>"},
		{"Loading https://x.example.org/a?b=c&d=1 failed", "loading <*> failed"},
		{"GET /v2/servers/detail?all=True&since=2017 took 2.5s", "get <*> took <*>"},
		{"Job 7c9e6679-7425-40de-944b-e07fc1f90ae7 died", "job <*> died"},
		{"checksum bd2e9703 differs", "checksum <*> differs"},
		{"Deleting blk_-3820 and blk_42", "deleting blk_<*> and blk_<*>"},
		{"ask to delete blk_1 blk_-2 blk_3", "ask to delete blk_<*>"},
		{"nodes n-1 0x1f ok n-2 0x2f ok n-3 0x3f ok", "nodes n-<*> <*> ok"},
		{"S3 is slow, EC2 is not", "s<*> is slow ec<*> is not"},
		{"HTTP 5xx at the edge", "http 5xx at the edge"},
		{"HTTP 503 at the edge", "http <*> at the edge"},
		{"read and/or write, N/A", "read and or write n a"},
		{"since Fri Jul 01 08:16:53 PDT 2005", "since <*>"},
		{"may fail in March", "may fail in march"},
		{"user com.example.App crashed", "user <*> crashed"},
		{"cannot open report.pdf", "cannot open <*>"},
		{"speeds ( 3552 **** 3515 )", "speeds <*> *** <*>"},
		{"GRÖSSER als Öl", "grösser als öl"},
		{"Ошибка ОШИБКА", "ошибка ошибка"},
		{"データベース 3 停止", "データベース <*> 停止"},
		{"主机web-01磁盘空间不足", "主机 web-<*> 磁盘空间不足"},
		{"服务器10.0.0.1宕机", "服务器 <*> 宕机"},
		{"🚨Checkout latency\u00a0high — “now”", "checkout latency high now"},
		{"", ""},
		{"  ,;!  ", ""},
	} {
		words := newLexicon()
		if got := words.text(shapeOf(words, test.text)); got != test.want {
			t.Errorf("%q has the shape %q, want %q", test.text, got, test.want)
		}
	}
}

// A megabyte of anything is read in no time: only its start counts.
func TestLongTexts(t *testing.T) {
	began := time.Now()
	for _, piece := range []string{"a:", ":", "/", "1.", "e::", "a b ", "1 a ", "w-1 ", "*", "x1y2 ", "é"} {
		c := New()
		long := strings.Repeat(piece, 1<<20/len(piece))
		c.Add(&Incident{ID: "a", Title: long, Description: "b" + long, Service: long})
		c.Add(&Incident{ID: "b", Title: "c " + long, Description: long, Service: long + "d"})
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
}

// Whatever the bytes, tokens are pieces of the text in its order, and a shape is
// that of any text of the shape.
func FuzzScan(f *testing.F) {
	for _, text := range []string{"Disk full on web-01 (93%)", "a://b /c ~/d e::f 1:2:3", "**** x***", "\xff\xfe 10.0.0.1", "日本 5xx", "a-", "0x", "://"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rest := text
		for _, token := range scan(text, nil) {
			if token.text == "" {
				t.Fatalf("%q has an empty token", text)
			}
			if token.text == "***" {
				continue // stands for a longer row
			}
			at := strings.Index(rest, token.text)
			if at < 0 {
				t.Fatalf("%q is not in order in %q", token.text, text)
			}
			rest = rest[at+len(token.text):]
		}
		words := newLexicon()
		shapeOf(words, text)
	})
}

// Nothing that arrives brings a clusterer down, and the same incidents give the
// same clusters.
func FuzzAdd(f *testing.F) {
	f.Add("Disk full on web-01\nDisk full on web-02\nOOM\n\nService disruption", "web", "old logs fill it")
	f.Fuzz(func(t *testing.T, titles, service, description string) {
		if !utf8.ValidString(titles + service + description) {
			return
		}
		run := func() []string {
			c := New()
			var clusters []string
			for i, title := range strings.Split(titles, "\n") {
				in := &Incident{ID: strings.Repeat("i", i+1), Title: title, Service: service, Description: description, Rules: []string{title}, Labels: map[string]string{"a": title, "alertname": service}}
				clusters = append(clusters, c.Add(in).Cluster)
			}
			c.Settle()
			for i := range clusters {
				clusters[i] = c.Top(clusters[i])
			}
			return clusters
		}
		if a, b := strings.Join(run(), " "), strings.Join(run(), " "); a != b {
			t.Errorf("the same incidents give %s and %s", a, b)
		}
	})
}

// The name of a service may be the name of a day as well.
func TestADayThatIsAService(t *testing.T) {
	c := New()
	e := c.readTitle(&Incident{ID: "a", Title: "Backup of Mon Sun 5 failed", Service: "sun"})
	if got := c.words.text(c.templates.list[e.titles[0]].shape); got != "backup of <*> failed" {
		t.Errorf("the shape is %q", got)
	}
}
