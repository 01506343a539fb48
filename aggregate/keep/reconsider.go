package keep

import (
	"context"
	"maps"
	"slices"
)

// reconsider looks again at clusters of which it turned out that they were put
// together on too little. Those on which people decided are left alone.
func (k *Keeper) reconsider(ctx context.Context, did *Pass) error {
	doubted := k.clusters.Doubts()
	if len(doubted) == 0 {
		return nil
	}
	log, err := k.decided(ctx)
	if err != nil {
		return err
	}
	stays := log.stays()
	for _, cluster := range doubted {
		if stays[cluster] {
			continue
		}
		if err := k.part(ctx, cluster, did); err != nil {
			return err
		}
	}
	return nil
}

// part moves the members of a cluster that belong elsewhere by what is known now.
// Members are written before the change that tells of it: should that be cut off,
// they are where they belong.
func (k *Keeper) part(ctx context.Context, cluster string, did *Pass) error {
	members, _, err := k.divide(ctx, cluster, nil)
	if err != nil {
		return err
	}
	now, err := k.serverTime(ctx)
	if err != nil {
		return err
	}
	work := assignment{keeper: k, at: now, rows: make(map[string][]any)}
	left := make(map[string][]string) // incidents by the cluster into which they went
	for i, got := range k.clusters.Reconsider(cluster, members) {
		in := members[i]
		work.merges = append(work.merges, got.Merged...)
		if got.Merged = nil; got.Cluster == cluster {
			continue
		}
		m := k.members[in.ID]
		work.put(in, got, &m)
		k.members[in.ID] = m
		left[got.Cluster] = append(left[got.Cluster], in.ID)
	}
	k.stale[cluster] = true
	work.merges = k.lasting(work.merges)
	if err := work.write(ctx, did); err != nil {
		return err
	}
	return k.recordParting(ctx, cluster, left)
}

// recordParting writes down which incidents left a cluster.
func (k *Keeper) recordParting(ctx context.Context, cluster string, left map[string][]string) error {
	var rows [][]any
	for _, into := range slices.Sorted(maps.Keys(left)) {
		rows = append(rows, Change{
			ID: NewChangeID(), Kind: Split, Actor: ByEvidence, Cluster: cluster, Into: k.clusters.Top(into), Incidents: left[into],
			Reason: "more is known than when they were put together",
		}.row(true))
	}
	return k.store.InsertRows(ctx, "cluster_changes", changeColumns, rows)
}
