// Package ingest brings events from Kafka into the store, each record exactly
// once.
//
// One consumer group reads the three topics. Every partition has a worker of
// its own, which reads records into a batch while the batch before it is being
// inserted:
//
//	poll ──► queue ──► decode ──► batch ──► intent ──► insert ──► commit
//	         (one worker a partition)       (one at a time a partition)
//
// # Promise
//
// For every topic and partition, whatever is killed, paused, cut off or full,
// and whenever:
//   - Each record is in the store exactly once: as an event, or as a dead letter
//     with its bytes and the reason. A dead letter lands in the same insert as
//     its neighbours.
//   - While the store is away, slow or overloaded, the same batch is tried again
//     until it has landed; nothing becomes a dead letter for it, and what is held
//     in memory stays bounded.
//   - What cannot go on halts with an error that says what to do, and nothing is
//     skipped: what the store refuses for good (a missing table, a wrong login), a
//     topic that was deleted and made anew or ends before what has landed, records
//     that were deleted before they were read, a second group on the same database.
//   - Counters reconcile: consumed = written + dead + duplicate + released, once
//     everything is drained. Released are records that were read but not written
//     when their partition was handed over; the next owner reads them.
//
// `make delivery` puts all of it to the proof and writes down what it saw in
// ingest/DELIVERY.md.
//
// # Why it holds
//
// Four invariants carry it; each guards against what the others cannot see.
//
//  1. The store decides where reading goes on: behind the highest offset that has
//     landed, which is asked for whenever a partition is assigned. A batch is one
//     insert of one block and one part, so it has landed wholly or not at all,
//     and batches of a partition land in the order of their offsets. Offsets are
//     committed to Kafka behind it and are never ahead of the store.
//  2. No insert without an intent. Before a batch is inserted, the range of its
//     offsets is committed with the group's offset, as its metadata. Kafka takes
//     that only from a member in good standing, so a process that was paused,
//     cut off or expelled learns there that its partition is another's (intent.go,
//     commit.go). Whoever is assigned a partition reads the intent of the owner
//     before, and sends that range first, as exactly the same batch.
//  3. A batch has a token, which names its range. The store lets a token through
//     once, so it does not matter whether the former owner's insert is lost, has
//     landed, or is still on its way while the same batch comes again. That a token
//     was let through is not believed to mean that the records are there: after
//     every insert the store is asked what has landed, because a store that crashed
//     between noting the token and putting the block in its place knows a token
//     without records. Such a batch goes again under a next token, the same one
//     whoever owns the partition, when no insert under the first can be under way.
//  4. An insert has a lease, which the store checks by its own clock when the
//     block is there. An insert that was held up anywhere for longer is refused,
//     so that one which is given up for lost cannot land when its token has been
//     forgotten. The lease counts from before the intent was sent.
//
// So of two processes that both believe that they own a partition, at most one
// passes 2; what the other had on its way is the intent's range, which 3 makes
// harmless for as long as 4 lets it live.
//
// Further invariants that are not obvious:
//   - A partition's worker is stopped and joined before the partition is given up,
//     so two workers of one process never write the same partition.
//   - Kafka's client joins a group anew without a word when the group has
//     forgotten it. Others may have owned its partitions meanwhile, so a commit
//     goes out only under the member id with which its worker began; when it has
//     changed, the pipeline begins a membership of its own (errExpelled).
//   - A commit under way is awaited before the next one goes and, within the stop
//     timeout, before its partition is handed over: it could overtake what follows.
//   - A former owner's batch of which records were deleted meanwhile cannot be
//     sent again as it was. It waits two leases and goes as a batch of its own.
//   - A member of which a rebalance takes longer than two stop timeouts is left
//     behind by the group, which loses nothing.
//
// # Memory
//
// Config.Memory bounds what queues and batches hold. On top come
//   - what Kafka's client unpacks of compressed fetches, with what the records take
//     beside their bytes: a quarter of the memory, and at least 64 MiB (unpack.go).
//     A batch that alone unpacks to more than 32 MiB, or takes more than 64, stops
//     its partition, and only that; the others go on;
//   - what waits in partitions that were set aside, because their inserts fail or
//     take long, so that they do not hold up the others: a quarter of the memory
//     for each of them at most, and when all are set aside together, as when
//     the store is away, far less;
//   - records that are not compressed: one fetch of 8 MiB a broker, which can take
//     many times that in memory when they are tiny.
//
// # Limits
//
//   - The proof rests on Kafka keeping what it has acknowledged. A cluster that
//     loses committed offsets (unclean leader election, one replica) loses intents:
//     a record can be there twice if in addition a former owner's insert was on its
//     way just then. It never loses records that the store has.
//   - The store must remember more tokens than batches can land within a lease: a
//     table remembers 10,000, the default lease is a minute.
//   - The same holds for --take-over: the intents of the group before are not
//     looked at, so its processes must have ended a lease ago.
//   - All members must have the same lease.
//   - Two groups that claim an empty database for the first time in the same
//     instant may both be let in once; later starts refuse the second.
//
// It does not create topics, and it does not interpret events. Dead letters go
// back to their topic as [Replay] makes them.
package ingest
