package schema

import "time"

// Millis is an instant: milliseconds since 1970-01-01T00:00:00Z.
type Millis int64

// MillisOf cuts t to the millisecond (towards the past, never rounding up).
func MillisOf(t time.Time) Millis { return Millis(t.UnixMilli()) }

// Time is the instant in UTC.
func (m Millis) Time() time.Time { return time.UnixMilli(int64(m)).UTC() }

// String is the instant as AppendRFC3339 writes it.
func (m Millis) String() string { return string(m.AppendRFC3339(nil)) }

// AppendRFC3339 appends the instant in UTC with three decimals.
func (m Millis) AppendRFC3339(b []byte) []byte {
	return m.Time().AppendFormat(b, "2006-01-02T15:04:05.000Z07:00")
}

// maxInstant is the last instant that ClickHouse's DateTime64 can hold.
var maxInstant = MillisOf(time.Date(2299, 12, 31, 23, 59, 59, 999e6, time.UTC))

// instantUpTo reads an instant from 1970 to latest, or says what it must be.
func instantUpTo(latest Millis, s string) (at Millis, must string) {
	at, ok := parseRFC3339(s)
	switch {
	case !ok:
		return 0, "an RFC 3339 time with an offset, like 2026-01-31T12:00:00Z"
	case at < 0 || at > latest:
		return 0, "a time from 1970 to " + latest.String()
	}
	return at, ""
}

// parseRFC3339 reads an RFC 3339 time with an offset (section 5.6 there) and
// cuts it to the millisecond. It takes any number of decimals, lower-case "t"
// and "z", and a leap second, which ends a day in UTC and counts as the first
// second of the next one. It exists because time.Parse costs a third of
// decoding an event and takes less (no leap second) and more (a decimal comma).
func parseRFC3339(s string) (Millis, bool) {
	if len(s) < len("2006-01-02T15:04:05Z") || s[4] != '-' || s[7] != '-' ||
		(s[10] != 'T' && s[10] != 't') || s[13] != ':' || s[16] != ':' {
		return 0, false
	}
	year, ok1 := digits(s[0:4])
	month, ok2 := digits(s[5:7])
	day, ok3 := digits(s[8:10])
	hour, ok4 := digits(s[11:13])
	minute, ok5 := digits(s[14:16])
	second, ok6 := digits(s[17:19])
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 ||
		month < 1 || month > 12 || day < 1 || day > daysIn(year, month) ||
		hour > 23 || minute > 59 || second > 60 {
		return 0, false
	}
	millis, rest, ok := fraction(s[19:])
	if !ok {
		return 0, false
	}
	offset, ok := offsetSeconds(rest)
	if !ok {
		return 0, false
	}
	unix := daysSince1970(year, month, day)*86400 +
		int64(hour)*3600 + int64(minute)*60 + int64(second) - offset
	if second == 60 && unix%86400 != 0 {
		return 0, false
	}
	return Millis(unix*1000 + millis), true
}

func digits(s string) (int, bool) {
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// fraction reads an optional "." and its decimals, of which the first three
// count.
func fraction(s string) (millis int64, rest string, ok bool) {
	if s[0] != '.' {
		return 0, s, true
	}
	i, scale := 1, int64(100)
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		millis += int64(s[i]-'0') * scale
		scale /= 10
	}
	return millis, s[i:], i > 1 && i < len(s)
}

func offsetSeconds(s string) (int64, bool) {
	if len(s) == 1 && (s[0] == 'Z' || s[0] == 'z') {
		return 0, true
	}
	if len(s) != len("+07:00") || (s[0] != '+' && s[0] != '-') || s[3] != ':' {
		return 0, false
	}
	hours, ok1 := digits(s[1:3])
	minutes, ok2 := digits(s[4:6])
	if !ok1 || !ok2 || hours > 23 || minutes > 59 {
		return 0, false
	}
	offset := int64(hours)*3600 + int64(minutes)*60
	if s[0] == '-' {
		offset = -offset
	}
	return offset, true
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// daysSince1970 counts days in the proleptic Gregorian calendar: years start
// in March, so that the leap day is the last day of a year (Howard Hinnant,
// "chrono-Compatible Low-Level Date Algorithms", days_from_civil).
func daysSince1970(year, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	era := year / 400
	if year < 0 {
		era = (year - 399) / 400
	}
	yearOfEra := year - era*400
	dayOfYear := (153*(month-3)+2)/5 + day - 1
	dayOfEra := yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear
	return int64(era)*146097 + int64(dayOfEra) - 719468
}
