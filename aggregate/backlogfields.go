package aggregate

// Fields lists the item under the names of the table backlog, in its order.
func (b *BacklogItem) Fields() []Field {
	return []Field{
		{"rank", uint64(b.Rank)},
		{"cluster_id", b.ClusterID},
		{"title", b.Title},
		{"services", known(b.Services)},
		{"teams", known(b.Teams)},
		{"state", string(b.State)},
		{"incidents_now", uint64(b.Incidents)},
		{"days_observed", b.Days},
		{"frequency", b.Frequency},
		{"impact", b.Impact},
		{"toil", b.Toil},
		{"toil_assumed", b.ToilAssumed},
		{"score", b.Score},
		{"leverage", b.Leverage},
		{"alignment", b.Alignment},
		{"priority", b.Priority},
		{"easy_win", b.EasyWin},
		{"self_inflicted", b.SelfInflicted},
		{"hours_per_incident", b.HoursPerIncident},
		{"hours_per_quarter", b.HoursPerQuarter},
		{"pattern", string(b.Pattern)},
		{"pattern_reason", b.PatternReason},
		{"approval", b.Approval},
		{"approval_reason", b.ApprovalReason},
		{"automations", known(b.Automations)},
		{"settings_version", uint64(b.SettingsVersion)},
		{"computed_at", b.ComputedAt},
	}
}
