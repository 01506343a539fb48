// Package ledger is the oracle of delivery: it keeps what was produced, and says
// in which ways a store differs from it.
//
// A [Ledger] takes every record that Kafka acknowledged. [Ledger.Check] compares
// the store with it:
//   - for every topic and partition the number of records, the sum of their
//     offsets, how many offsets are distinct, and a sum of SHA-256 digests over
//     each record's place, time, key, headers and bytes;
//   - the dead letters, with reason and field, and what became of their replays;
//   - every row of the tables of entities, and every metric, with a plain fold
//     of the ledger (package oracle).
//
// It promises that a dropped, doubled or altered record is found and named, also
// where a loss and a double cancel out, and so is a derived row or number that
// the records do not bear out. Its own tests break a store in each of these ways.
//
// A ledger keeps a digest of every record and the event in full; without the
// fold (Config.RawOnly) it is small enough for tens of millions of records.
package ledger
