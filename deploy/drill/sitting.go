package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"huyun.internal/deploy/stack"
	"huyun.internal/simulators/crowd"
)

// hall is the sitting under way: the people, their terminals, the proctor.
type hall struct {
	s         *stack.Stack
	logins    map[string]stack.Login
	exam      *stack.Exam
	chief     *stack.Proctor
	terminals map[string]*crowd.Terminal

	mu     sync.Mutex
	people map[string]*crowd.Candidate // by admission number
	seatOf map[string]string
	free   []string
	moves  int

	waiting, done atomic.Int64
}

// open takes the sitting from the request to the released key, as a proctor
// and a reviewer would.
func (h *hall) open(ctx context.Context) error {
	var err error
	h.chief, err = h.s.SignInVenue(ctx, h.logins["chen.kaochang"])
	if err != nil {
		return fmt.Errorf("sign in at the venue: %w", err)
	}
	v, err := h.chief.Await(ctx, h.exam.Sitting, "sitting comes down", func(v stack.VenueSitting) bool { return v.State == "assigned" })
	if err != nil {
		return err
	}
	path := "/proctor/v1/sittings/" + h.exam.Sitting
	err = h.chief.Do(ctx, http.MethodPost, path+"/opening", map[string]any{"proctors": []string{"陈负责", "刘监考"}}, nil)
	if err != nil {
		return fmt.Errorf("opening request: %w", err)
	}
	err = h.approve(ctx)
	if err != nil {
		return fmt.Errorf("approval: %w", err)
	}
	_, err = h.chief.Await(ctx, h.exam.Sitting, "package arrives", func(v stack.VenueSitting) bool { return v.Pack.Received })
	if err != nil {
		return err
	}
	h.terminals, err = h.chief.PairAll(ctx, v.Seats)
	if err != nil {
		return err
	}
	err = h.preflight(ctx, path)
	if err != nil {
		return err
	}
	_, err = h.chief.Await(ctx, h.exam.Sitting, "key is released", func(v stack.VenueSitting) bool { return v.State == "opened" })
	return err
}

func (h *hall) approve(ctx context.Context) error {
	reviewer, err := h.s.SignIn(ctx, h.logins["li.shenhe"])
	if err != nil {
		return err
	}
	var list struct{ Items []struct{ ID string } }
	err = stack.Until(ctx, 200*time.Millisecond, func() (bool, error) {
		err := reviewer.Do(ctx, http.MethodGet, "/api/v1/exam/openings?state=PENDING&sitting="+h.exam.Sitting, nil, &list)
		return len(list.Items) > 0, err
	})
	if err != nil {
		return err
	}
	return reviewer.Do(ctx, http.MethodPost, "/api/v1/exam/openings/"+list.Items[0].ID+"/decide", map[string]any{"approve": true}, nil)
}

// preflight runs until everything is green: the face process and the clock
// need a moment after a start.
func (h *hall) preflight(ctx context.Context, path string) error {
	var last stack.VenueSitting
	err := stack.Until(ctx, time.Second, func() (bool, error) {
		for _, t := range h.terminals {
			err := t.Beat(ctx, 0)
			if err != nil {
				return false, err
			}
		}
		err := h.chief.Do(ctx, http.MethodPost, path+"/preflight", map[string]any{}, &last.Preflight)
		return last.Preflight.Green, err
	})
	if err != nil {
		return fmt.Errorf("preflight: %w %+v", err, last.Preflight.Checks)
	}
	return nil
}

// seat admits everybody at the door and sits them down.
func (h *hall) seat(ctx context.Context, plan crowd.Plan, seed uint64) error {
	list, err := h.chief.Candidates(ctx, h.exam.Sitting)
	if err != nil {
		return err
	}
	faces := map[string]crowd.Person{}
	for _, p := range h.exam.People {
		faces[p.Admission] = p
	}
	taken := map[string]bool{}
	for i, c := range list {
		p := faces[c.Admission]
		err = h.chief.CheckIn(ctx, h.exam.Sitting, c, p.Camera, h.logins["liu.jiankao"])
		if err != nil {
			return fmt.Errorf("door: %s: %w", c.Admission, err)
		}
		history, err := crowd.NewHistory(h.dir(), c.Admission)
		if err != nil {
			return err
		}
		taken[c.Seat] = true
		h.seatOf[c.Admission] = c.Seat
		h.people[c.Admission] = crowd.NewCandidate(p, h.terminals[c.Seat], plan, history, seed+uint64(i), h.stage)
	}
	for seat := range h.terminals {
		if !taken[seat] {
			h.free = append(h.free, seat)
		}
	}
	return nil
}

