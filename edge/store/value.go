package store

import (
	"encoding/binary"
	"runtime/debug"

	"go.etcd.io/bbolt"

	"huyun.internal/protocol/sm"
)

type digest = sm.Digest

// tagSize is the length of the record hash before every stored value: SM3 cut
// to 16 bytes. It finds damage; it is not meant against forgers.
const tagSize = 16

// stamp puts the record hash before a value. Bucket and key are part of it, so
// a value that turns up elsewhere (a damaged branch page) is found as well.
func stamp(bucket, key string, val []byte) []byte {
	out := make([]byte, tagSize, tagSize+len(val))
	tag := tagOf(bucket, key, val)
	copy(out, tag[:tagSize])
	return append(out, val...)
}

func tagOf(bucket, key string, val []byte) digest {
	var small [512]byte // most values fit, and cost no allocation
	b := binary.BigEndian.AppendUint32(small[:0], uint32(len(bucket)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(key)))
	b = append(append(append(b, bucket...), key...), val...)
	return sm.SumOf(b)
}

// unstamp checks the record hash and returns the value, which still lies in
// stored's memory.
func unstamp(bucket, key string, stored []byte) ([]byte, error) {
	if len(stored) < tagSize {
		return nil, errCorrupt.Withf("bucket %q: value of %d bytes", bucket, len(stored))
	}
	tag := tagOf(bucket, key, stored[tagSize:])
	if [tagSize]byte(tag[:tagSize]) != [tagSize]byte(stored[:tagSize]) {
		return nil, errCorrupt.Withf("bucket %q: a value does not match its hash", bucket)
	}
	return stored[tagSize:], nil
}

// bucketName keeps callers' buckets apart from this package's own and from the
// journals'.
func bucketName(bucket string) []byte { return []byte("k/" + bucket) }

// guarded turns a panic of bbolt over a damaged page, and a memory fault over
// a file that shrank or a disk that cannot be read, into store.corrupt.
func guarded(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = errCorrupt.Withf("panic: %v", p)
		}
	}()
	return f()
}

// sum is a running checksum over one bucket: how many values, and the XOR of
// their record hashes. It changes in O(1) with every write and lets a full
// verification notice a value that vanished or came back, which no single
// record hash can.
type sum struct {
	Count uint64
	Xor   [tagSize]byte
}

func (s *sum) add(stored []byte)    { s.Count++; s.toggle(stored) }
func (s *sum) remove(stored []byte) { s.Count--; s.toggle(stored) }

func (s *sum) toggle(stored []byte) {
	for i := range min(tagSize, len(stored)) {
		s.Xor[i] ^= stored[i]
	}
}

func (s sum) encode() []byte {
	return append(binary.BigEndian.AppendUint64(nil, s.Count), s.Xor[:]...)
}

type sums map[string]sum

// The metadata bucket: this package's own words about the file it is in.
const metaBucket = "meta"

const (
	metaIdentity = "identity"
	metaTip      = "tip"
	metaSum      = "sum/" // + bucket
)

func putMeta(btx *bbolt.Tx, key string, val []byte) error {
	b, err := btx.CreateBucketIfNotExists([]byte(metaBucket))
	if err != nil {
		return err
	}
	return b.Put([]byte(key), stamp(metaBucket, key, val))
}

// getMeta returns nil for a key that is not there.
func getMeta(btx *bbolt.Tx, key string) ([]byte, error) {
	b := btx.Bucket([]byte(metaBucket))
	if b == nil {
		return nil, nil
	}
	stored := b.Get([]byte(key))
	if stored == nil {
		return nil, nil
	}
	return unstamp(metaBucket, key, stored)
}
