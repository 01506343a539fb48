// Package audit seals what has landed in ClickHouse and proves later that it is
// still what Kafka delivered.
//
// # Promise
//
// Once a record has been sealed, Verify finds every record of which the bytes, key,
// headers, timestamp, topic or partition are others than they were, every one that is
// missing, and every one that is there without having been sealed below the sealed
// end, and names it by topic, partition and offset. A record at an offset that Kafka
// cannot have, from 2^63-1 up, is found wherever it lies, and is never sealed. Where the
// leaf log was changed as well, it names the offsets between which that is, and takes
// nothing behind for proven. It finds as well every change of what the seals themselves
// are kept in. Reading is all it does to ClickHouse.
//
// It does not promise that
//   - all columns that were parsed from the bytes say what the bytes say: only the bytes
//     are sealed. Verify compares those that say what an event is: the entity's id, type,
//     occurred_at, whether it is a dead letter, and the approver of an execution. The
//     others are not compared, nor is landed_at; where that is put back, an event may be
//     taken for one that was too far ahead. [Tell] reads the bytes and not the columns, the
//     view approval_gaps the columns alone;
//   - a record was right when it was sealed: what came between Kafka and the seal is
//     package ingest's promise. One that was put into ClickHouse alone, behind the sealed
//     end or in a partition that Kafka does not have, is sealed as any other;
//   - someone who has the signing key, its head, the folder and ClickHouse cannot write
//     another history, or someone who has the last two put all back to an older state.
//     Whoever remembers a checkpoint finds that, be it a person or a [Witness]. The Sealer
//     keeps the latest one that it has signed beside the key, in a file with [HeadSuffix]:
//     Verify finds it there, and the Sealer signs nothing below, so that who has ClickHouse
//     and the folder, but neither the key nor its head, cannot have a history written anew
//     by it;
//   - what landed after the last checkpoint is as it was. Only where a seal did not come to
//     its end does Verify hold the leaves that it left against ClickHouse.
//
// # What is sealed
//
// Numbers are big-endian; text(x) is the length of x in bytes as 4 bytes, and x. The
// digest D of a record is SHA-256 over
//
//	text("firebreak record v1")
//	timestamp      8 bytes, milliseconds since 1970, signed
//	text(topic)
//	partition      4 bytes
//	text(key)
//	headers        4 bytes, how many; then text(name) text(value) of each, in order
//	text(value)
//
// ClickHouse keeps no difference between a key or a value that is NULL and one that is
// empty, so neither does D. The offset is not part of it, so that a record can be
// recognised in another place.
//
// Each partition of a topic has a Merkle tree as in RFC 6962, section 2.1 (RFC 9162 has
// the same), of all its records in the order of their offsets, which may have gaps:
//
//	leaf  = SHA-256(0x00 ‖ offset, 8 bytes ‖ D)
//	node  = SHA-256(0x01 ‖ left ‖ right)
//
// # Where it is kept
//
// In a folder, which should lie where those who can write to ClickHouse cannot:
//
//   - leaves/ENTITY/TOPIC-PARTITION.leaves, to which 40 bytes are appended for each
//     record: offset, D. It is not trusted, it only says which record is at fault when
//     a root is not as it was signed.
//   - 00000001.checkpoint and so on, which are signed. A checkpoint is two lines: a JSON
//     object as [Checkpoint] describes it, written as encoding/json writes it, and
//     "signature " with the Ed25519 signature in base64 over "firebreak checkpoint
//     v1\n" and the first line without its end. It names the SHA-256 of the whole file
//     before it, and its trail: 16 random bytes, drawn for the first checkpoint and the same
//     in all. A checkpoint of another trail is refused though the same key has signed it.
//
// A leaf log is on the disk before the checkpoint that covers it is written. What it
// holds beyond the last checkpoint, a crash has left; it is cut off.
package audit
