package store

import (
	"os"

	"go.etcd.io/bbolt"
)

// MakeEmptyBolt makes what bbolt makes of nothing.
func MakeEmptyBolt(path string) error {
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		return err
	}
	return db.Close()
}

// UsedBytes is the part of a bbolt file below its high-water mark.
func UsedBytes(path string) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	a, _ := readMeta(f, 0)
	b, _ := readMeta(f, int64(os.Getpagesize()))
	return max(a, b), nil
}
