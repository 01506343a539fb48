package world

import (
	"math"
	"time"
)

// rhythm is how many times more often than on average something happens in
// the hour that begins at t. Over a year its mean is about 1.
type rhythm func(t time.Time) float64

// steady things happen at any hour.
func steady(time.Time) float64 { return 1 }

// evenings follow the customers through the week: quiet nights, busy
// evenings, a little less at weekends.
func evenings(t time.Time) float64 {
	return (1 + 0.7*math.Sin(2*math.Pi*float64(t.Hour()-11)/24)) * weekdayOr(t, 1.06, 0.85)
}

// traffic follows them through the year as well: its season peaks at the end
// of November.
func traffic(t time.Time) float64 {
	return evenings(t) * (1 + 0.25*math.Cos(2*math.Pi*float64(t.YearDay()-330)/365))
}

// officeHours follow the people who change things.
func officeHours(t time.Time) float64 {
	if h := t.Hour(); h < 8 || h > 18 {
		return weekdayOr(t, 0.4, 0.2)
	}
	return weekdayOr(t, 2.2, 0.6)
}

// deploys go out on Tuesdays and Thursdays by day.
func deploys(t time.Time) float64 {
	switch d := t.Weekday(); {
	case t.Hour() < 9 || t.Hour() > 17:
		return 0.1
	case d == time.Tuesday || d == time.Thursday:
		return 7
	}
	return weekdayOr(t, 1.2, 0.2)
}

// midnight is when keys that were cached together expire together.
func midnight(t time.Time) float64 { return only(t.Hour() == 0, 24) }

// nightBatch is when the jobs of the night run.
func nightBatch(t time.Time) float64 { return only(t.Hour() >= 1 && t.Hour() < 5, 6) }

// monthEnd is the last and the first day of a month.
func monthEnd(t time.Time) float64 {
	if t.Day() == 1 || t.AddDate(0, 0, 1).Day() == 1 {
		return 10
	}
	return 0.35
}

// lateEvening is shortly before midnight, when caches are warmed.
func lateEvening(t time.Time) float64 { return only(t.Hour() == 23, 24) }

// sundayNight is the maintenance window.
func sundayNight(t time.Time) float64 {
	return only(t.Weekday() == time.Sunday && t.Hour() >= 20, 42)
}

func only(now bool, weight float64) float64 {
	if now {
		return weight
	}
	return 0
}

func weekdayOr(t time.Time, weekday, weekend float64) float64 {
	if d := t.Weekday(); d == time.Saturday || d == time.Sunday {
		return weekend
	}
	return weekday
}
