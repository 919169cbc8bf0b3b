package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"huyun.internal/protocol/journal"
)

// The fleet: fifty venues of forty candidates at one cloud. Ten of them stay
// while forty are cut off for a day.
const (
	fleetVenues = 50
	fleetStay   = 10
	fleetSteady = 15 * time.Second
	fleetBefore = 15 * time.Second
	fleetLimit  = 4 * time.Minute // for anything to get through
	fleetGrow   = 600             // answers a venue in each drain of the growth
	fleetRounds = 5               // of the growth
)

// othersMost is how many times as late a record of the ten may be while forty
// drain. Before, the processors are nearly idle; during, all of them are full,
// here also with what forty venues compute, and on its way from a venue to its
// row a record is handed on about twenty times, each time after whoever
// computes at that moment. What it must never do is queue behind backlogs: that
// made it a hundred times.
const othersMost = 10

// boardPage is how often the board's page asks again. What an answer shows is
// to be no older than that: then nobody sees a state of two answers ago.
const boardPage = 3 * time.Second

// fleetSizes are how many venues drain at once; each divides their number.
func fleetSizes() []int { return []int{10, 25, fleetVenues} }

// Complaint 9 (hundreds of venues return at once after days): fleetBench plays a day of the city: everything runs, forty venues lose their
// network, come back at once with a day's journals, and in the end fleets of
// different sizes drain alike.
func fleetBench(s setup, r *report) (err error) {
	dir := filepath.Join(s.dir, "fleet")
	err = errors.Join(os.Chmod(s.dir, 0o711), os.MkdirAll(dir, 0o711)) //nolint:gosec // PostgreSQL, an unprivileged user, passes through
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(context.Background(), 2*fleetLimit)
	defer stop()
	f, err := openFleet(ctx, dir, fleetBin(), fleetVenues)
	if err != nil {
		return err
	}
	var waits []func() error
	defer func() {
		stop()
		for _, wait := range waits {
			err = errors.Join(err, wait())
		}
		err = errors.Join(err, f.close())
	}()
	for _, b := range f.venues {
		waits = append(waits, inBackground(ctx, b.up.Run))
	}
	for _, run := range []func(context.Context) error{f.watch, f.look} {
		waits = append(waits, inBackground(ctx, run))
	}
	for _, part := range []func(context.Context, *report) error{f.steady, f.comeBack, f.growth} {
		err = part(ctx, r)
		if err != nil {
			return err
		}
	}
	return nil
}

// fleetBin is where `make build` puts the cloud, as seen from the root of the
// project or from this folder.
func fleetBin() string {
	for _, dir := range []string{"bin", "../../bin"} {
		_, err := os.Stat(filepath.Join(dir, "cloud"))
		if err == nil {
			return dir
		}
	}
	return "bin" // and the start says that it is not there
}

// each does something at every one of these venues, one after the other: what a
// venue would do on its own machine is not to fill this one.
func each(venues []*branch, do func(*branch) error) error {
	for _, b := range venues {
		err := do(b)
		if err != nil {
			return fmt.Errorf("%s: %w", b.sitting, err)
		}
	}
	return nil
}

