package store

import (
	"os"
	"time"

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
		<-time.After(5 * time.Millisecond) // as a lazy flush would
	}
	return o
}

// Unmark puts the marker back to the beginning of the first segment.
func Unmark(dir string) error {
	id, err := loadIdentity(dir)
	if err != nil {
		return err
	}
	sc, err := openSegment(segmentPath(dir, 1))
	if err != nil {
		return err
	}
	defer sc.close()
	id.Clean, id.High = false, nil
	id.Mark = mark{Segment: 1, Offset: sc.offset}
	return id.save(dir)
}
