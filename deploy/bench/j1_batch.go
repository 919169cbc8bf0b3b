package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"

	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// batchStore is the store as one would build it on bbolt's own DB.Batch, with
// its defaults: the reads, comparisons and writes of ourSave, with the journal's
// chain, and nothing that ours does beyond that (no hash of each value, no
// second copy).
type batchStore struct{ db *bbolt.DB }

func openBatch(dir, name string) (*batchStore, error) {
	db, err := bbolt.Open(filepath.Join(dir, name), 0o600, &bbolt.Options{
		FreelistType: bbolt.FreelistMapType, InitialMmapSize: 1 << 30, NoStatistics: true,
	})
	if err != nil {
		return nil, err
	}
	return &batchStore{db}, db.Update(func(tx *bbolt.Tx) error {
		for _, name := range []string{"answer", "progress", "journal"} {
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *batchStore) save(attempt string, n int) error {
	return s.db.Batch(func(tx *bbolt.Tx) error {
		var p replay
		var have saved
		item := fmt.Sprint(1 + n%j1Items)
		err := load(tx, "progress", attempt, &p)
		if err == nil {
			err = load(tx, "answer", attempt+"/"+item, &have)
		}
		if err != nil {
			return err
		}
		a := saved{Item: item, Revision: have.Revision + 1, Choice: []string{"A", "C"}}
		p.Counter, p.Hash, p.Elapsed, p.Records = p.Counter+1, hashText, int64(n), p.Records+1
		err = put(tx, "answer", attempt+"/"+item, a)
		if err == nil {
			err = put(tx, "progress", attempt, p)
		}
		if err != nil {
			return err
		}
		return record(tx, wire.Answer{
			Sitting: "sitting-1", Attempt: attempt, Item: item, Revision: a.Revision, Choice: a.Choice,
			Fence: 1, Counter: p.Counter, Elapsed: int64(n),
		})
	})
}

func load(tx *bbolt.Tx, bucket, key string, into any) error {
	raw := tx.Bucket([]byte(bucket)).Get([]byte(key))
	if raw == nil {
		return nil
	}
	return json.Unmarshal(raw, into)
}

func put(tx *bbolt.Tx, bucket, key string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return tx.Bucket([]byte(bucket)).Put([]byte(key), raw)
}

// record appends to the journal, whose last record ends with its hash.
func record(tx *bbolt.Tx, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	b := tx.Bucket([]byte("journal"))
	b.FillPercent = 0.95
	var before sm.Digest
	k, last := b.Cursor().Last()
	seq := uint64(1)
	if k != nil {
		seq = binary.BigEndian.Uint64(k) + 1
		copy(before[:], last[len(last)-sm.DigestSize:])
	}
	r := journal.Next(before, seq, time.Now(), wire.KindAnswer, "sitting-1", raw)
	return b.Put(binary.BigEndian.AppendUint64(nil, seq), journal.Encode(r))
}

func (s *batchStore) close() error { return s.db.Close() }