// live lets the exams of some venues go on until the returned function ends
// them.
func live(ctx context.Context, venues []*branch) (end func() error) {
	running, stop := context.WithCancel(ctx)
	var waits []func() error
	for i, b := range venues {
		late := time.Duration(i) * 250 * time.Millisecond / time.Duration(len(venues)) // not in step
		waits = append(waits, inBackground(running, func(ctx context.Context) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(late):
				return b.exam(ctx)
			}
		}))
	}
	return func() (err error) {
		stop()
		for _, wait := range waits {
			err = errors.Join(err, wait())
		}
		return err
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// steady is the ordinary morning: all fifty exams at once, with the board open.
func (f *fleet) steady(ctx context.Context, r *report) error {
	err := each(f.venues, func(b *branch) error { return b.morning(ctx) })
	if err != nil {
		return err
	}
	err = f.applied(ctx, f.venues)
	if err != nil {
		return err
	}
	end := live(ctx, f.venues)
	err = pause(ctx, fleetBefore/5) // until it has settled
	if err != nil {
		return errors.Join(err, end())
	}
	from := time.Now()
	err = pause(ctx, fleetSteady)
	to := time.Now()
	err = errors.Join(err, end())
	if err != nil {
		return err
	}
	err = f.applied(ctx, f.venues)
	if err != nil {
		return err
	}
	ages, contacts, reads, lost := f.seen(f.venues, from, to)
	r.note("fleet.steady", fmt.Sprintf("%d venues of %d: record to row %s", len(f.venues), fleetPeople, spread(f.arrivals(f.venues, from, to))))
	r.note("fleet.board", fmt.Sprintf("read over HTTP in %s; contact %s", spread(reads), spread(contacts)))
	r.hold("fleet.board.live", lost == 0 && len(ages) > 0 && top(ages, 1) <= boardPage,
		fmt.Sprintf("what it shows is old: %s; %d shown as lost; ≤ %s, at which the page asks again", spread(ages), lost, boardPage))
	return nil
}

// comeBack cuts forty venues for a day and lets all of them back at the same
// moment. The ten others are compared with themselves just before.
func (f *fleet) comeBack(ctx context.Context, r *report) error {
	stay, away := f.venues[:fleetStay], f.venues[fleetStay:]
	err := each(away, func(b *branch) error { b.up.Cut(true); return b.day(ctx) })
	if err != nil {
		return err
	}
	heads := map[string]uint64{}
	for _, b := range away {
		heads[b.node] = b.head(journal.LaneExam)
	}
	end := live(ctx, stay)
	err = pause(ctx, fleetBefore/5)
	if err != nil {
		return errors.Join(err, end())
	}
	before := time.Now()
	err = pause(ctx, fleetBefore)
	if err != nil {
		return errors.Join(err, end())
	}
	from := time.Now()
	for _, b := range away {
		b.up.Cut(false)
	}
	waiting, stop := context.WithTimeout(ctx, fleetLimit)
	err = f.applied(waiting, away)
	stop()
	to := time.Now()
	err = errors.Join(err, end())
	if err == nil {
		err = f.applied(ctx, f.venues)
	}
	if err != nil {
		return err
	}
	records := len(away) * (fleetDay + fleetRest)
	r.note("fleet.return", fmt.Sprintf("%d venues at once with a day each, %s records, drained in %.1f s: %s records/s",
		len(away), short(float64(records)), to.Sub(from).Seconds(), short(float64(records)/to.Sub(from).Seconds())))
	f.judgeOthers(r, stay, before, from, to)
	err = f.judgeOrder(ctx, r, heads)
	if err != nil {
		return err
	}
	return f.judgeWhole(ctx, r, "fleet.whole")
}

// judgeOthers compares the ten with themselves before the forty came, window by
// window: a neighbour on the machine spoils a few of them, not the median.
func (f *fleet) judgeOthers(r *report, stay []*branch, before, from, to time.Time) {
	was, is := f.arrivals(stay, before, from), f.arrivals(stay, from, to)
	r.note("fleet.others", fmt.Sprintf("record to row before %s; during %s", spread(was), spread(is)))
	quiet, busy := f.windows(stay, before, from), f.windows(stay, from, to)
	base := median(quiet)
	ratio := median(busy) / base
	r.hold("fleet.others.p99", ratio <= othersMost && top(is, 1) <= boardPage,
		fmt.Sprintf("ratio %.2f [%.2f–%.2f, %d windows]  %s against %s s, ≤ %d; the latest %s s, ≤ %s", ratio, slices.Min(busy)/base, slices.Max(busy)/base,
			len(busy), short(median(busy)), short(base), othersMost, short(top(is, 1).Seconds()), boardPage))
	ages, contacts, _, lost := f.seen(stay, from, to)
	r.hold("fleet.others.board", lost == 0 && len(contacts) > 0 && top(contacts, 1) <= fleetContact && top(ages, 1) <= boardPage,
		fmt.Sprintf("last word of each %s, ≤ %s; what is shown is old %s, ≤ %s; %d shown as lost",
			spread(contacts), fleetContact, spread(ages), boardPage, lost))
}

// judgeOrder asks PostgreSQL when the last answer of each venue's day was
// stored and when the first record of its other lane.
func (f *fleet) judgeOrder(ctx context.Context, r *report, heads map[string]uint64) error {
	wrong, worst := 0, time.Duration(0)
	for node, head := range heads {
		var exam, rest time.Time
		err := f.sql.QueryRow(ctx, `SELECT max(received_at) FILTER (WHERE lane = 'exam' AND seq <= $2), min(received_at) FILTER (WHERE lane = 'rest')
			FROM node_record WHERE node = $1`, node, int64(head)).Scan(&exam, &rest) //nolint:gosec // a count
		if err != nil {
			return err
		}
		if !exam.Before(rest) {
			wrong++
			worst = max(worst, exam.Sub(rest))
		}
	}
	r.hold("fleet.order", wrong == 0, fmt.Sprintf("answers before the rest: at %d of %d venues; the worst was %s late", len(heads)-wrong, len(heads), worst.Round(time.Millisecond)))
	return nil
}

func (f *fleet) judgeWhole(ctx context.Context, r *report, name string) error {
	rows, problems, err := f.lostOrTwice(ctx)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%d rows counted in PostgreSQL, nothing lost, nothing twice", rows)
	if len(problems) > 0 {
		text = fmt.Sprintf("%d counts differ, the first: %s", len(problems), problems[0])
	}
	r.hold(name, len(problems) == 0, text)
	return nil
}

// growth drains the same backlog of all fifty, ten at a time, twenty-five at a
// time and all at once, in turn: what a record costs must not depend on how many
// venues come together.
func (f *fleet) growth(ctx context.Context, r *report) error {
	costs := map[int][]float64{}
	for round := range fleetRounds {
		sizes := fleetSizes()
		if round%2 == 1 {
			slices.Reverse(sizes) // the tables grow: no size has always the emptier ones
		}
		for _, n := range sizes {
			var sum float64
			for group := range slices.Chunk(f.venues, n) {
				cost, err := f.drained(ctx, group)
				if err != nil {
					return err
				}
				sum += cost * float64(n) / float64(len(f.venues))
			}
			costs[n] = append(costs[n], sum)
		}
	}
	small := fleetSizes()[0]
	for _, n := range fleetSizes()[1:] {
		var ratios []float64
		for i := range fleetRounds {
			ratios = append(ratios, costs[n][i]/costs[small][i])
		}
		r.add(result{
			name: fmt.Sprintf("fleet.growth-%d/%d", n, small), ratios: ratios, ours: median(costs[n]), theirs: median(costs[small]),
			unit: "µs a record", target: target{most: 1.3},
		})
	}
	return f.judgeWhole(ctx, r, "fleet.whole.after")
}

// drained is how many microseconds a record took, from the first row of the
// backlog to the last: the making of connections is not in it.
func (f *fleet) drained(ctx context.Context, venues []*branch) (float64, error) {
	err := each(venues, func(b *branch) error { b.up.Cut(true); return b.more(ctx, fleetGrow) })
	if err != nil {
		return 0, err
	}
	f.mu.Lock()
	moved, begun := f.moved, len(f.took)
	f.mu.Unlock()
	for _, b := range venues {
		b.up.Cut(false)
	}
	var from time.Time
	first := 0
	for first == 0 {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-moved:
		}
		f.mu.Lock()
		moved, first, from = f.moved, len(f.took)-begun, time.Now()
		f.mu.Unlock()
	}
	err = f.applied(ctx, venues)
	return time.Since(from).Seconds() * 1e6 / float64(len(venues)*fleetGrow-first), err
}
