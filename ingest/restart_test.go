package ingest_test

import (
	"testing"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store/storetest"
)

// TestRestart stops a pipeline in the middle and starts another, whatever
// Kafka's committed offsets say meanwhile: what has landed decides.
func TestRestart(t *testing.T) {
	cases := []struct {
		name  string
		while func(k *kafka) // between the two
	}{
		{"at once", func(*kafka) {}},
		{"records arrive while it is down", func(k *kafka) { k.produce(goodEvents(5000, 1000)...) }},
		{"committed offsets are wiped", func(k *kafka) {
			if _, err := k.admin.DeleteGroup(k.t.Context(), group); err != nil {
				k.t.Fatal(err)
			}
		}},
		{"committed offsets are too low", func(k *kafka) { commitEverywhere(k, 1) }},
		{"committed offsets are too high", func(k *kafka) { commitEverywhere(k, 1<<40) }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			k, s := startKafka(t), storetest.Open(t)
			k.produce(goodEvents(0, 2000)...)
			setup := ready(k, s)
			setup.cfg.MaxRows = 100 // so that there is a middle
			first := setup.start(t)
			eventually(t, "some records have landed", func() bool { return first.landed() > 500 })
			first.stop()
			first.wantReconciled()

			before := landedCount(t, s)
			c.while(k)
			second := setup.start(t)
			eventually(t, "the rest has landed", func() bool { return before+second.landed() >= len(k.entries) })
			second.stop()
			second.wantReconciled()
			k.wantExact(s)
			if before < len(k.entries) {
				t.Logf("the first landed %d of %d", before, len(k.entries))
			}
		})
	}
}

func commitEverywhere(k *kafka, offset int64) {
	for _, e := range schema.Entities {
		for p := range int32(partitions) {
			k.commit(group, topics[e], p, offset)
		}
	}
}
