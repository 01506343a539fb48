package settings

import (
	"context"
	"maps"
	"slices"

	"github.com/vividium/firebreak/schema/store"
)

// known says where names occur, with a query for those of them that do not.
var known = []struct {
	what  string
	names func(*Settings) []string
	sql   string
}{
	{
		"no incident has the service", func(s *Settings) []string { return slices.Sorted(maps.Keys(s.tiers)) },
		"SELECT arrayJoin({names:Array(String)}) AS name WHERE name NOT IN (SELECT assumeNotNull(service) FROM incident_records WHERE reason = '' AND service IS NOT NULL)",
	},
	{
		"there is no cluster", func(s *Settings) []string { return slices.Sorted(maps.Keys(s.alignments)) },
		"SELECT arrayJoin({names:Array(String)}) AS name WHERE name NOT IN (SELECT cluster_id FROM cluster_members FINAL)",
	},
	{
		"nothing ever ran of the automation", (*Settings).Automations,
		"SELECT arrayJoin({names:Array(String)}) AS name WHERE name NOT IN (SELECT automation_id FROM execution_records WHERE reason = '')",
	},
}

// Strangers lists, in a few words each, the names of which nothing is known: slips
// of the pen, or clusters that have been merged into others. They are no mistakes,
// for what they name may be still to come.
func (s *Settings) Strangers(ctx context.Context, db *store.Store) ([]string, error) {
	var list []string
	for _, k := range known {
		names := k.names(s)
		if len(names) == 0 {
			continue
		}
		err := db.Each(ctx, k.sql, map[string]string{"names": store.TextsParameter(names)}, func(rows store.Rows) error {
			var name string
			err := rows.Scan(&name)
			list = append(list, k.what+" "+name)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}
