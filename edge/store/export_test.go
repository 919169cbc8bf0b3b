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

// FailSync makes the segment's sync fail when f does.
func (o Options) FailSync(f func() error) Options { o.seams.sync = f; return o }

// FailCommit makes bbolt's commit report a failure after it has happened.
func (o Options) FailCommit(f func() error) Options { o.seams.commit = f; return o }

// AckEarly plants the fault that the crash test has to find.
func (o Options) AckEarly() Options {
	o.seams.ackEarly = func(ops []*op) {
		for _, x := range ops {
			if x.err == nil {
				x.finish(nil)
			}
		}
	}
	return o
}
