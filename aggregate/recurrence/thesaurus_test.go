package recurrence

import (
	"strings"
	"testing"
)

// shapeOf is the shape of a text by a lexicon.
func shapeOf(l *lexicon, text string) shape {
	tokens := scan(text, nil)
	l.read(tokens)
	return l.shapeOf(tokens, nil)
}

// Every saying must lead to its own meaning and to no other.
func TestSayings(t *testing.T) {
	l := newLexicon()
	seen := make(map[string]string)
	for _, same := range sayings {
		want := l.stemOf(nameOf(same[0]))
		for _, text := range same {
			text = strings.TrimPrefix(text, exactly)
			stems := l.stems(shapeOf(l, text))
			if len(stems) != 1 || stems[0] != want {
				t.Errorf("%q means %q, want %q", text, l.text(stems), l.entries[want].text)
			}
			if other, known := seen[text]; known {
				t.Errorf("%q stands for both %q and %q", text, other, same[0])
			}
			seen[text] = same[0]
		}
	}
}

func TestSayingsInTitles(t *testing.T) {
	for _, test := range []struct{ title, stems string }{
		{"Orders worker OOMKilled on node-3", "order worker out-of-memory"},
		{"orders worker ran out of memory", "order worker ran out-of-memory"},
		{"No space left on device /var", "disk-full"},
		{"Queue lags behind", "queu lag"},
		{"Clock of node-3: time out of sync", "clock tim sync"},
		{"Cache misses rising", "cach miss rising"},
		{"No space station reachable", "spac station reachabl"},
		{"Requests timing out, hanging", "request timeout unresponsiv"},
		{"Request time-out, PermissionDenied", "request timeout access-den"},
		{"permission_denied for exporter", "access-den exporter"},
	} {
		l := newLexicon()
		want := make(map[string]bool)
		for w := range strings.FieldsSeq(test.stems) {
			want[w] = true
		}
		got := l.stems(shapeOf(l, test.title))
		for _, s := range got {
			if !want[l.entries[s].text] {
				t.Errorf("%q has %q, want %s", test.title, l.entries[s].text, test.stems)
			}
			delete(want, l.entries[s].text)
		}
		if len(want) > 0 {
			t.Errorf("%q lacks %v", test.title, want)
		}
	}
}

func TestTold(t *testing.T) {
	for _, test := range []struct {
		a, b        string
		same, other bool
	}{
		{"cache stale", "cache out of date", true, false},
		{"cache stale", "cache corrupt", false, true},
		{"cache stale", "cache burning", false, false},
		{"worker in CrashLoopBackOff", "worker OOMKilled", false, false}, // the one may be of the other
		{"cache unreachable", "cache slow", false, false},                // said of anything
		{"cache unreachable", "cache corrupt", false, false},
	} {
		l := newLexicon()
		same, other := l.told(l.stems(shapeOf(l, test.a)), l.stems(shapeOf(l, test.b)))
		if same != test.same || other != test.other {
			t.Errorf("%q and %q: same %v, other %v, want %v, %v", test.a, test.b, same, other, test.same, test.other)
		}
	}
}
