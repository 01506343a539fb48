package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"strconv"

	"github.com/vividium/firebreak/schema"
)

const (
	// formatBinary is how records are read: the bytes of the values, each behind its
	// length, and no reflection.
	formatBinary Format = "RowBinary"
	// pageBytes is how much of a table is asked for at once, about; pageFirst and
	// pageMost are how many rows that is at first and at most.
	pageBytes = 32 << 20
	pageFirst = 10_000
	pageMost  = 250_000
	// pageShrink is by how much a page that failed is tried smaller: what a login that
	// only reads may ask for at once is limited in rows, bytes, time and memory.
	pageShrink = 8
)

// EachRecord gives all records of an entity's table that meet a condition, as they
// came, to do: page by page in the order of the table, which is by the entity's id.
// An empty condition is met by all. Pages are a consistent whole as long as nothing
// that meets the condition is inserted or deleted meanwhile. do may keep the records.
//
// A page is about 32 MiB; one that ClickHouse does not give, because the login has
// limits that it exceeds, is asked for in smaller ones. One with a record whose offset
// Kafka cannot have is an *ImpossibleOffset.
func (s *Store) EachRecord(ctx context.Context, e schema.Entity, where string, params map[string]string, do func([]schema.Record) error) error {
	return s.eachPage(ctx, recordQuery{entity: e, where: where, params: params}, func(p *recordPage) error { return do(p.records) })
}

// Columns are what the columns of a record's row say that its bytes say, too.
type Columns struct {
	ID         []byte // of the entity; empty in a dead letter
	OccurredAt schema.Millis
	LandedAt   schema.Millis
	DeadLetter bool
	Type       []byte
	Approver   []byte // of an execution's event; empty where it names none
}

// EachRow is EachRecord with what the columns of each record say beside it.
func (s *Store) EachRow(ctx context.Context, e schema.Entity, where string, params map[string]string, do func([]schema.Record, []Columns) error) error {
	q := recordQuery{entity: e, where: where, params: params, columns: true}
	return s.eachPage(ctx, q, func(p *recordPage) error { return do(p.records, p.columns) })
}

// recordQuery says which records are read, and whether their columns are, too.
type recordQuery struct {
	entity  schema.Entity
	where   string
	params  map[string]string
	columns bool
}

// selected are the columns that readPage reads.
func (q *recordQuery) selected() string {
	list := "topic, partition, offset, recorded_at, key, headers, raw, " + q.entity.IDField() + ", occurred_at"
	if !q.columns {
		return list
	}
	approver := "''"
	if q.entity == schema.Execution {
		approver = "toString(ifNull(approver, ''))"
	}
	return list + ", landed_at, toUInt8(reason != ''), toString(type), " + approver
}

func (s *Store) eachPage(ctx context.Context, q recordQuery, do func(*recordPage) error) error {
	if q.where == "" {
		q.where = "true"
	}
	var after *cursor
	for rows := pageFirst; ; {
		page, err := s.page(ctx, &q, after, rows)
		if err != nil && rows > 1 && ctx.Err() == nil && Retryable(err) {
			rows = max(1, rows/pageShrink)
			continue
		}
		if err != nil {
			return err
		}
		if len(page.records) > 0 {
			if err := do(&page); err != nil {
				return err
			}
		}
		if len(page.records) < rows {
			return nil
		}
		after = &page.last
		rows = min(pageMost, 4*rows, max(1, int(int64(pageBytes)*int64(len(page.records))/int64(page.bytes))))
	}
}

// cursor is the place of a row in the order of a record table.
type cursor struct {
	id         string
	occurredAt int64
	offset     uint64
}

type recordPage struct {
	records []schema.Record
	columns []Columns // of each record, where they are asked for
	last    cursor
	bytes   int
}

