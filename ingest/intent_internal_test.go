package ingest

import "testing"

func TestMarks(t *testing.T) {
	cases := []struct {
		name     string
		offset   int64
		metadata string
		want     mark
	}{
		{"no intent", 7, "", mark{offset: 7}},
		{"an intent", 7, "firebreak/1 until=9", mark{offset: 7, until: 9}},
		{"markers", 7, "firebreak/1 last=4", mark{offset: 7, last: 4}},
		{"markers before the last record", 7, "firebreak/1 last=7", mark{offset: 7}},
		{"an empty one", 7, "firebreak/1 until=7", mark{offset: 7}},
		{"one that goes back", 7, "firebreak/1 until=3", mark{offset: 7}},
		{"a member's id, as other clients write it", 7, "firebreak-1234-5678", mark{offset: 7}},
		{"a later version's", 7, "firebreak/2 until=9", mark{offset: 7}},
		{"no number", 7, "firebreak/1 until=", mark{offset: 7}},
		{"more behind it", 7, "firebreak/1 until=9 ", mark{offset: 7}},
	}
	for _, c := range cases {
		got := readMark(c.offset, 0, c.metadata)
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
		if again := readMark(got.offset, 0, got.metadata()); again != got {
			t.Errorf("%s: written and read again: %+v", c.name, again)
		}
	}
}

func TestPoints(t *testing.T) {
	cases := []struct {
		name string
		next int64
		mark mark
		want point
	}{
		{"no intent", 10, mark{offset: 10}, point{next: 10}},
		{"the intent has not landed", 10, mark{offset: 10, until: 15}, point{next: 10, from: 10, until: 15}},
		{"the intent has landed", 15, mark{offset: 10, until: 15}, point{next: 15}},
		{"more than the intent has landed", 20, mark{offset: 10, until: 15}, point{next: 20}},
		{"offsets without a record before the intent", 8, mark{offset: 10, until: 15}, point{next: 8, from: 10, until: 15}},
		{"nothing is known of the group", 10, mark{offset: -1}, point{next: 10}},
	}
	for _, c := range cases {
		if got := pointAt(c.next, c.mark); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}
