package history

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/exam/conduct"
	"huyun.internal/cloud/exam/dossier"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/exam/venue"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/deploy/seed"
	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/exam/pack"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// hall is a venue holding one sitting of the past: what it has, and the records
// that it has yet to send.
type hall struct {
	w      *world
	in     sitting.Sitting
	roster *pack.Roster
	paper  *pack.Paper
	index  *exam.Index
	plan   *exam.Plan
	r      *rand.Rand

	at      time.Time // the venue's clock, which a scene of the sitting sets
	node    string
	events  []event
	closed  wire.Closed
	digests map[string]string
	breach  map[string]conduct.Decision // by irregularity
}

// When things happen, around the planned start; as the rules of the exam have it.
const (
	asks    = -3 * time.Hour    // to open, well before the hour that the centre wants
	ready   = -time.Hour        // package, preflight, release
	doors   = -30 * time.Minute // one after the other
	perDoor = 40 * time.Second
	sitDown = -5 * time.Minute
	perSeat = 10 * time.Second
	signOff = 15 * time.Minute // after the time is up
	ruled   = 3 * time.Hour    // after the sign-off
)

// event is what happens at the venue, not yet in order.
type event struct {
	at   time.Time
	kind string
	body any
}

// hold has one sitting held from its planning to the publication of its results.
func (w *world) hold(ctx context.Context, at venue.Venue, p planned) error {
	in, err := w.plan(ctx, at, p)
	if err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	h := &hall{
		w: w, in: in, node: prefix + at.ID, at: p.at.Add(asks), r: rand.New(rand.NewPCG(p.seed, 2)), //nolint:gosec // invented figures are to be the same every time
		digests: map[string]string{}, breach: map[string]conduct.Decision{},
	}
	for _, step := range []func(context.Context) error{h.ask, h.unpack, func(ctx context.Context) error { return h.sit(ctx, p.shift) }, h.close, h.judge} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return w.publish(ctx, in.ID, p.at)
}

// plan books the hall, takes the candidates and gives them seats, a day before.
func (w *world) plan(ctx context.Context, at venue.Venue, p planned) (sitting.Sitting, error) {
	ctx = as(ctx, planner)
	w.clock.SetWall(p.at.Add(-24 * time.Hour))
	in, err := w.sittings.Create(ctx, sitting.Plan{
		Title: fmt.Sprintf("%s（演示数据）", p.rule.Name), Venue: at.ID, Room: at.Rooms[0].Name, Rule: p.rule.ID, RuleVersion: p.rule.Version, StartsAt: p.at,
	})
	if err != nil {
		return in, err
	}
	if _, err := w.db.Exec(ctx, markSQL, in.ID); err != nil {
		return in, err
	}
	people, err := w.people(ctx, p)
	if err != nil {
		return in, err
	}
	book, err := seed.CandidateWorkbook(people, p.rule.Category)
	if err != nil {
		return in, err
	}
	got, err := w.sittings.Import(ctx, in.ID, sitting.Upload{FileName: "考生名单.xlsx", Workbook: book})
	if err == nil && !got.OK {
		err = fmt.Errorf("candidates refused: %+v", got.Problems)
	}
	if err != nil {
		return in, err
	}
	groups, err := w.sittings.Groups(ctx, in.ID)
	if err != nil {
		return in, err
	}
	for _, g := range groups {
		if err := w.sittings.Confirm(ctx, in.ID, sitting.Assent{Kind: g.Kind, Roll: g.Roll, Basis: "演示数据"}); err != nil {
			return in, err
		}
	}
	return w.sittings.Assign(ctx, in.ID)
}

// people are invented; those whose photographs would not have been deleted by
// today have one, and are men, because the faces that we may show are men's.
func (w *world) people(ctx context.Context, p planned) ([]seed.Candidate, error) {
	if p.at.Before(w.now.Add(-dossier.DefaultKeep)) {
		return seed.Candidates(p.people, p.seed), nil
	}
	people := seed.Men(p.people, p.seed)
	faces, err := seed.Faces(ctx)
	if err != nil {
		return nil, err
	}
	return people, seed.Portraits(people, faces, 0)
}

// add notes what happens at the venue at its next second.
func (h *hall) add(kind string, body any) {
	h.at = h.at.Add(time.Second)
	h.events = append(h.events, event{h.at, kind, body})
}

// batch is how many records the link sends at once.
const batch = 500

// send puts what was noted in order and applies it, as the link does.
func (h *hall) send(ctx context.Context) error {
	slices.SortStableFunc(h.events, func(a, b event) int { return a.at.Compare(b.at) })
	events := h.events
	h.events = nil
	for some := range slices.Chunk(events, batch) {
		recs := make([]journal.Record, len(some))
		for i, e := range some {
			var err error
			if recs[i], err = h.w.device.record(e.at, e.kind, h.in.ID, e.body); err != nil {
				return err
			}
		}
		h.w.clock.SetWall(some[len(some)-1].at)
		err := h.w.tx(ctx, func(ctx context.Context, tx pgx.Tx) error { return h.w.sittings.ApplyBatch(ctx, tx, h.node, recs) })
		if err != nil {
			return err
		}
	}
	return nil
}

