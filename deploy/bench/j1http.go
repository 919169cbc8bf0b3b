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
	batch, err := openRaw(s.dir, "http-batch.db")
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
	slow := newCrowd(func(w, n int) error { return batch.batch(key(w, n), val) })
	err = compare(s, r, "j1-http.batch", h.crowd.rate, slow.rate, "saves/s", target{least: 5})
	if err != nil {
		return err
	}
	return flatOverHTTP(s, r)
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
	f.crowd = newCrowd(func(w, n int) error { return f.seats[w].save(1+n%j1Items, uint64(n/j1Items+1)) })
	return f, nil
}

func (f *fullHall) shut() error {
	for _, c := range f.seats {
		_ = c.conn.Close()
	}
	return errors.Join(f.close(), f.store.Close())
}
