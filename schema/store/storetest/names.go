package storetest

// StableNames are the tables and views that people may read by SQL, in the order of an
// event's way: their names and columns keep their meaning.
var StableNames = []string{
	"incident_events", "alert_events", "execution_events", "dead_letters",
	"incidents", "alerts", "executions", "automations",
	"incident_clusters", "clusters", "cluster_changes", "backlog", "promotions",
	"metrics_daily", "metrics_weekly", "settings_versions", "reviews", "audit_trail", "approval_gaps",
}
