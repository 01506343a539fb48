package settings

import (
	"time"

	"github.com/segmentio/encoding/json"
)

// MarshalJSON gives one object: where the version comes from, then everything
// that is declared, under the names of the file.
func (s *Settings) MarshalJSON() ([]byte, error) {
	type costJSON struct {
		Build  []map[string]any `json:"build,omitempty"`
		Upkeep []map[string]any `json:"upkeep,omitempty"`
	}
	automations := make(map[string]costJSON)
	for name, c := range s.automations {
		var j costJSON
		for _, b := range c.build {
			j.Build = append(j.Build, map[string]any{"hours": b.hours, "date": stamp(b.date)})
		}
		for _, u := range c.upkeep {
			item := map[string]any{"hours_per_month": u.perMonth, "since": stamp(u.since)}
			if !u.until.IsZero() {
				item["until"] = stamp(u.until)
			}
			j.Upkeep = append(j.Upkeep, item)
		}
		automations[name] = j
	}
	importedAt := ""
	if s.Version > 0 {
		importedAt = stamp(s.ImportedAt)
	}
	return json.Marshal(struct {
		Version     int                 `json:"version"`
		ImportedAt  string              `json:"imported_at,omitempty"`
		ImportedBy  string              `json:"imported_by,omitempty"`
		SHA256      string              `json:"sha256,omitempty"`
		TierWeight  map[string]float64  `json:"tier_weight"`
		Alignment   map[string]float64  `json:"alignment"`
		Automations map[string]costJSON `json:"automations"`
	}{s.Version, importedAt, s.ImportedBy, s.SHA256, orEmpty(s.tiers), orEmpty(s.alignments), automations})
}

func orEmpty(m map[string]float64) map[string]float64 {
	if m == nil {
		return map[string]float64{}
	}
	return m
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }
