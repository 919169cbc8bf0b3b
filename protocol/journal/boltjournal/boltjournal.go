// Package boltjournal keeps journals in bbolt, one per lane, inside a
// transaction that the caller owns: the edge appends in the same transaction
// that changes its state.
//
// Records lie in chunks of 4096, each a bucket of its own, so that trimming
// drops whole buckets instead of deleting under a cursor (bbolt #611). Nothing
// is trusted on reading: a record is served only when it continues the chain
// of its predecessor.
package boltjournal

import (
	"encoding/binary"
	"time"

	"go.etcd.io/bbolt"

	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
)

// chunkSize is the number of records in one bucket.
const chunkSize = 4096

// fill is bbolt's fill percentage: keys only ever grow, so pages are packed.
const fill = 0.95

// baseKey holds the position before the first record kept: seq ‖ hash. Chunk
// buckets are named by eight bytes and so never collide with it.
const baseKey = "base"

// Journal is one lane within one transaction. It is as short-lived as the
// transaction and not safe for concurrent use.
type Journal struct {
	bucket *bbolt.Bucket // nil: nothing was ever appended
}

// Open finds the lane's journal in a transaction of any kind.
func Open(tx *bbolt.Tx, lane string) *Journal {
	return &Journal{bucket: tx.Bucket(name(lane))}
}

// Create is Open for a writable transaction; it makes what is missing.
func Create(tx *bbolt.Tx, lane string) (*Journal, error) {
	b, err := tx.CreateBucketIfNotExists(name(lane))
	if err != nil {
		return nil, err
	}
	return &Journal{bucket: b}, nil
}

func name(lane string) []byte { return []byte("journal/" + lane) }

