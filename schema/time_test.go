package schema

import (
	"strings"
	"testing"
	"time"
)

func TestParseRFC3339(t *testing.T) {
	for text, want := range map[string]string{
		"2026-01-31T12:00:00Z":               "2026-01-31T12:00:00.000Z",
		"2026-01-31t12:00:00z":               "2026-01-31T12:00:00.000Z",
		"2026-01-31T12:00:00.1Z":             "2026-01-31T12:00:00.100Z",
		"2026-01-31T12:00:00.1239999999999Z": "2026-01-31T12:00:00.123Z",
		"2026-01-31T23:59:59.9999Z":          "2026-01-31T23:59:59.999Z",
		"1969-12-31T23:59:59.9999Z":          "1969-12-31T23:59:59.999Z", // towards the past
		"1900-01-01T00:00:00.0009Z":          "1900-01-01T00:00:00.000Z",
		"2026-01-01T00:30:00+01:00":          "2025-12-31T23:30:00.000Z",
		"2025-12-31T23:30:00-05:45":          "2026-01-01T05:15:00.000Z",
		"2026-01-01T00:00:00-00:00":          "2026-01-01T00:00:00.000Z",
		"2026-01-01T23:59:00+23:59":          "2026-01-01T00:00:00.000Z",
		"2024-02-29T00:00:00Z":               "2024-02-29T00:00:00.000Z",
		"2000-02-29T00:00:00Z":               "2000-02-29T00:00:00.000Z",
		"2016-12-31T23:59:60Z":               "2017-01-01T00:00:00.000Z",
		"2016-12-31T23:59:60.5Z":             "2017-01-01T00:00:00.500Z",
		"1990-12-31T15:59:60-08:00":          "1991-01-01T00:00:00.000Z",
		"0000-01-01T00:00:00Z":               "0000-01-01T00:00:00.000Z",
		"9999-12-31T23:59:59.999Z":           "9999-12-31T23:59:59.999Z",
	} {
		if at, ok := parseRFC3339(text); !ok || at.String() != want {
			t.Errorf("%s became %s, %v; want %s", text, at, ok, want)
		}
	}
	for _, text := range []string{
		"", "2026", "2026-01-31", "2026-01-31T12:00Z", "2026-01-31T12:00:00", "2026-01-31 12:00:00Z",
		"2026-1-31T12:00:00Z", "26-01-31T12:00:00Z", "02026-01-31T12:00:00Z", "-2026-01-31T12:00:00Z",
		"2026-00-31T12:00:00Z", "2026-13-31T12:00:00Z", "2026-01-00T12:00:00Z", "2026-01-32T12:00:00Z",
		"2026-02-29T12:00:00Z", "1900-02-29T12:00:00Z", "2026-04-31T12:00:00Z",
		"2026-01-31T24:00:00Z", "2026-01-31T12:60:00Z", "2026-01-31T12:00:61Z", "2026-01-31T12:00:60Z", "2026-01-31T23:59:60+01:00",
		"2026-01-31T12:00:00.Z", "2026-01-31T12:00:00,5Z", "2026-01-31T12:00:00.5", "2026-01-31T12:00:00.5 Z",
		"2026-01-31T12:00:00+1:00", "2026-01-31T12:00:00+0100", "2026-01-31T12:00:00+24:00", "2026-01-31T12:00:00+01:60", "2026-01-31T12:00:00+01",
		"2026-01-31T12:00:00ZZ", " 2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z ", "2026/01/31T12:00:00Z", "２026-01-31T12:00Z", "1769860800",
	} {
		if at, ok := parseRFC3339(text); ok {
			t.Errorf("%q became %s", text, at)
		}
	}
}

// TestParseRFC3339EveryDay compares with package time on each day from 1960 to
// 2310.
func TestParseRFC3339EveryDay(t *testing.T) {
	for day := time.Date(1960, 1, 1, 23, 59, 59, 999e6, time.UTC); day.Year() < 2310; day = day.AddDate(0, 0, 1) {
		if at, ok := parseRFC3339(day.Format(time.RFC3339Nano)); !ok || at != MillisOf(day) {
			t.Fatalf("%s became %s, %v", day, at, ok)
		}
	}
}

func FuzzTime(f *testing.F) {
	for _, seed := range []string{
		"2026-01-31T12:00:00Z", "2026-01-31t12:00:00.123456789z", "1969-12-31T23:59:59.9999-05:30",
		"2016-12-31T23:59:60Z", "2024-02-29T00:00:00+14:00", "2026-01-31T12:00:00,5Z", "0000-12-31T00:00:00+23:59",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := parseRFC3339(text)
		std, err := time.Parse(time.RFC3339Nano, text)
		if err == nil && !stdOnly(text) && (!ok || got != MillisOf(std)) {
			t.Fatalf("%q became %s, %v; package time says %s", text, got, ok, std)
		}
		if !ok || strings.Contains(text, ":60") {
			return
		}
		// Ours takes lower case too, as RFC 3339 says that it may come.
		lenient, err := time.Parse(time.RFC3339Nano, strings.ToUpper(text))
		if err != nil || got != MillisOf(lenient) {
			t.Fatalf("%q became %s; package time says %s, %v", text, got, lenient, err)
		}
	})
}

// stdOnly says whether package time takes more than RFC 3339 allows: a decimal
// comma, an hour of one digit, an offset of 24 hours or of 60 minutes.
func stdOnly(text string) bool {
	if strings.Contains(text, ",") || len(text) < 14 || text[13] != ':' {
		return true
	}
	offset := text[len(text)-len("+07:00"):]
	return strings.ContainsAny(offset[:1], "+-") && (offset[1:3] > "23" || offset[4:] > "59")
}
