package store

import (
	"fmt"
	"strings"

	"go.etcd.io/bbolt"

	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/journal/boltjournal"
)

// findings is what a full verification met. A value that does not match its
// hash is found again whenever it is read; a bucket or chain that is not whole
// is not, so only the second kind must stop a store that already serves.
type findings struct {
	values  int // values and records looked at
	damaged []string
	broken  []string
}

func (f *findings) err() error {
	all := append(append([]string{}, f.broken...), f.damaged...)
	if len(all) == 0 {
		return nil
	}
	return errCorrupt.Withf("%d findings: %s", len(all), strings.Join(all[:min(len(all), 5)], "; "))
}

// verify reads everything: every value against its record hash, every bucket
// against its running checksum, every journal along its chain. structure adds
// bbolt's own page check, which is only right while nobody writes.
func verify(btx *bbolt.Tx, structure bool) *findings {
	f := &findings{}
	err := guarded(func() error {
		if structure {
			if err := soundPages(btx); err != nil {
				return err
			}
			for err := range btx.Check(bbolt.WithKVStringer(bbolt.HexKVStringer())) {
				f.broken = append(f.broken, "page: "+err.Error())
			}
		}
		t, all, err := readState(btx)
		if err != nil {
			return err
		}
		f.buckets(btx, all)
		for lane, head := range t.Heads {
			f.chain(btx, lane, head)
		}
		return nil
	})
	if err != nil {
		f.broken = append(f.broken, err.Error())
	}
	return f
}

func (f *findings) buckets(btx *bbolt.Tx, all sums) {
	for bucket, want := range all {
		var got sum
		b := btx.Bucket(bucketName(bucket))
		if b != nil {
			c := b.Cursor()
			for k, v := c.First(); k != nil; k, v = c.Next() {
				f.values++
				if _, err := unstamp(bucket, string(k), v); err != nil {
					f.damaged = append(f.damaged, fmt.Sprintf("bucket %s: a value does not match its hash", bucket))
				}
				got.add(v)
			}
		}
		if got != want {
			f.broken = append(f.broken, fmt.Sprintf("bucket %s: %d values, should be %d with the known checksum", bucket, got.Count, want.Count))
		}
	}
}

func (f *findings) chain(btx *bbolt.Tx, lane string, head journal.Position) {
	j := boltjournal.Open(btx, lane)
	at, err := j.Base()
	for err == nil && at.Seq < head.Seq {
		var recs []journal.Record
		recs, err = j.Read(at.Seq+1, 1000, 4<<20)
		if len(recs) == 0 {
			break
		}
		f.values += len(recs)
		at = recs[len(recs)-1].Position()
	}
	if err == nil && at != head {
		err = fmt.Errorf("ends at %d, should at %d", at.Seq, head.Seq)
	}
	if err != nil {
		f.broken = append(f.broken, fmt.Sprintf("journal %s: %v", lane, err))
	}
}
