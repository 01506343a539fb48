package recurrence

import "slices"

// topmost keeps the n items of a stream that come first in an order, in that
// order, in list.
func topmost[T any](list []T, n int, item T, compare func(a, b T) int) []T {
	if len(list) == n && (n == 0 || compare(item, list[n-1]) > 0) {
		return list
	}
	at, _ := slices.BinarySearchFunc(list, item, compare)
	if len(list) == n {
		list = list[:n-1]
	}
	return slices.Insert(list, at, item)
}
