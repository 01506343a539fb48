//go:build !race

// The race detector slows the code unevenly and makes sync.Pool forget, so
// what a record costs is measured without it.

package schema

import (
	"encoding/base64"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// hostile are records of about n bytes that someone made to cost more than
// they weigh.
var hostile = map[string]func(n int) []byte{
	"deep arrays": func(n int) []byte {
		return valid(Incident, `"x":`+strings.Repeat("[", n))
	},
	"deep objects": func(n int) []byte {
		return valid(Incident, `"x":`+strings.Repeat(`{"":`, n/4))
	},
	"wide and deep": func(n int) []byte {
		branch := nested(60) + ","
		return valid(Incident, `"x":[`+strings.Repeat(branch, n/len(branch))+`0]`)
	},
	"distinct keys": func(n int) []byte {
		return valid(Incident, `"x":{`+members(n, func(i int) string { return fmt.Sprintf(`"%x":0`, i) })+`}`)
	},
	"distinct unknown fields": func(n int) []byte {
		return valid(Incident, members(n, func(i int) string { return fmt.Sprintf(`"%x":0`, i) }))
	},
	"distinct escaped keys": func(n int) []byte {
		return valid(Incident, `"x":{`+members(n, func(i int) string { return fmt.Sprintf(`"\n%x":0`, i) })+`}`)
	},
	"duplicate keys at the end": func(n int) []byte {
		return valid(Incident, `"x":{`+members(n, func(i int) string { return fmt.Sprintf(`"%x":0`, i) })+`,"0":0,"1":0}`)
	},
	"long keys alike": func(n int) []byte {
		key := strings.Repeat("k", 2000)
		return valid(Incident, `"x":{`+members(n, func(i int) string { return fmt.Sprintf(`"%s%x":0`, key, i) })+`}`)
	},
	"small objects": func(n int) []byte {
		return valid(Incident, `"x":[`+members(n, func(int) string { return `{"a":0,"b":0}` })+`]`)
	},
	"bad labels": func(n int) []byte {
		return valid(Incident, `"labels":{`+members(n, func(i int) string { return fmt.Sprintf(`"%x":0`, i) })+`}`)
	},
	"too many labels": func(n int) []byte {
		return valid(Incident, `"labels":{`+members(n, func(i int) string { return fmt.Sprintf(`"%x":""`, i) })+`}`)
	},
	"one label with a long name": func(n int) []byte {
		return valid(Incident, `"labels":{"`+strings.Repeat("l", n)+`":0}`)
	},
	"bad ids": func(n int) []byte {
		return valid(Incident, `"alert_ids":[`+members(n, func(int) string { return "0" })+`]`)
	},
	"empty ids": func(n int) []byte {
		return valid(Incident, `"alert_ids":[`+members(n, func(int) string { return `""` })+`]`)
	},
	"null ids": func(n int) []byte {
		return valid(Incident, `"alert_ids":[`+members(n, func(int) string { return "null" })+`]`)
	},
	"escaped ids": func(n int) []byte {
		return valid(Incident, `"alert_ids":[`+members(n, func(int) string { return `"\n"` })+`]`)
	},
	"empty actions": func(n int) []byte {
		return valid(Incident, `"actions":[`+members(n, func(int) string { return "{}" })+`]`)
	},
	"good actions": func(n int) []byte {
		return valid(Incident, `"actions":[`+members(n, func(int) string { return `{"kind":"fix"}` })+`]`)
	},
	"actions with unknown members": func(n int) []byte {
		return valid(Incident, `"actions":[`+members(n, func(int) string { return `{"kind":"fix","":0}` })+`]`)
	},
	"escapes": func(n int) []byte {
		return valid(Incident, `"description":"`+strings.Repeat(`\n`, n/2)+`"`)
	},
	"unicode escapes": func(n int) []byte {
		return valid(Incident, `"description":"`+strings.Repeat(`\ud83d\udd25`, n/12)+`"`)
	},
	"a string that does not end": func(n int) []byte {
		return valid(Incident, `"x":"`+strings.Repeat(`\"`, n/2))
	},
	"many digits": func(n int) []byte {
		return valid(Incident, `"revenue_lost":`+strings.Repeat("9", n))
	},
	"many decimals": func(n int) []byte {
		return valid(Incident, `"revenue_lost":0.`+strings.Repeat("9", n))
	},
	"a version of many digits": func(n int) []byte {
		return valid(Incident, `"schema_version":`+strings.Repeat("9", n))
	},
	"a type of many bytes": func(n int) []byte {
		return []byte(`{"type":"` + strings.Repeat("t", n) + `"}`)
	},
	"a time of many digits": func(n int) []byte {
		return valid(Incident, `"started_at":"2026-01-31T12:00:00.`+strings.Repeat("9", n)+`Z"`)
	},
	"spaces": func(n int) []byte {
		return valid(Incident, strings.Repeat(" ", n)+`"x":0`)
	},
	"an envelope that sets no header": func(n int) []byte {
		return []byte(`{"specversion":"1.0","id":"e1","data":{` + members(n, func(i int) string { return fmt.Sprintf(`"%x":0`, i) }) + `}}`)
	},
	"base64": func(n int) []byte {
		data := base64.StdEncoding.EncodeToString(valid(Incident, `"x":[`+strings.Repeat("0,", n*3/8)+`0]`))
		return []byte(`{"specversion":"1.0","data_base64":"` + data + `"}`)
	},
}

// members are comma-separated and have about n bytes in all.
func members(n int, member func(i int) string) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(member(i))
	}
	return b.String()
}