// page reads the rows behind a place. It has all that share the last row's place, so
// that none is left out between two pages.
func (s *Store) page(ctx context.Context, q *recordQuery, after *cursor, rows int) (recordPage, error) {
	id := q.entity.IDField()
	all := maps.Clone(q.params)
	if all == nil {
		all = make(map[string]string)
	}
	behind := "true"
	if after != nil {
		// Spelt out, so that the primary key leads there.
		behind = fmt.Sprintf(`(%[1]s > {after_id:String} OR %[1]s = {after_id:String} AND (
    occurred_at > fromUnixTimestamp64Milli({after_at:Int64}, 'UTC') OR occurred_at = fromUnixTimestamp64Milli({after_at:Int64}, 'UTC') AND offset > {after_offset:UInt64}))`, id)
		all["after_id"], all["after_at"], all["after_offset"] = after.id, strconv.FormatInt(after.occurredAt, 10), strconv.FormatUint(after.offset, 10)
	}
	query := fmt.Sprintf(`SELECT %[6]s
FROM %[2]s_records
WHERE %[3]s AND (%[4]s)
ORDER BY %[1]s, occurred_at, offset
LIMIT %[5]d WITH TIES`, id, q.entity, behind, q.where, rows, q.selected())
	var text bytes.Buffer
	if err := s.Export(ctx, &text, query, formatBinary, all); err != nil {
		return recordPage{}, err
	}
	return readPage(text.Bytes(), rows, q.columns)
}

func readPage(text []byte, rows int, columns bool) (recordPage, error) {
	page := recordPage{records: make([]schema.Record, 0, min(rows, len(text)/minRecordRow+1)), bytes: len(text)}
	topics := make(map[string]string)
	for in := (rowReader{rest: text}); len(in.rest) > 0; {
		topic := in.bytes()
		name, known := topics[string(topic)]
		if !known {
			name = string(topic)
			topics[name] = name
		}
		rec, offset := schema.Record{Topic: name, Partition: int32(in.fixed(4))}, in.fixed(8)
		rec.Timestamp, rec.Key = schema.Millis(in.fixed(8)), in.bytes()
		if n := in.length(); n > 0 {
			rec.Headers = make([]schema.Header, n)
			for i := range rec.Headers {
				rec.Headers[i] = schema.Header{Name: string(in.bytes()), Value: in.bytes()}
			}
		}
		rec.Value = in.bytes()
		says := Columns{ID: in.bytes(), OccurredAt: schema.Millis(in.fixed(8))}
		if columns {
			in.columns(&says)
			page.columns = append(page.columns, says)
		}
		if in.broken {
			return recordPage{}, errBrokenRow
		}
		var err error
		if rec.Offset, err = KafkaOffset(rec.Topic, rec.Partition, offset); err != nil {
			return recordPage{}, err
		}
		if len(in.rest) == 0 {
			page.last = cursor{string(says.ID), int64(says.OccurredAt), offset}
		}
		page.records = append(page.records, rec)
	}
	return page, nil
}

func (r *rowReader) columns(into *Columns) {
	into.LandedAt = schema.Millis(r.fixed(8))
	dead := r.take(1)
	into.DeadLetter = len(dead) == 1 && dead[0] != 0
	into.Type, into.Approver = r.bytes(), r.bytes()
}

// minRecordRow is what a row takes at least.
const minRecordRow = 4 + 8 + 8 + 8 + 5

var errBrokenRow = errors.New("ClickHouse's answer is not made of whole records")

// rowReader reads values of the RowBinary format. What is read once the text has
// proved too short is zero, and broken is true.
type rowReader struct {
	rest   []byte
	broken bool
}

// fixed reads a little-endian integer of some bytes.
func (r *rowReader) fixed(width int) uint64 {
	b := r.take(uint64(width))
	if len(b) == 4 {
		return uint64(binary.LittleEndian.Uint32(b))
	}
	if len(b) == 8 {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (r *rowReader) bytes() []byte { return r.take(r.varint()) }

// length reads how many elements follow; each takes a byte at least.
func (r *rowReader) length() uint64 {
	n := r.varint()
	if n > uint64(len(r.rest)) {
		r.fail()
		return 0
	}
	return n
}

func (r *rowReader) varint() uint64 {
	n, width := binary.Uvarint(r.rest)
	if width <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[width:]
	return n
}

func (r *rowReader) take(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.fail()
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *rowReader) fail() { r.rest, r.broken = nil, true }
