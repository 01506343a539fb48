package oracle

import (
	"fmt"
	"math/rand/v2"
)

// randomScript is events of a few entities within eight hours, in no order, at
// different moments, with fields chosen so that every rule comes into play.
func randomScript(r *rand.Rand, events int) []string {
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	id := func(prefix string) string { return fmt.Sprintf("%s%d", prefix, r.IntN(12)) }
	moments := r.Perm(8 * 60 * 60)
	lines := make([]string, events)
	for n := range lines {
		when := fmt.Sprintf("%ds", moments[n])
		switch r.IntN(3) {
		case 0:
			lines[n] = fmt.Sprintf("%s incident %s %s service=%s %s", when, id("i"),
				pick("opened", "opened", "acknowledged", "resolved", "resolved", "reopened", "updated"),
				pick("web", "db"),
				pick("", "classification=false_alarm", "classification=incident", "classification=drill",
					"started_at=@1h", `alert_ids=["`+id("a")+`"]`, `execution_ids=["`+id("x")+`"]`,
					"caused_by_execution_id="+id("x"), "responder_minutes="+fmt.Sprint(r.IntN(90))+".1"))
		case 1:
			lines[n] = fmt.Sprintf("%s alert %s %s service=%s %s", when, id("a"),
				pick("fired", "resolved", "classified"), pick("web", "db"),
				pick("", "verdict=noise", "verdict=actionable", "incident_id="+id("i")))
		default:
			lines[n] = fmt.Sprintf("%s execution %s %s service=%s %s", when, id("x"),
				pick("requested", "started", "started", "succeeded", "succeeded", "failed", "cancelled",
					"skipped", "escalated", "rolled_back"),
				pick("web", "db"),
				pick("", "stage=dry_run", "stage=full", "stage=canary", "changed=true", "changed=false",
					"verdict=necessary", "verdict=unnecessary", "incident_id="+id("i"), "alert_id="+id("a"),
					"trigger_kind=alert trigger_id="+id("a"), "trigger_kind=incident trigger_id="+id("i")))
		}
	}
	return lines
}