func (h *hall) stage(at string) {
	switch at {
	case "waiting":
		h.waiting.Add(1)
	case "handed in":
		h.done.Add(1)
	}
}

// start begins the exam once everybody waits.
func (h *hall) start(ctx context.Context) error {
	err := stack.Until(ctx, 100*time.Millisecond, func() (bool, error) {
		return h.waiting.Load() >= int64(len(h.people)), nil
	})
	if err != nil {
		return fmt.Errorf("%d of %d wait: %w", h.waiting.Load(), len(h.people), err)
	}
	return h.chief.Do(ctx, http.MethodPost, "/proctor/v1/sittings/"+h.exam.Sitting+"/start", nil, nil)
}

// move sends a random candidate to a free seat, as a proctor does with a broken
// machine. While the venue's server is down it does nothing.
func (h *hall) move(ctx context.Context, rng *rand.Rand) {
	list, err := h.chief.Candidates(ctx, h.exam.Sitting)
	if err != nil || len(h.free) == 0 {
		return
	}
	c := list[rng.IntN(len(list))]
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.Attempt == "" {
		return
	}
	i := rng.IntN(len(h.free))
	to := h.free[i]
	err = h.chief.Do(ctx, http.MethodPost, "/proctor/v1/sittings/"+h.exam.Sitting+"/attempts/"+c.Attempt+"/move",
		map[string]string{"to": to, "reason": "演练：更换考试机"}, nil)
	var refused *stack.Refusal
	if errors.As(err, &refused) {
		return // handed in already, or the server was just being killed
	}
	// No answer: it may have happened. The candidate asks at the new seat, and
	// the venue says which is theirs.
	if err != nil {
		return
	}
	h.free[i] = h.seatOf[c.Admission]
	h.seatOf[c.Admission] = to
	h.people[c.Admission].Move(h.terminals[to])
	h.moves++
}

// keepMoving moves somebody every few seconds until ctx ends.
func (h *hall) keepMoving(ctx context.Context, rng *rand.Rand) {
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			h.move(ctx, rng)
		}
	}
}

// drainLimit is how long what a drill leaves behind may take to arrive.
const drainLimit = 90 * time.Second

// drain waits until nothing of the venue is unacknowledged.
func (h *hall) drain(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, drainLimit)
	defer cancel()
	var last stack.Strip
	err := stack.Until(ctx, 300*time.Millisecond, func() (bool, error) {
		strip, err := h.chief.Link(ctx)
		last = strip
		return err == nil && strip.Connected && strip.Total == 0, err
	})
	if err != nil {
		return fmt.Errorf("drain: %w, %d unacknowledged, %s", err, last.Total, last.Text)
	}
	return nil
}

// close reconciles and closes the sitting at the venue.
func (h *hall) close(ctx context.Context) error {
	var closing struct {
		Problems []struct {
			Code, Text string
			Waivable   bool
		} `json:"problems"`
	}
	err := h.chief.Do(ctx, http.MethodGet, "/proctor/v1/sittings/"+h.exam.Sitting+"/closing", nil, &closing)
	if err != nil {
		return err
	}
	body := map[string]any{}
	if len(closing.Problems) > 0 {
		l := h.logins["liu.jiankao"]
		body = map[string]any{"reason": "演练", "second": map[string]string{"username": l.Username, "password": l.Password}}
	}
	err = h.chief.Do(ctx, http.MethodPost, "/proctor/v1/sittings/"+h.exam.Sitting+"/close", body, nil)
	if err != nil {
		return fmt.Errorf("close: %w, problems %+v", err, closing.Problems)
	}
	return nil
}
