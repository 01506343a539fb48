package ingest

import (
	"fmt"
	"strconv"
	"strings"
)

// mark is what Kafka keeps for a partition of the group: all below offset has
// landed, and, unless until is 0, a batch of the records from offset up to until
// (not included) may be on its way.
type mark struct {
	offset int64
	until  int64
	epoch  int32 // leader epoch of the record before offset, -1 when unknown
	// last is the record that landed last, where only Kafka's own markers lie
	// between it and offset; 0 where there are none, or nothing has landed.
	last int64
}

// intentPrefix begins the metadata of an offset that is committed with an
// intent. Whatever else stands there was written by somebody else.
const intentPrefix = "firebreak/1 until="

// lastPrefix begins the metadata of one behind markers.
const lastPrefix = "firebreak/1 last="

func (m mark) metadata() string {
	switch {
	case m.until != 0:
		return intentPrefix + strconv.FormatInt(m.until, 10)
	case m.last != 0:
		return lastPrefix + strconv.FormatInt(m.last, 10)
	}
	return ""
}

// readMark is the mark that was committed; one without a readable intent has
// none.
func readMark(offset int64, epoch int32, metadata string) mark {
	m := mark{offset: offset, epoch: epoch}
	text, ours := strings.CutPrefix(metadata, intentPrefix)
	if until, err := strconv.ParseInt(text, 10, 64); ours && err == nil && until > offset {
		m.until = until
	}
	text, ours = strings.CutPrefix(metadata, lastPrefix)
	if last, err := strconv.ParseInt(text, 10, 64); ours && err == nil && last > 0 && last < offset {
		m.last = last
	}
	return m
}

// point is where a worker begins.
type point struct {
	// next is the first offset that has not landed.
	next int64
	// from and until are the records of a batch that a former owner may have on
	// its way. They go as exactly the same batch, under the same token, so that
	// they are there once whether or not its insert still arrives. Both are 0
	// when there is none.
	from, until int64
}

// pointAt says where to begin when next is the first record to write and Kafka
// keeps m.
func pointAt(next int64, m mark) point {
	p := point{next: next}
	if m.until > next {
		p.from, p.until = m.offset, m.until
	}
	return p
}

// token names a batch of the records from an offset up to another, not included.
// Every owner that finds the first so many of its tokens taken for nothing comes
// to the same next one.
func (tp topicPartition) token(from, until int64, taken int) string {
	token := fmt.Sprintf("%s/%d/%d-%d", tp.topic, tp.partition, from, until-1)
	if taken > 0 {
		token += fmt.Sprintf("#%d", taken+1)
	}
	return token
}
