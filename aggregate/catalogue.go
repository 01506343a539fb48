package aggregate

import (
	"embed"
	"strings"
)

//go:embed metrics/*.sql
var metricFiles embed.FS

var (
	incidentDimensions  = []Dimension{"service", "team", "environment", "severity", "trigger_kind", "resolved_by", ClusterID}
	impactDimensions    = append([]Dimension{"service", "team", "environment", "severity", "trigger_kind", ClusterID}, runDimensions...)
	alertDimensions     = []Dimension{"service", "team", "environment", "severity"}
	executionDimensions = []Dimension{"service", "team", "environment", "automation_id", "automation_version", "pattern", "stage", "trigger_kind", ClusterID}
)

// minCases is the contract's minimum sample of proportions and medians.
const minCases = 5

const leftOut = " Drills, maintenance, tests and merged incidents are left out."

// Catalogue lists every metric in the order in which they are shown.
var Catalogue = []Metric{
	{
		Name: "incident_count", Title: "Incidents", Unit: Count, Better: LessIsBetter,
		Description: "Incidents that opened in the window, false alarms included." + leftOut +
			" The interval assumes that incidents come independently; dispersion (variance ÷ mean of daily counts) well above 1 says that they come in bursts and that the interval is too narrow.",
		Formula:    "number of incidents opened in [from, to)",
		Dimensions: incidentDimensions, Estimator: EventCount, NoMinimum: true,
		Companions: []string{"dispersion"},
	},
	{
		Name: "excluded_incidents", Title: "Incidents left out", Unit: Count, Better: Neutral,
		Description: "Drills, maintenance, tests and merged incidents that opened in the window. No other metric counts them.",
		Formula:     "number of incidents opened in [from, to) and classified drill, maintenance, test or merged",
		Dimensions:  incidentDimensions, Estimator: EventCount, NoMinimum: true,
	},
	{
		Name: "time_to_acknowledge", Title: "Time to acknowledge", Unit: Seconds, Better: LessIsBetter,
		Description: "Median time from opening to the first acknowledgement. Incidents that nobody has acknowledged count as still waiting, up to their resolution or as_of, instead of being dropped. False alarms are left out." + leftOut,
		Formula:     "Kaplan–Meier median of acknowledged − opened",
		Dimensions:  incidentDimensions, Estimator: MedianTime, MinSample: minCases,
	},
	{
		Name: "time_to_resolve", Title: "Time to resolve", Unit: Seconds, Better: LessIsBetter,
		Description: "Median time from the start of the impact (else the opening) to the last resolution. Open incidents count as still running, up to as_of, instead of being dropped. False alarms are left out." + leftOut,
		Formula:     "Kaplan–Meier median of resolved − (started, else opened)",
		Dimensions:  incidentDimensions, Estimator: MedianTime, MinSample: minCases,
		Companions: []string{"mean", "geometric_mean", "p90"},
	},
	{
		Name: "responder_hours", Title: "Responder hours", Unit: Hours, Better: LessIsBetter,
		Description: "Hands-on hours that people spent on incidents that opened in the window, false alarms included. Incidents that do not say are counted as unknown and add nothing; when none says, there is no number." + leftOut,
		Formula:     "Σ responder_minutes ÷ 60",
		Dimensions:  incidentDimensions, Estimator: Total, NoMinimum: true,
	},
	{
		Name: "recurrence_rate", Title: "Recurring incidents", Unit: Proportion, Better: LessIsBetter,
		Description: "Share of incidents that are a trouble coming back: another incident of the same recurrence cluster opened earlier, at most 180 days before. Incidents that have not been matched yet are unknown." + leftOut,
		Formula:     "incidents with an earlier one in their cluster within 180 days ÷ incidents",
		Dimensions:  incidentDimensions, Estimator: Share, MinSample: minCases,
	},
	{
		Name: "familiar_stranger_rate", Title: "Familiar strangers", Unit: Proportion, Better: LessIsBetter,
		Description: "Share of incidents that are a trouble which people may not have recognised: the latest one before it in its recurrence cluster opened 60 to 180 days before, under another title (numbers and ids aside) or in another service. Incidents that have not been matched yet are unknown." + leftOut,
		Formula:     "incidents whose predecessor in the cluster is 60 to 180 days old and differs in title or service ÷ incidents",
		Dimensions:  incidentDimensions, Estimator: Share, MinSample: minCases,
	},
	{
		Name: "review_fix_rate", Title: "Reviews that yield an automatable fix", Unit: Proportion, Better: MoreIsBetter,
		Description: "Share of reviewed incidents whose review decided on at least one fix that can be automated. Incidents that have not been reviewed are unknown." + leftOut,
		Formula:     "reviewed incidents with an action of kind fix that is automatable ÷ reviewed incidents",
		Dimensions:  incidentDimensions, Estimator: Share, MinSample: minCases,
	},
	{
		Name: "band_aid_rate", Title: "Band-aids", Unit: Proportion, Better: LessIsBetter,
		Description: "Share of what reviews decided that only treats the symptom. It counts actions, not incidents; incidents of which no action was decided are left out, and their number is shown." + leftOut,
		Formula:     "actions of kind band_aid ÷ all actions of reviews",
		Dimensions:  incidentDimensions, Estimator: Share, MinSample: minCases,
	},
	{
		Name: "frequency_change", Title: "Change of frequency", Unit: Ratio, Better: LessIsBetter,
		Description: "Incidents in the window ÷ incidents in the window of equal length before it, which is observed at the same age. Below 1 there are fewer: prevention. Where incidents come in bursts (dispersion above 1) the interval is widened accordingly. Without incidents before there is no baseline." + leftOut,
		Formula:     "incidents opened in [from, to) ÷ incidents opened in the window before",
		Dimensions:  incidentDimensions, Estimator: RateChange, MinSample: minCases,
		Companions: []string{"dispersion"},
	},
	{
		Name: "resolve_time_change", Title: "Change of time to resolve", Unit: Ratio, Better: LessIsBetter,
		Description: "Geometric mean time to resolve of the incidents of the window ÷ that of the window of equal length before it, which is observed at the same age; of resolved incidents. Below 1 they are repaired faster: without fewer incidents, that is firefighting. Incidents that are still open are counted as censored. False alarms are left out." + leftOut,
		Formula:     "geometric mean of resolved − (started, else opened) now ÷ before",
		Dimensions:  incidentDimensions, Estimator: TimeChange, MinSample: minCases,
		Companions: []string{"dispersion"},
	},
	{
		Name: "alert_count", Title: "Alerts", Unit: Count, Better: LessIsBetter,
		Description: "Alerts that fired in the window.",
		Formula:     "number of alerts fired in [from, to)",
		Dimensions:  alertDimensions, Estimator: EventCount, NoMinimum: true,
		Companions: []string{"dispersion"},
	},
	{
		Name: "alert_noise_rate", Title: "Alert noise", Unit: Proportion, Better: LessIsBetter,
		Description: "Share of alerts that people judged to be noise or false positives, among those on which they gave a verdict. Alerts without a verdict are unknown.",
		Formula:     "alerts with verdict noise or false_positive ÷ alerts with a verdict",
		Dimensions:  alertDimensions, Estimator: Share, MinSample: minCases,
	},
	{
		Name: "execution_count", Title: "Automation runs", Unit: Count, Better: Neutral,
		Description: "All executions that began in the window, dry runs included.",
		Formula:     "number of executions begun in [from, to)",
		Dimensions:  executionDimensions, Estimator: EventCount, NoMinimum: true,
		Companions: []string{"dispersion"},
	},
	{
		Name: "automation_success_rate", Title: "Automation success", Unit: Proportion, Better: MoreIsBetter,
		Description: "Share of finished live executions that succeeded and were neither escalated to a person nor rolled back. Dry runs and executions that were rejected, skipped or cancelled before they started are left out; how many were is shown. Live executions without an end are unknown.",
		Formula:     "succeeded, not escalated, not rolled back ÷ finished",
		Dimensions:  executionDimensions, Estimator: Share, MinSample: minCases,
		Limits: &Limits{Watch: PromoteSuccess, Bad: DemoteSuccess},
	},
	{
		Name: "escalation_rate", Title: "Escalations", Unit: Proportion, Better: LessIsBetter,
		Description: "Share of finished live executions in which a person had to take over.",
		Formula:     "escalated ÷ finished",
		Dimensions:  executionDimensions, Estimator: Share, MinSample: minCases,
	},
	{
		Name: "rollback_rate", Title: "Rollbacks", Unit: Proportion, Better: LessIsBetter,
		Description: "Share of finished live executions whose changes were rolled back.",
		Formula:     "rolled back ÷ finished",
		Dimensions:  executionDimensions, Estimator: Share, MinSample: minCases,
	},
	{
		Name: "false_positive_rate", Title: "Unneeded runs", Unit: Proportion, Better: LessIsBetter,
		Description: "Share of live executions that were not needed, among those of which that is known. A verdict decides; without one a run was not needed when it found nothing to do, when its alert was noise or already resolved, or when its incident was a false alarm or already resolved, and needed when it succeeded and changed something. Failed runs are hardly ever known to be needed, so the estimate leans high: bound_low takes every unknown run as needed, bound_high as not needed, by_verdict counts explicit verdicts only.",
		Formula:     "not needed ÷ (needed + not needed)",
		Dimensions:  executionDimensions, Estimator: Share, MinSample: minCases,
		Companions: []string{"bound_low", "bound_high", "by_verdict", "by_verdict_low", "by_verdict_high", "by_verdict_n"},
		Limits:     &Limits{Watch: PromoteFalsePositives / 2, Bad: PromoteFalsePositives},
	},
	{
		Name: "induced_incident_rate", Title: "Incidents caused by automation", Unit: PerThousand, Better: LessIsBetter,
		Description: "Incidents that people confirmed to have been caused by an execution, for every 1,000 live executions that could change something. With none seen, high is the exact bound of what may have been missed." + leftOut,
		Formula:     "incidents with caused_by_execution_id among them ÷ live mutating executions × 1,000",
		Dimensions:  executionDimensions, Estimator: EventRate, NoMinimum: true,
		Limits: &Limits{Watch: 0, Bad: DemoteInduced},
	},
	{
		Name: "suspected_induced_incidents", Title: "Suspected induced incidents", Unit: Count, Better: LessIsBetter,
		Description: "Incidents that opened on a run's service within 30 minutes after its start, beyond what is usual. Incidents come in bursts, so usual is what opens on that service after an incident on which no automation worked, in half an hour that begins as long after its opening as runs usually do. It is over live mutating runs that are linked to an incident; the incidents that they are linked to, and those that a run is confirmed to have caused, are not counted, and windows that overlap count once. p is the chance of so many if there were no difference. Runs of services without anything to compare with are unknown." + leftOut,
		Formula:     "observed − rate after incidents without automation × time after runs",
		Dimensions:  executionDimensions, Estimator: Excess, NoMinimum: true,
		Companions: []string{"observed", "expected", "p"},
	},
	{
		Name: "dry_run_agreement_rate", Title: "Agreement of dry runs", Unit: Proportion, Better: MoreIsBetter,
		Description: "Share of dry runs that proposed what was needed, among those of which that is known: would the automation have been right? Dry runs that were rejected, skipped or cancelled before they started proposed nothing and are left out.",
		Formula:     "dry runs that were needed ÷ dry runs whose need is known",
		Dimensions:  executionDimensions, Estimator: Share, MinSample: minCases,
		Limits: &Limits{Watch: PromoteSuccess, Bad: DemoteSuccess},
	},
	{
		Name: "automated_resolution_rate", Title: "Resolved by automation alone", Unit: Proportion, Better: MoreIsBetter,
		Description: "Share of resolved incidents that automation resolved without any hands-on time of people. Open incidents are unknown." + leftOut,
		Formula:     "resolved incidents with resolved_by automation and no responder_minutes above 0 ÷ resolved incidents",
		Dimensions:  incidentDimensions, Estimator: Share, MinSample: minCases,
	},
	{
		Name: "mttr_impact", Title: "Time to resolve with automation", Unit: Ratio, Better: LessIsBetter,
		Description: "How long incidents in which automation took part within 15 minutes take to resolve, over comparable ones without: of the same recurrence cluster and severity, and not over before the automation usually starts. Below 1 is faster. It is an association: proof only where automation was assigned at random. Beside it, crude is the ratio without any care for what is comparable, and reversal says that it points the other way; minutes_saved is per treated incident; detectable is the smallest improvement that such a sample would have shown; coverage is the share of treated incidents that could be compared. Open incidents are counted as censored, and when they are more than a tenth it is too early to say. False alarms are left out." + leftOut,
		Formula:     "exp(mean over treated incidents of mean ln(resolved − opened) treated − mean ln untreated, in strata of cluster × severity)",
		Dimensions:  impactDimensions, Estimator: Impact, MinSample: minCases,
		Companions: []string{"coverage", "crude", "reversal", "minutes_saved", "detectable"},
	},
	{
		Name: "toil_hours_saved", Title: "Toil saved", Unit: Hours, Better: MoreIsBetter,
		Description: "Hands-on hours that automation spared people, net of what it cost them; negative when it cost more. Credited are runs that succeeded, could change something and were not needless, the first of each incident. Each earns what people spent on the like of its incident by hand in the 180 days before, on average, where five such are known (measured), else what its makers declared; less what people still spent. A run with neither is unpriced and earns nothing. gross is the sum; net, the estimate, is less what people spent on runs that were not credited (wasted), on incidents that runs are confirmed to have caused (induced), and on building and keeping automations (invested, as declared in the settings; known for all automations together and for each, else left out; an automation that did not run has a row of its own for it). measured and declared are shares of the credited runs. There is no number when nothing could be priced.",
		Formula:     "Σ (baseline − hands-on minutes that were left) ÷ 60 − wasted − induced − invested",
		Dimensions:  executionDimensions, Estimator: Toil, NoMinimum: true,
		Companions: []string{"measured", "declared", "gross", "wasted", "induced", "invested"},
	},
	{
		Name: "automation_coverage", Title: "Automation coverage", Unit: Proportion, Better: MoreIsBetter,
		Description: "Share of incidents in which at least one live execution took part." + leftOut,
		Formula:     "incidents with a live execution linked ÷ incidents",
		Dimensions:  incidentDimensions, Estimator: Share, MinSample: minCases,
	},
}

func init() {
	for i := range Catalogue {
		m := &Catalogue[i]
		if sql, err := metricFiles.ReadFile("metrics/" + m.Name + ".sql"); err == nil {
			m.sql = strings.TrimSpace(string(sql))
		}
	}
}
