package review

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/vividium/firebreak/aggregate"
)

// Charts are written as SVG by hand: a library's would bring colours of its own into the
// drawing, and these must follow the reader's choice of light and dark, and paper.

// Size of a chart, in the units of its view box.
const (
	chartWidth   = 420.0
	chartHeight  = 190.0
	chartLeft    = 52.0
	chartRight   = 8.0
	chartTop     = 10.0
	chartBottom  = 28.0
	ticksAtLeast = 3
)

// Chart is a metric week by week, ready to be drawn.
type Chart struct {
	ID, Title, Summary string
	Width, Height      float64
	Left, Right        float64 // of the plane in which it is drawn
	Bottom             float64
	Ticks              []Tick
	Weeks              []Tick
	Parts              []Part // weeks in a row that have a number
	Dots               []Dot
	Rows               []ChartRow
	HasInterval        bool
}

// Tick is a mark of an axis.
type Tick struct {
	At   float64
	Text string
}

// Part is the points of a polyline, and of the polygon of intervals.
type Part struct{ Line, Band string }

// Dot is a week's number.
type Dot struct {
	X, Y   float64
	IsThis bool
}

// ChartRow is what the chart shows, as a table.
type ChartRow struct {
	Week string
	Line *Line
}

// chartOf draws a trend. Weeks without a number are gaps.
func chartOf(t Trend) *Chart {
	m := catalogued(t.Metric)
	c := &Chart{
		ID: "chart-" + t.Metric, Title: m.Title + " by week", Width: chartWidth, Height: chartHeight,
		Left: chartLeft, Right: chartWidth - chartRight, Bottom: chartHeight - chartBottom,
	}
	s := scaleOf(t.Points)
	c.Ticks = s.ticks(m.Unit)
	var part partBuilder
	for i := range t.Points {
		p := &t.Points[i]
		name := aggregate.WeekName(p.Time("to"))
		c.Rows = append(c.Rows, ChartRow{name, p})
		x := c.x(i, len(t.Points))
		if i%4 == len(t.Points)%4 && i+3 < len(t.Points) || i == len(t.Points)-1 {
			c.Weeks = append(c.Weeks, Tick{x, name[5:]})
		}
		estimate, known := p.Number("estimate")
		if !known || !p.OK() {
			c.add(&part)
			continue
		}
		c.Dots = append(c.Dots, Dot{x, s.y(estimate), i == len(t.Points)-1})
		part.line = append(part.line, point(x, s.y(estimate)))
		if _, interval, ok := p.estimate(); ok {
			part.upper = append(part.upper, point(x, s.y(min(interval.High, s.high))))
			part.lower = append(part.lower, point(x, s.y(interval.Low)))
		}
	}
	c.add(&part)
	c.Summary = summaryOf(m, t.Points)
	return c
}

// partBuilder gathers the points of weeks in a row.
type partBuilder struct{ line, upper, lower []string }

// add ends a part of the chart.
func (c *Chart) add(p *partBuilder) {
	if len(p.line) > 0 {
		slices.Reverse(p.lower)
		c.Parts = append(c.Parts, Part{strings.Join(p.line, " "), strings.Join(append(p.upper, p.lower...), " ")})
		c.HasInterval = c.HasInterval || len(p.upper) > 0
	}
	*p = partBuilder{}
}

func point(x, y float64) string { return fmt.Sprintf("%.1f,%.1f", x, y) }

func (c *Chart) x(i, n int) float64 {
	if n == 1 {
		return (c.Left + c.Right) / 2
	}
	return c.Left + 6 + (c.Right-c.Left-12)*float64(i)/float64(n-1)
}

// summaryOf says in words what the line shows.
func summaryOf(m *aggregate.Metric, points []Line) string {
	low, high, known := -1, -1, 0
	for i := range points {
		if !points[i].OK() {
			continue
		}
		known++
		v := points[i].number("estimate")
		if low < 0 || v < points[low].number("estimate") {
			low = i
		}
		if high < 0 || v > points[high].number("estimate") {
			high = i
		}
	}
	if known == 0 {
		return m.Title + ": no week has a number."
	}
	tell := func(i int) string {
		return quantity(m.Unit, points[i].number("estimate")) + " in " + aggregate.WeekName(points[i].Time("to"))
	}
	last := len(points) - 1
	is := "no number in the week"
	if points[last].OK() {
		is = tell(last)
	}
	return fmt.Sprintf("%s over %d weeks: lowest %s, highest %s, last %s.", m.Title, len(points), tell(low), tell(high), is)
}

