// Package grouping measures how well incidents are grouped, against a known
// truth: measures.go holds the measures, baselines.go three simple ways to group
// with which to compare, folder.go the labelled sets of a folder, strangers.go
// generated companies whose troubles come back reworded, elsewhere, months
// later. Command eval prints it all.
//
// Companies of package world are used as well; their wordings were written by
// hand. Those of strangers.go are put together at random, half of their words
// are invented, and what looks alike without being one trouble is frequent.
package grouping
