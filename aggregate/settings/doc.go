// Package settings holds what people declare and Firebreak cannot know: how much
// a service matters (its tier weight), how well the end of a trouble would fit
// what the company is after (a cluster's alignment), and what an automation costs
// to build and to keep.
//
// They are written as YAML and imported as a whole:
//
//	tier_weight:            # by service; 1 where none is given
//	  checkout-api: 3
//	alignment:              # by cluster, 0.8 to 1.25; 1 where none is given
//	  INC-1042: 1.2
//	automations:
//	  restart-pool:
//	    build:
//	      - {hours: 24, date: 2026-01-15}
//	    upkeep:
//	      - {hours_per_month: 2, since: 2026-02-01, until: 2026-08-01}
//
// It promises:
//   - A file with a mistake is not imported, and all its mistakes are told at
//     once, each with its line: keys that nobody knows, values out of range,
//     names that come twice.
//   - Every version that was ever imported is kept: the file as it was, its
//     SHA-256, who imported it and when. Importing what is in force already makes
//     no version.
//   - The latest version is in force, also for results as of a past moment: it
//     corrects what was said before. Results name the version they rest on.
package settings