func key(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func chunkOf(seq uint64) []byte { return key((seq - 1) / chunkSize) }

// Put appends a record made by journal.Next. It fails with journal.chain when
// r does not follow prev, the position the caller believes to be the head;
// whether that belief is right the store above verifies when it opens.
func (j *Journal) Put(prev journal.Position, r journal.Record) error {
	return j.PutEncoded(prev, r, journal.Encode(r))
}

// PutEncoded is Put for a caller that has the record's bytes already.
func (j *Journal) PutEncoded(prev journal.Position, r journal.Record, encoded []byte) error {
	if r.Seq != prev.Seq+1 {
		return journal.ErrChain.Withf("append %d behind %d", r.Seq, prev.Seq)
	}
	chunk, err := j.bucket.CreateBucketIfNotExists(chunkOf(r.Seq))
	if err != nil {
		return err
	}
	chunk.FillPercent = fill
	return chunk.Put(key(r.Seq), encoded)
}

// Append makes the next record and puts it.
func (j *Journal) Append(at time.Time, kind, subject string, body []byte) (journal.Record, error) {
	if err := journal.Check(kind, subject, body); err != nil {
		return journal.Record{}, err
	}
	head, err := j.Head()
	if err != nil {
		return journal.Record{}, err
	}
	r := journal.Next(head.Hash, head.Seq+1, at, kind, subject, body)
	return r, j.Put(head, r)
}

// Base is the position before the first record still kept.
func (j *Journal) Base() (journal.Position, error) {
	if j.bucket == nil {
		return journal.Position{}, nil
	}
	v := j.bucket.Get([]byte(baseKey))
	if v == nil {
		return journal.Position{}, nil
	}
	if len(v) != 8+len(sm.Digest{}) {
		return journal.Position{}, journal.ErrChain.Withf("base of %d bytes", len(v))
	}
	p := journal.Position{Seq: binary.BigEndian.Uint64(v)}
	copy(p.Hash[:], v[8:])
	return p, nil
}

// Head is the last position. The last record is verified against the one
// before it, so a damaged head is found here and not built upon.
func (j *Journal) Head() (journal.Position, error) {
	base, err := j.Base()
	if err != nil || j.bucket == nil {
		return base, err
	}
	seq, ok := j.last()
	if !ok {
		return base, nil
	}
	before, err := j.HashAt(seq - 1)
	if err != nil {
		return journal.Position{}, journal.ErrChain.With(err)
	}
	r, err := j.record(seq)
	if err != nil {
		return journal.Position{}, err
	}
	err = journal.Verify(journal.Position{Seq: seq - 1, Hash: before}, []journal.Record{r})
	return r.Position(), err
}

// last is the highest sequence number present.
func (j *Journal) last() (uint64, bool) {
	c := j.bucket.Cursor()
	for k, v := c.Last(); k != nil; k, v = c.Prev() {
		if v != nil || len(k) != 8 {
			continue // base
		}
		last, _ := j.bucket.Bucket(k).Cursor().Last()
		if len(last) == 8 {
			return binary.BigEndian.Uint64(last), true
		}
	}
	return 0, false
}

func (j *Journal) raw(seq uint64) []byte {
	if j.bucket == nil || seq == 0 {
		return nil
	}
	chunk := j.bucket.Bucket(chunkOf(seq))
	if chunk == nil {
		return nil
	}
	return chunk.Get(key(seq))
}

// record decodes one record without verifying its place in the chain.
func (j *Journal) record(seq uint64) (journal.Record, error) {
	v := j.raw(seq)
	if v == nil {
		return journal.Record{}, journal.ErrMissing.Withf("record %d", seq)
	}
	r, n, err := journal.Decode(v)
	if err != nil || n != len(v) || r.Seq != seq {
		return journal.Record{}, journal.ErrChain.Withf("record %d is not one", seq)
	}
	return r, nil
}

// HashAt is the hash that record seq carries.
func (j *Journal) HashAt(seq uint64) (sm.Digest, error) {
	base, err := j.Base()
	switch {
	case err != nil:
		return sm.Digest{}, err
	case seq == base.Seq:
		return base.Hash, nil
	case seq < base.Seq:
		return sm.Digest{}, journal.ErrTrimmed.Withf("record %d, kept from %d", seq, base.Seq+1)
	}
	r, err := j.record(seq)
	return r.Hash, err
}

// Read returns verified records from seq on; see journal.Store.
func (j *Journal) Read(from uint64, maxRecords, maxBytes int) ([]journal.Record, error) {
	from = max(from, 1)
	before, err := j.HashAt(from - 1)
	if err != nil {
		return nil, err
	}
	var recs []journal.Record
	size := 0
	for seq := from; len(recs) < max(maxRecords, 1); seq++ {
		if j.raw(seq) == nil {
			break // the end; a hole would break the chain of whoever reads on
		}
		r, err := j.record(seq)
		if err != nil {
			return nil, err
		}
		size += r.Size()
		if len(recs) > 0 && size > maxBytes {
			break
		}
		recs = append(recs, r)
	}
	err = journal.Verify(journal.Position{Seq: from - 1, Hash: before}, recs)
	if err != nil {
		return nil, err
	}
	return recs, j.complete(from, len(recs))
}

// complete tells the end of the journal from a hole in it: an empty answer is
// right only when nothing lies beyond.
func (j *Journal) complete(from uint64, got int) error {
	if got > 0 || j.bucket == nil {
		return nil
	}
	if last, ok := j.last(); ok && last >= from {
		return journal.ErrChain.Withf("record %d is missing, %d exists", from, last)
	}
	return nil
}

// Trimmable says whether Trim would drop anything, and writes nothing.
func (j *Journal) Trimmable(through uint64, before time.Time) bool {
	r, err := j.trimmable(through, before)
	return err == nil && r.Seq != 0
}

// trimmable returns the last record of the oldest chunk if that chunk may go,
// and the zero record otherwise.
func (j *Journal) trimmable(through uint64, before time.Time) (journal.Record, error) {
	base, err := j.Base()
	if err != nil || j.bucket == nil {
		return journal.Record{}, err
	}
	end := (base.Seq/chunkSize + 1) * chunkSize
	if end > through {
		return journal.Record{}, nil
	}
	r, err := j.record(end)
	if err != nil || !r.At.Before(before) {
		return journal.Record{}, err
	}
	return r, nil
}

// Trim drops chunks whose records are all at or below through and older than
// before. It returns the number of records dropped.
func (j *Journal) Trim(through uint64, before time.Time) (int, error) {
	dropped := 0
	for {
		r, err := j.trimmable(through, before)
		if err != nil || r.Seq == 0 {
			return dropped, err
		}
		if err := j.bucket.Put([]byte(baseKey), append(key(r.Seq), r.Hash[:]...)); err != nil {
			return dropped, err
		}
		if err := j.bucket.DeleteBucket(chunkOf(r.Seq)); err != nil {
			return dropped, err
		}
		dropped += chunkSize
	}
}

var _ journal.Store = (*Journal)(nil)
