package review

import (
	"fmt"
	"time"

	"github.com/vividium/firebreak/aggregate"
)

// ParseWeek gives the end of the ISO week of a name as "2026-W46": the Monday after it,
// 00:00 UTC.
func ParseWeek(name string) (end time.Time, err error) {
	var year, number int
	if n, err := fmt.Sscanf(name, "%4d-W%2d", &year, &number); err != nil || n != 2 {
		return end, fmt.Errorf("%q is no ISO week: write it as 2026-W46", name)
	}
	// 4 January is always in the first week.
	end = aggregate.WeekEnd(time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)).AddDate(0, 0, 7*(number-1))
	if number < 1 || aggregate.WeekName(end) != name {
		return end, fmt.Errorf("there is no ISO week %s", name)
	}
	return end, nil
}

// LastWeek is the end of the last week that was over at a moment.
func LastWeek(now time.Time) time.Time { return aggregate.WeekEnd(now).AddDate(0, 0, -7) }