// scale places numbers between the bottom and the top.
type scale struct{ low, high float64 }

// scaleOf reaches from 0, or below it, to the largest estimate with some room: the ends of
// wide intervals may be cut off, so that the line can be seen.
func scaleOf(points []Line) scale {
	s := scale{}
	for i := range points {
		if !points[i].OK() {
			continue
		}
		v := points[i].number("estimate")
		s.low, s.high = min(s.low, v), max(s.high, v)
		if _, interval, ok := points[i].estimate(); ok && interval.High < 2.5*v {
			s.high = max(s.high, interval.High)
		}
	}
	if s.high == s.low {
		s.high = s.low + 1
	}
	return s
}

func (s scale) y(v float64) float64 {
	share := (v - s.low) / (s.high - s.low)
	return chartTop + (chartHeight-chartBottom-chartTop)*(1-max(0, min(1, share)))
}

// ticks are round numbers.
func (s scale) ticks(unit aggregate.Unit) []Tick {
	step := roundStep((s.high-s.low)/ticksAtLeast, unit)
	var list []Tick
	for v := math.Ceil(s.low/step) * step; v <= s.high*1.0001; v += step {
		text := quantity(unit, v)
		if unit == aggregate.Proportion {
			text = decimal(100*v, 0) + nbsp + "%"
		}
		if unit == aggregate.Hours {
			text = thousands(decimal(v, 0)) + nbsp + "h"
		}
		if unit == aggregate.Seconds && math.Mod(v, 3600) == 0 {
			text = decimal(v/3600, 0) + nbsp + "h"
		}
		list = append(list, Tick{s.y(v), text})
	}
	return list
}

// roundStep is the next 1, 2 or 5 times a power of ten below; of seconds, whole minutes or
// hours where they fit.
func roundStep(v float64, unit aggregate.Unit) float64 {
	if unit == aggregate.Seconds {
		for _, step := range []float64{86400, 43200, 21600, 7200, 3600, 1800, 1200, 600, 300, 120, 60} {
			if v >= step {
				return step
			}
		}
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, times := range []float64{5, 2} {
		if v >= times*power {
			return times * power
		}
	}
	return power
}

// Plane sets the change of frequency against that of the time to resolve, both as ratios
// on logarithmic axes: prevention is to the left, faster repair at the bottom.
type Plane struct {
	Size, Middle float64
	Marks        []Mark
	Summary      string
}

// Mark is a pair with its intervals.
type Mark struct {
	Name                   string
	X, Y                   float64
	Left, Right, Top, Down float64
	IsWeek                 bool
}

const (
	planeSize  = 240.0
	planeReach = 2.0 // ratios from a half to two, times a little
)

// planeOf draws those pairs of which both ratios are known; nil when there is none.
func planeOf(r *Report) *Plane {
	p := &Plane{Size: planeSize, Middle: planeSize / 2}
	var told []string
	pairs := r.Pairs()
	week := pairs[len(pairs)-1].What
	for _, pair := range pairs {
		x, ofX, okX := pair.Frequency.estimate()
		y, ofY, okY := pair.ResolveTime.estimate()
		if !okX || !okY || pair.Why != "" {
			continue
		}
		m := Mark{
			Name: pair.What, X: across(x), Y: planeSize - across(y), IsWeek: pair.What == week,
			Left: across(ofX.Low), Right: across(ofX.High), Top: planeSize - across(ofY.High), Down: planeSize - across(ofY.Low),
		}
		p.Marks = append(p.Marks, m)
		told = append(told, fmt.Sprintf("%s: frequency %s, time to resolve %s", pair.What, decimal(x, 2), decimal(y, 2)))
	}
	if len(p.Marks) == 0 {
		return nil
	}
	p.Summary = strings.Join(told, "; ") + "."
	return p
}

// across places a ratio; 1 is in the middle.
func across(ratio float64) float64 {
	reach := math.Log(planeReach * 1.25)
	share := (math.Log(max(ratio, 1e-9)) + reach) / (2 * reach)
	return planeSize * max(0.02, min(0.98, share))
}
