package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"huyun.internal/edge/store"
)

// savesOverHTTP is J1 as a terminal sees it: a signed request to the whole
// handler of the edge on loopback. Client and server share this machine.
func savesOverHTTP(s setup, r *report) (err error) {
	h, err := newHall(s.dir, "http", 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.shut()) }()
	loop, err := openRaw(s.dir, "http-loop.db")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, loop.close()) }()
	batch, err := openBatch(s.dir, "http-batch.db")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, batch.close()) }()
	val, err := sameSize()
	if err != nil {
		return err
	}
	key := func(w, n int) []byte { return fmt.Appendf(nil, "%s/%d", attemptName(w), 1+n%j1Items) }
	bare := newCrowd(func(w, n int) error { return loop.save(key(w, n), val) })
	err = compare(s, r, "j1-http.loop", h.crowd.rate, bare.rate, "saves/s", target{least: 0.35})
	if err != nil {
		return err
	}
	r.add(result{
		name: "j1-http.p99", ratios: quotients(h.crowd.p99[1:], bare.p99[1:]),
		ours: median(h.crowd.p99), theirs: median(bare.p99), unit: "ms p99", target: target{most: 4},
	})
	err = few(s, r, h, func(w, n int) error { return batch.save(attemptName(w), n) })
	if err != nil {
		return err
	}
	return flatOverHTTP(s, r)
}

// few compares with DB.Batch where its waiting is felt: by a terminal alone and
// by a few. At 64 both sides are busy all the time, ours with HTTP on two
// cores; the stores alone are compared in j1.batch, and this is for information.
func few(s setup, r *report, h *fullHall, slow func(w, n int) error) error {
	for _, terminals := range []int{1, 8, j1Workers} {
		var wanted target
		if terminals == 1 {
			wanted.least = 5
		}
		ours, theirs := crowdOf(terminals, h.save), crowdOf(terminals, slow)
		err := compare(s, r, fmt.Sprint("j1-http.batch-", terminals), ours.rate, theirs.rate, "saves/s", wanted)
		if err != nil {
			return err
		}
	}
	return nil
}

// flatOverHTTP compares venues whose stores hold 10^6 and 10^3 answers of
// earlier sittings.
func flatOverHTTP(s setup, r *report) (err error) {
	large, err := newHall(s.dir, "http-large", 1_000_000)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, large.shut()) }()
	small, err := newHall(s.dir, "http-small", 1_000)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, small.shut()) }()
	return compare(s, r, "j1-http.stored-1e6/1e3", slowness(large.crowd.rate), slowness(small.crowd.rate), "µs a save", target{most: 1.3})
}

// fullHall is a hall over a store of its own with its terminals connected.
type fullHall struct {
	*hall
	store *store.Store
	seats []*seatClient
	saved [j1Workers]int
	crowd *crowd
}

// newHall makes a venue whose store holds so many answers already.
func newHall(root, name string, answers int) (f *fullHall, err error) {
	dir := filepath.Join(root, name)
	f = &fullHall{}
	f.store, err = openOurs(dir)
	if err != nil {
		return nil, err
	}
	err = preload(f.store, "attempt_answer", answers)
	if err == nil {
		f.hall, err = openHall(dir, f.store)
	}
	for i := 0; err == nil && i < j1Workers; i++ {
		var c *seatClient
		c, err = dialSeat(f.addr, f.hall.seats[i])
		f.seats = append(f.seats, c)
	}
	if err != nil {
		return nil, errors.Join(err, f.store.Close())
	}
	f.crowd = newCrowd(f.save)
	return f, nil
}

// save is one save of a terminal. Revisions go up however often it is asked
// anew, or nothing would be written.
func (f *fullHall) save(w, _ int) error {
	n := f.saved[w]
	f.saved[w]++
	return f.seats[w].save(1+n%j1Items, uint64(n/j1Items+1))
}

func (f *fullHall) shut() error {
	for _, c := range f.seats {
		_ = c.conn.Close()
	}
	return errors.Join(f.close(), f.store.Close())
}
