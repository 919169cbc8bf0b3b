// Package crowd is a hall full of candidates at exam terminals. Each logs in,
// is looked at by the camera, answers, changes answers, moves when told to and
// hands in, over the terminal's own protocol, and keeps a history of its own on
// disk of what was tried and what was acknowledged. Drills, benchmarks and the
// demonstration use it; it is written from the interface, not from the edge's
// code.
//
// A candidate never gives up: what got no answer is tried again with the same
// revision and content, as a real terminal does.
package crowd

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Person is who sits down.
type Person struct {
	Admission string
	IDNumber  string
	Camera    []byte // JPEG of their face now
}

// Plan says how a candidate behaves.
type Plan struct {
	Think   time.Duration // mean pause between two answers
	Changes float64       // chance that an answered item is answered again instead
}

// Candidate is one person in the hall.
type Candidate struct {
	Person
	plan    Plan
	history *History
	rng     *rand.Rand
	stage   func(string)

	looked time.Time
	until  <-chan struct{} // closes when it is time to hand in

	mu       sync.Mutex
	terminal *Terminal
	moved    chan struct{}
}

// NewCandidate seats a person at a terminal. The seed makes the choices
// repeatable; stage, if not nil, is told how far the candidate has come.
func NewCandidate(p Person, t *Terminal, plan Plan, h *History, seed uint64, stage func(string)) *Candidate {
	if stage == nil {
		stage = func(string) {}
	}
	return &Candidate{
		Person: p, plan: plan, history: h, rng: rand.New(rand.NewPCG(seed, 0xc0ffee)), stage: stage,
		terminal: t, moved: make(chan struct{}, 1),
	}
}

// Move tells the candidate to go on at another terminal. The old one will try
// one more answer, which must be refused.
func (c *Candidate) Move(t *Terminal) {
	c.mu.Lock()
	c.terminal = t
	c.mu.Unlock()
	select {
	case c.moved <- struct{}{}:
	default:
	}
}

func (c *Candidate) at() *Terminal {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.terminal
}

// codeFenced is the refusal of a seat that its candidate has left.
const codeFenced = "exam.session.fenced"

// codeForgotten is the refusal of a session that the venue does not know; the
// candidate logs in again, as a real terminal makes them do.
const codeForgotten = "exam.session.missing"

// errForgotten ends such a session.
var errForgotten = errors.New("the venue does not know the session")

// errMoved ends a session whose candidate sits elsewhere now.
var errMoved = errors.New("moved to another seat")

// Sit goes through the whole exam and returns when it is handed in. Only a
// history that cannot be written, the end of ctx, or a refusal that a real
// candidate could not get over is an error.
func (c *Candidate) Sit(ctx context.Context) error {
	for {
		err := c.session(ctx)
		if !errors.Is(err, errMoved) && !errors.Is(err, errForgotten) {
			return err
		}
	}
}

func (c *Candidate) session(ctx context.Context) error {
	var s *Session
	err := c.persist(ctx, func() (err error) {
		s, err = c.at().Login(ctx, c.Admission, c.IDNumber)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s login at %s: %w", c.Admission, c.at().Seat, err)
	}
	c.stage("login")
	err = c.prepare(ctx, s)
	if err != nil {
		return err
	}
	return c.answer(ctx, s)
}

// prepare goes from the login to the start.
func (c *Candidate) prepare(ctx context.Context, s *Session) error {
	looked := false
	for {
		st, err := c.state(ctx, s)
		if err != nil {
			return err
		}
		switch {
		case st.Result != nil || st.State == "running":
			return nil
		case !st.Confirmed:
			err = c.persist(ctx, func() error { return s.Confirm(ctx) })
		case !looked:
			// A picture that does not do is the proctor's business, not an error.
			_ = c.persist(ctx, func() error { return s.Face(ctx, c.Camera) })
			looked = true
		case !st.Consented:
			err = c.persist(ctx, func() error { return s.Consent(ctx) })
		default:
			c.stage("waiting")
			_ = c.at().Beat(ctx, 0)
			err = pause(ctx, 300*time.Millisecond)
		}
		if err != nil {
			return fmt.Errorf("%s before the start: %w", c.Admission, err)
		}
	}
}

func (c *Candidate) state(ctx context.Context, s *Session) (State, error) {
	var st State
	err := c.persist(ctx, func() (err error) {
		st, err = s.State(ctx)
		return err
	})
	return st, err
}

// persist tries again while nobody answers. A refusal is returned, but for
// those that time cures.
func (c *Candidate) persist(ctx context.Context, do func() error) error {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		err := do()
		var refused *Refusal
		if asRefusal(err, &refused) {
			if refused.Code == codeFenced {
				return errMoved
			}
			if refused.Code == codeForgotten {
				return errForgotten
			}
			if !cured(refused) {
				return err
			}
			err = refused
		}
		if err == nil {
			return nil
		}
		perr := pause(ctx, wait)
		if perr != nil {
			return errors.Join(perr, err)
		}
	}
}

// cured refusals pass by themselves: another counter, a busy server, a pause,
// a door that has not been gone through yet, a seat that the proctor is about to
// say.
func cured(r *Refusal) bool {
	switch r.Code {
	case "exam.session.replay", "exam.attempt.paused", "exam.sitting.suspended", "seating.login.seat":
		return true
	}
	return r.Status == 429 || r.Status == 503
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// answer works through the paper and hands in.
func (c *Candidate) answer(ctx context.Context, s *Session) error {
	var items []Item
	var revisions map[string]uint64
	err := c.persist(ctx, func() (err error) {
		items, revisions, err = s.Paper(ctx)
		return err
	})
	var refused *Refusal
	if asRefusal(err, &refused) {
		return nil // handed in already, by time or by the proctor
	}
	if err != nil {
		return err
	}
	c.stage("answering")
	open := slices.DeleteFunc(slices.Clone(items), func(i Item) bool { return revisions[i.No] > 0 })
	for c.goesOn(len(open)) {
		item := c.next(items, &open)
		revisions[item.No]++
		err = c.save(ctx, s, item, revisions[item.No])
		if errors.Is(err, errMoved) {
			return c.late(ctx, s, item, revisions[item.No]+1)
		}
		if errors.Is(err, errOver) {
			return nil
		}
		if err != nil {
			return err
		}
		c.look(ctx, s)
		err = pause(ctx, time.Duration(c.rng.ExpFloat64()*float64(c.plan.Think)))
		if err != nil {
			return err
		}
	}
	return c.handIn(ctx, s)
}

// Stop makes the candidate answer until stop closes, changing answers once all
// are given, and then hand in. Without it they hand in when all is answered.
func (c *Candidate) Stop(stop <-chan struct{}) { c.until = stop }

func (c *Candidate) goesOn(open int) bool {
	select {
	case <-c.until:
		return false
	default:
		return c.until != nil || open > 0
	}
}

// next is mostly an item not yet answered, sometimes one to change.
func (c *Candidate) next(items []Item, open *[]Item) Item {
	if len(*open) == 0 || c.rng.Float64() < c.plan.Changes {
		return items[c.rng.IntN(len(items))]
	}
	i := c.rng.IntN(len(*open))
	item := (*open)[i]
	*open = slices.Delete(*open, i, i+1)
	return item
}