// ask asks the centre to open, which it allows and sends the package for.
func (h *hall) ask(ctx context.Context) error {
	ok := []wire.Check{{Code: "clock", Name: "时钟", OK: true}, {Code: "disk", Name: "磁盘", OK: true}}
	h.add(wire.KindOpeningRequested, wire.OpeningRequested{Request: "demo-" + h.in.ID, Sitting: h.in.ID, By: chief, Proctors: []string{proctor}, Checks: ok})
	err := h.send(ctx)
	if err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	ctx = as(ctx, publisher)
	list, err := h.w.sittings.Openings(ctx, "PENDING", h.in.ID, db.Page{})
	if err == nil && len(list.Items) != 1 {
		err = fmt.Errorf("%d requests", len(list.Items))
	}
	if err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	out, err := h.w.sittings.Decide(ctx, list.Items[0].ID, sitting.Decision{Approve: true})
	if err == nil && out.Failure != "" {
		err = errors.New(out.Failure)
	}
	if err != nil {
		return fmt.Errorf("review: %w", err)
	}
	return nil
}

// unpack receives the package, shows itself ready, and opens it with the half
// that the centre then releases.
func (h *hall) unpack(ctx context.Context) error {
	m, err := order[wire.PackManifest](h.w.device, wire.OrderPackManifest)
	if err != nil {
		return err
	}
	h.add(wire.KindPackReceived, wire.PackReceived{Sitting: h.in.ID, Pack: m.Pack, Size: m.Size, Via: "h3", OK: true})
	h.at = h.in.StartsAt.Add(ready)
	h.add(wire.KindPreflight, wire.Preflight{Sitting: h.in.ID, Green: true, Checks: []wire.Check{{Code: "disk", Name: "磁盘", OK: true}}})
	err = h.send(ctx)
	if err != nil {
		return fmt.Errorf("ready: %w", err)
	}
	release, err := order[wire.KeyRelease](h.w.device, wire.OrderKeyRelease)
	if err != nil {
		return err
	}
	p, err := h.pack(ctx, m)
	if err == nil {
		h.roster, err = p.Roster(h.w.device.key)
	}
	if err == nil {
		h.paper, err = p.Paper(h.w.device.key, release.Half)
	}
	if err == nil {
		h.index, err = exam.NewIndex(h.paper.Range)
	}
	if err == nil {
		h.plan, err = exam.Prepare(h.paper.Rule, h.index)
	}
	if err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	h.closed = wire.Closed{Sitting: h.in.ID, By: chief, Booked: len(h.roster.Candidates)}
	h.add(wire.KindOpened, wire.Opened{Sitting: h.in.ID, Pack: m.Pack, By: "release"})
	return nil
}

func (h *hall) pack(ctx context.Context, m wire.PackManifest) (*pack.Package, error) {
	digest, err := sm.ParseDigest(m.Pack)
	if err != nil {
		return nil, err
	}
	r, size, err := h.w.blobs.Open(ctx, digest)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, err
	}
	return pack.Open(bytes.NewReader(raw), size, h.w.keys.Cloud().Public())
}

// close reports the sums.
func (h *hall) close(ctx context.Context) error {
	h.closed.Absent = h.closed.Booked - h.closed.Admitted
	h.closed.Digest = exam.SittingDigest(h.digests).String()
	h.at = h.in.StartsAt.Add(time.Duration(h.in.Minutes)*time.Minute + signOff)
	h.add(wire.KindClosed, h.closed)
	return h.send(ctx)
}

// judge rules on what was noted against people.
func (h *hall) judge(ctx context.Context) error {
	h.w.clock.SetWall(h.at.Add(ruled))
	for id, d := range h.breach {
		if err := h.w.conduct.Rule(as(ctx, publisher), h.in.ID, id, d); err != nil {
			return fmt.Errorf("rule: %w", err)
		}
	}
	return nil
}

// publish has the results computed by one person's word and made known by the
// other's, the next day.
func (w *world) publish(ctx context.Context, id string, at time.Time) error {
	w.clock.SetWall(at.Add(26 * time.Hour))
	first := as(ctx, planner)
	out, err := w.scores.Run(first, id)
	if err == nil && out.Round != nil && out.Round.Differences > 0 {
		err = fmt.Errorf("%d differences", out.Round.Differences)
	}
	if err == nil {
		_, err = w.scores.Confirm(first, id, "")
	}
	if err == nil {
		_, err = w.scores.Publish(as(ctx, publisher), id)
	}
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}
