package oracle

import "github.com/vividium/firebreak/schema"

var alertMetrics = map[string]metric[Alert]{
	"alert_count":      {cohort: firedAlerts, row: alertCountRow},
	"alert_noise_rate": {cohort: firedAlerts, row: alertNoiseRow},
}

func firedAlerts(q Query, a *Alert) bool { return q.inWindow(a.FiredAt) }

func alertCountRow(_ *state, q Query, alerts []*Alert) Row {
	return burstRow(q, alerts, func(a *Alert) schema.Millis { return a.FiredAt.Value })
}

// alertNoiseRow is alerts with verdict noise or false_positive ÷ alerts with a
// verdict.
func alertNoiseRow(_ *state, _ Query, alerts []*Alert) Row {
	judged := holding(alerts, func(a *Alert) bool { return a.Verdict != "" })
	row := proportionRow(holding(alerts, (*Alert).Noise), judged)
	row.Unknown = new(int64(len(alerts)) - judged)
	return row
}
