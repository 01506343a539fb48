// Package stats holds the estimators behind Firebreak's metrics: proportions
// and rates of rare events with their intervals, the median of times that are
// partly still running, and a few summaries of counts and durations.
//
// It promises:
//   - Every function is pure: no I/O, no clock, no random numbers, and the
//     arguments are left as they were.
//   - The same observations in another order give the same result, but for
//     rounding in sums.
//   - Where a sample says nothing there is no number: such results are
//     reported as absent (ok is false, a pointer is nil), never as 0 or NaN.
//   - Arguments that cannot come from data, such as a confidence outside
//     (0, 1) or more successes than trials, are mistakes of the caller and
//     panic.
//
// It does not know what is measured, nor the minimum samples below which a
// metric shows no estimate.
package stats
