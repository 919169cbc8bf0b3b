package store

import (
	"bytes"
	"encoding/json"
	"sort"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"huyun.internal/protocol/journal"
)

// Reader reads one consistent state. Values belong to the caller.
type Reader interface {
	// Get returns nil when there is no such key.
	Get(bucket, key string) []byte
	// Scan calls fn for every key with the prefix, in key order, and stops at
	// its first error.
	Scan(bucket, prefix string, fn func(key string, val []byte) error) error
	// peek is Get for this package, which copies what it needs by itself.
	peek(bucket, key string) []byte
}

// reading is a Reader over bbolt and what is not there yet. A damaged value is
// never handed out: it reads as absent, and result turns whatever the function
// made of that into a fault.
type reading struct {
	btx       *bbolt.Tx
	over      []*layer // looked through before bbolt, nearest first
	damage    error
	onCorrupt func(error)
}

func (r *reading) result(err error) error {
	if r.damage != nil {
		return r.damage
	}
	return err
}

func (r *reading) check(bucket, key string, stored []byte) []byte {
	val, err := unstamp(bucket, key, stored)
	if err != nil {
		r.damage = err
		r.onCorrupt(err)
		return nil
	}
	return val
}

func (r *reading) Get(bucket, key string) []byte { return bytes.Clone(r.peek(bucket, key)) }

func (r *reading) peek(bucket, key string) []byte {
	for _, l := range r.over {
		if stored, ok := l.puts[bucket][key]; ok {
			return unstamped(stored)
		}
	}
	b := r.btx.Bucket(bucketName(bucket))
	if b == nil {
		return nil
	}
	stored := b.Get([]byte(key))
	if stored == nil {
		return nil
	}
	return r.check(bucket, key, stored)
}

// unstamped is a value that has not been to the disk and back.
func unstamped(stored []byte) []byte {
	if stored == nil {
		return nil
	}
	return stored[tagSize:]
}

func (r *reading) Scan(bucket, prefix string, fn func(key string, val []byte) error) error {
	return r.scan(r.over, bucket, prefix, fn)
}

// scanFile is Scan without the layers.
func (r *reading) scanFile(bucket, prefix string, fn func(key string, val []byte) error) error {
	b := r.btx.Bucket(bucketName(bucket))
	if b == nil {
		return nil
	}
	c := b.Cursor()
	for k, v := c.Seek([]byte(prefix)); k != nil && bytes.HasPrefix(k, []byte(prefix)); k, v = c.Next() {
		val := bytes.Clone(r.check(bucket, string(k), v))
		if r.damage != nil {
			return r.damage
		}
		if err := fn(string(k), val); err != nil {
			return err
		}
	}
	return nil
}

// Tx is what an Update's function writes through. Nothing of it reaches bbolt
// before the function has returned without error.
type Tx struct {
	reading        // over an outer Try's writes, the group's, and the recent ones
	own     *layer // this function's writes
	now     time.Time
}

// Try runs fn within this transaction so that a failure of fn leaves nothing of
// fn's writes behind and the rest of the transaction goes on.
func (t *Tx) Try(fn func(tx *Tx) error) error {
	inner := &Tx{
		reading: reading{btx: t.btx, over: t.layers(), onCorrupt: t.onCorrupt}, now: t.now,
		own: newLayer(map[string]journal.Position{}),
	}
	err := inner.result(call(fn, inner))
	if err == nil {
		t.own.take(inner.own)
	}
	return err
}

// Now is the moment of this transaction: UTC, whole microseconds.
func (t *Tx) Now() time.Time { return t.now }

// Get sees the transaction's own writes.
func (t *Tx) Get(bucket, key string) []byte { return bytes.Clone(t.peek(bucket, key)) }

func (t *Tx) peek(bucket, key string) []byte {
	if stored, ok := t.own.puts[bucket][key]; ok {
		return unstamped(stored)
	}
	return t.reading.peek(bucket, key)
}

// Put stores val under key. It keeps a copy.
func (t *Tx) Put(bucket, key string, val []byte) {
	if strings.HasPrefix(bucket, reserved) || bucket == "" || key == "" || len(key) > bbolt.MaxKeySize {
		t.damage = errReserved.Withf("bucket %q, key of %d bytes", bucket, len(key))
		return
	}
	t.own.put(bucket, key, stamp(bucket, key, val))
}

// Delete removes key; a key that is not there is no error.
func (t *Tx) Delete(bucket, key string) {
	if strings.HasPrefix(bucket, reserved) {
		t.damage = errReserved.Withf("bucket %q", bucket)
		return
	}
	t.own.put(bucket, key, nil)
}

// Scan sees the transaction's own writes as they were when it began.
func (t *Tx) Scan(bucket, prefix string, fn func(key string, val []byte) error) error {
	return t.scan(t.layers(), bucket, prefix, fn)
}

func (r *reading) scan(layers []*layer, bucket, prefix string, fn func(key string, val []byte) error) error {
	over := map[string][]byte{}
	for _, l := range layers {
		for k, v := range l.puts[bucket] {
			if _, nearer := over[k]; !nearer && strings.HasPrefix(k, prefix) {
				over[k] = v
			}
		}
	}
	keys := make([]string, 0, len(over))
	for k := range over {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	// emit hands out overlay keys below limit ("" = all that are left).
	emit := func(limit string) error {
		for len(keys) > 0 && (limit == "" || keys[0] < limit) {
			k := keys[0]
			keys = keys[1:]
			if v := over[k]; v != nil {
				if err := fn(k, bytes.Clone(unstamped(v))); err != nil {
					return err
				}
			}
		}
		return nil
	}
	err := r.scanFile(bucket, prefix, func(key string, val []byte) error {
		if err := emit(key); err != nil {
			return err
		}
		if _, hidden := over[key]; hidden {
			return nil
		}
		return fn(key, val)
	})
	if err != nil {
		return err
	}
	return emit("")
}

// Append adds a record to a lane's journal and returns its sequence number.
// A body of json.RawMessage or []byte is taken as it is, anything else is
// marshalled. It fails with journal.size.
func (t *Tx) Append(lane, kind, subject string, body any) (uint64, error) {
	raw, err := encodeBody(body)
	if err != nil {
		return 0, err
	}
	if err := journal.Check(kind, subject, raw); err != nil {
		return 0, err
	}
	head := t.Head(lane)
	r := journal.Next(head.Hash, head.Seq+1, t.now, kind, subject, raw)
	t.own.append(lane, r)
	return r.Seq, nil
}

// Head is the lane's position with this transaction's records included.
func (t *Tx) Head(lane string) journal.Position {
	for _, l := range t.layers() {
		if p, ok := l.heads[lane]; ok {
			return p
		}
	}
	return journal.Position{}
}

// layers are the transaction's own writes and what lies under them.
func (t *Tx) layers() []*layer { return append([]*layer{t.own}, t.over...) }

func encodeBody(body any) ([]byte, error) {
	switch b := body.(type) {
	case json.RawMessage:
		return bytes.Clone(b), nil
	case []byte:
		return bytes.Clone(b), nil
	default:
		return json.Marshal(body)
	}
}
