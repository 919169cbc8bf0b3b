package store

import (
	"maps"
	"slices"

	"go.etcd.io/bbolt"

	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/journal/boltjournal"
)

// reserved begins the names of buckets that only this package writes.
const reserved = "."

// layer is a set of writes not yet in bbolt: of one function, or of a group.
type layer struct {
	// puts holds stamped values by bucket and key; nil is a deletion.
	puts    map[string]map[string][]byte
	records []*laneRecord
	heads   map[string]journal.Position

	// Of a group that is committed: where it ends, in the history and in the
	// segments, and how much it is.
	end          tip
	mark         mark
	count, bytes int
	lanes        map[string][]*laneRecord // the records of each lane, by sequence
}

type laneRecord struct {
	lane    string
	record  journal.Record
	encoded []byte
}

func newLayer(heads map[string]journal.Position) *layer {
	return &layer{puts: map[string]map[string][]byte{}, heads: heads}
}

// sorted makes lanes, once the layer is complete.
func (l *layer) sorted() *layer {
	l.lanes = map[string][]*laneRecord{}
	for _, r := range l.records {
		l.lanes[r.lane] = append(l.lanes[r.lane], r)
	}
	return l
}

func (l *layer) empty() bool { return len(l.puts) == 0 && len(l.records) == 0 }

func (l *layer) put(bucket, key string, stored []byte) {
	m := l.puts[bucket]
	if m == nil {
		m = map[string][]byte{}
		l.puts[bucket] = m
	}
	m[key] = stored
}

func (l *layer) append(lane string, r journal.Record) {
	l.records = append(l.records, &laneRecord{lane: lane, record: r, encoded: journal.Encode(r)})
	l.heads[lane] = r.Position()
}

// reuse is how many keys of a bucket may have been written for its map to be
// worth keeping.
const reuse = 64

// reset makes a layer empty again and keeps its maps: the writer has one for
// every function it calls.
func (l *layer) reset() {
	for bucket, m := range l.puts {
		if len(m) > reuse {
			delete(l.puts, bucket)
			continue
		}
		clear(m)
	}
	clear(l.records) // lets go of what they hold
	l.records = l.records[:0]
	clear(l.heads)
}

// take adds a finished function's writes to the group's.
func (l *layer) take(own *layer) {
	for bucket, m := range own.puts {
		if len(m) == 0 {
			continue
		}
		if l.puts[bucket] == nil {
			l.puts[bucket] = make(map[string][]byte, reuse)
		}
		maps.Copy(l.puts[bucket], m)
	}
	l.records = append(l.records, own.records...)
	maps.Copy(l.heads, own.heads)
}

// apply writes the layer into bbolt, keeps sums in step, and sets the tip. It
// is what a commit does and what a redo does, and is idempotent for one frame
// only in the sense that a frame already at the tip is never applied again.
func (l *layer) apply(btx *bbolt.Tx, before tip, after tip, all sums) error {
	for _, bucket := range slices.Sorted(maps.Keys(l.puts)) {
		s, err := applyBucket(btx, bucket, l.puts[bucket], all[bucket])
		if err != nil {
			return err
		}
		all[bucket] = s
		if err := putMeta(btx, metaSum+bucket, s.encode()); err != nil {
			return err
		}
	}
	prev := map[string]journal.Position{}
	for _, r := range l.records {
		j, err := boltjournal.Create(btx, r.lane)
		if err != nil {
			return err
		}
		p, ok := prev[r.lane]
		if !ok {
			p = before.Heads[r.lane]
		}
		if err := j.PutEncoded(p, r.record, r.encoded); err != nil {
			return err
		}
		prev[r.lane] = r.record.Position()
	}
	return putMeta(btx, metaTip, after.encode())
}

func applyBucket(btx *bbolt.Tx, bucket string, puts map[string][]byte, s sum) (sum, error) {
	b, err := btx.CreateBucketIfNotExists(bucketName(bucket))
	if err != nil {
		return s, err
	}
	for _, key := range slices.Sorted(maps.Keys(puts)) {
		stored := puts[key]
		if old := b.Get([]byte(key)); old != nil {
			s.remove(old)
		}
		if stored == nil {
			err = b.Delete([]byte(key))
		} else {
			s.add(stored)
			err = b.Put([]byte(key), stored)
		}
		if err != nil {
			return s, err
		}
	}
	return s, nil
}
