package main

import (
	"path/filepath"

	"go.etcd.io/bbolt"
)

// rawStore is the yardstick of the durable save: bbolt and nothing else. No
// checks, no chain, no hashes, no second copy, no JSON: one value a save, as
// long as everything that ours stores for it, under the key that an answer has
// to be found by.
type rawStore struct {
	db  *bbolt.DB
	ops chan rawOp
}

type rawOp struct {
	key, val []byte
	done     chan error
}

var rawBucket = []byte("answer")

func openRaw(dir, name string) (*rawStore, error) {
	db, err := bbolt.Open(filepath.Join(dir, name), 0o600, &bbolt.Options{
		FreelistType: bbolt.FreelistMapType, InitialMmapSize: 1 << 30, NoStatistics: true,
	})
	if err != nil {
		return nil, err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket(rawBucket)
		return err
	})
	s := &rawStore{db: db, ops: make(chan rawOp, 1024)}
	go s.write()
	return s, err
}

// save goes through the group-commit loop: one goroutine that drains its
// channel and commits what was there.
func (s *rawStore) save(key, val []byte) error {
	done := make(chan error, 1)
	s.ops <- rawOp{key, val, done}
	return <-done
}

func (s *rawStore) write() {
	for first := range s.ops {
		group := []rawOp{first}
	drain:
		for len(group) < 1024 {
			select {
			case o := <-s.ops:
				group = append(group, o)
			default:
				break drain
			}
		}
		err := s.db.Update(func(tx *bbolt.Tx) error {
			b := tx.Bucket(rawBucket)
			for _, o := range group {
				err := b.Put(o.key, o.val)
				if err != nil {
					return err
				}
			}
			return nil
		})
		for _, o := range group {
			o.done <- err
		}
	}
}

func (s *rawStore) close() error {
	close(s.ops)
	return s.db.Close()
}
