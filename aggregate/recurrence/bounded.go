package recurrence

// bounded is a map that forgets: of what was not asked for since the last most
// new keys, nothing is left. It holds twice as many at times.
type bounded[K comparable, V any] struct {
	most        int
	recent, old map[K]V
}

func newBounded[K comparable, V any](most int) bounded[K, V] {
	return bounded[K, V]{most: most, recent: make(map[K]V)}
}

func (b *bounded[K, V]) get(key K) (V, bool) {
	v, found := b.recent[key]
	if !found {
		if v, found = b.old[key]; found {
			b.put(key, v)
		}
	}
	return v, found
}

func (b *bounded[K, V]) put(key K, v V) {
	if len(b.recent) >= b.most {
		b.old, b.recent = b.recent, make(map[K]V)
	}
	b.recent[key] = v
}