const hostileSize = MaxRecordBytes - 4096

// TestMemory bounds what decoding a record of 1 MiB allocates in all, which is
// more than is alive at any time, and what is left once an ordinary one was read.
func TestMemory(t *testing.T) {
	const (
		allocated = 8 // times the record's size, over the whole decoding
		kept      = 256 << 10
	)
	// In []string and []Action an element that takes 3 and 15 bytes on the
	// wire takes 16 and 88, and the slice grows by copying.
	wider := map[string]float64{"empty ids": 36, "escaped ids": 30, "good actions": 40, "actions with unknown members": 40}
	for name, build := range hostile {
		t.Run(name, func(t *testing.T) {
			value, ordinary := build(hostileSize), valid(Incident)
			d := NewDecoder(Incident)
			before := heap()
			d.Decode(&Record{Value: value}, now)
			times := float64(heap().TotalAlloc-before.TotalAlloc) / float64(len(value))
			d.Decode(&Record{Value: ordinary}, now)
			left := int64(heap().HeapAlloc) - int64(before.HeapAlloc)
			t.Logf("%s: allocated %.1f times the size, left %d KiB", name, times, left>>10)
			if limit := max(allocated, wider[name]); times > limit {
				t.Errorf("decoding allocated %.1f times the record's size; the limit is %.0f", times, limit)
			}
			if left > kept {
				t.Errorf("the decoder keeps %d KiB", left>>10)
			}
			runtime.KeepAlive(d)
			runtime.KeepAlive(value)
		})
	}
}

func heap() (m runtime.MemStats) {
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m
}

// TestLinearTime compares a record with one of 8 times its size: linear work
// takes 8 times as long, quadratic work 64 times.
func TestLinearTime(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
	}
	const factor, limit = 8, 28
	for name, build := range hostile {
		t.Run(name, func(t *testing.T) {
			small, large := build(hostileSize/factor), build(hostileSize)
			var ratio float64
			for range 3 { // a machine that was busy gets another chance
				ratio = float64(fastest(large)) / float64(fastest(small))
				if ratio < limit {
					return
				}
			}
			t.Errorf("%d times the bytes took %.0f times as long", factor, ratio)
		})
	}
}

func fastest(value []byte) time.Duration {
	d := NewDecoder(Incident)
	var took []time.Duration
	for range 5 {
		start := time.Now()
		d.Decode(&Record{Value: value}, now)
		took = append(took, time.Since(start))
	}
	return max(slices.Min(took), 2*time.Microsecond) // below, the clock's own noise counts
}

// TestRecordsAreLetGo: the decoder's reused slices must not pin the bytes of
// records that were read long ago.
func TestRecordsAreLetGo(t *testing.T) {
	d := NewDecoder(Incident)
	before := heap()
	func() {
		big := strings.Repeat(" ", hostileSize)
		d.Decode(&Record{Value: valid(Incident, big+`"labels":{"a":"1","b":"2"},"alert_ids":["1","2"],"execution_ids":["1","2"],"actions":[{"kind":"fix","id":"1"}]`)}, now)
	}()
	d.Decode(&Record{Value: valid(Incident)}, now)
	if left := int64(heap().HeapAlloc) - int64(before.HeapAlloc); left > 64<<10 {
		t.Errorf("%d KiB are pinned", left>>10)
	}
	runtime.KeepAlive(d)
}

// TestOrdinaryEventsAllocateNothing holds also for text that is not ASCII and
// for both kinds of CloudEvent but a structured one's second look.
func TestOrdinaryEventsAllocateNothing(t *testing.T) {
	records := map[string]Record{
		"not ASCII": {Value: valid(Incident, `"description":"Größe über 90 % – 障害"`, `"unbekannt":"ü"`)},
		"review":    {Value: valid(Incident, `"actions":[{"id":"1","kind":"fix","ticket":"OPS-1"},{"kind":"band_aid"}]`)},
		"long time": {Value: valid(Incident, `"started_at":"2026-01-31T12:00:00.123456789+01:00"`)},
		"binary": {Value: []byte(`{"incident_id":"INC-1"}`), Headers: []Header{
			{"ce_id", []byte("e1")}, {"ce_type", []byte(IncidentUpdated)}, {"ce_time", []byte("2026-01-31T12:00:00Z")},
		}},
		"structured": {Value: []byte(`{"specversion":"1.0","id":"e1","type":"incident.updated","time":"2026-01-31T12:00:00Z","data":{"incident_id":"INC-1"}}`)},
		"ordinary":   {Value: ordinary[Incident]},
	}
	d := NewDecoder(Incident)
	for name, rec := range records {
		if n := testing.AllocsPerRun(100, func() {
			if _, f := d.Decode(&rec, now); f != nil {
				t.Fatal(f)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
