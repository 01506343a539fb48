package embedded

import (
	"maps"
	"slices"
)

// SystemTables are the tables of system that a reader may read.
func SystemTables() []string { return slices.Sorted(maps.Keys(systemTables)) }
