package world

import (
	"strconv"
	"strings"
)

// reword fills the {blanks} of a wording with what differs from one time to
// the next: what the scene says, and numbers.
func reword(d dice, wording string, at scene) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(wording, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		blank, after, _ := strings.Cut(rest, "}")
		b.WriteString(fill(d, blank, at))
		wording = after
	}
}

func fill(d dice, blank string, at scene) string {
	number := func(low, high int) string { return strconv.Itoa(low + d.IntN(high-low)) }
	switch blank {
	case "service":
		return at.name
	case "team":
		return at.team
	case "host":
		return at.host
	case "pod":
		return at.pod
	case "id":
		return at.id
	case "zone":
		return at.zone
	case "path":
		return at.path
	case "version":
		return at.version
	case "n":
		return number(2, 40)
	case "few":
		return number(2, 7)
	case "k":
		return number(1200, 98000)
	case "high":
		return number(81, 100)
	case "low":
		return number(8, 46)
	case "ms":
		return number(800, 9500)
	case "min":
		return number(5, 55)
	case "gb":
		return number(20, 480)
	case "port":
		return number(30000, 60000)
	case "tenant":
		return pick(d, tenants)
	}
	panic("world: no such blank: " + blank)
}

var tenants = []string{"northwind", "fabrikam", "globex", "initech", "umbrella", "acme-retail"}
