package stack

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"huyun.internal/simulators/crowd"
)

// Hall is a sitting under way at the venue: the people, their terminals, the
// chief proctor, and the steps from the request to open to the closed doors as
// they would take them.
type Hall struct {
	*Stack
	Logins    map[string]Login
	Exam      *Exam
	Chief     *Proctor
	Terminals map[string]*crowd.Terminal  // by seat
	People    map[string]*crowd.Candidate // by admission number

	mu     sync.Mutex
	seatOf map[string]string
	free   []string
	moves  int

	waiting atomic.Int64
}

// Hall makes ready for a sitting that has been put on.
func (s *Stack) Hall(logins map[string]Login, e *Exam) *Hall {
	return &Hall{Stack: s, Logins: logins, Exam: e, People: map[string]*crowd.Candidate{}, seatOf: map[string]string{}}
}

// Path is the sitting's at the proctor console, with what follows.
func (h *Hall) Path(rest string) string { return "/proctor/v1/sittings/" + h.Exam.Sitting + rest }

// CentrePath is the sitting's at the central console.
func (h *Hall) CentrePath(rest string) string {
	return "/api/v1/exam/sittings/" + h.Exam.Sitting + rest
}

// Histories is where the candidates write down what they did.
func (h *Hall) Histories() string { return filepath.Join(h.Dir, "histories", h.Exam.Sitting) }

// Open takes the sitting from its assignment to the released key, as a proctor
// and a reviewer would.
func (h *Hall) Open(ctx context.Context) error {
	err := h.Enter(ctx)
	if err != nil {
		return err
	}
	err = h.Ask(ctx)
	if err != nil {
		return fmt.Errorf("opening request: %w", err)
	}
	err = h.Decide(ctx, map[string]any{"approve": true})
	if err != nil {
		return fmt.Errorf("approval: %w", err)
	}
	err = h.Receive(ctx)
	if err != nil {
		return err
	}
	err = h.Preflight(ctx)
	if err != nil {
		return err
	}
	return h.Released(ctx)
}

// Enter signs the chief proctor in and waits until the sitting has come down.
func (h *Hall) Enter(ctx context.Context) error {
	var err error
	h.Chief, err = h.SignInVenue(ctx, h.Logins["chen.kaochang"])
	if err != nil {
		return fmt.Errorf("sign in at the venue: %w", err)
	}
	_, err = h.Chief.Await(ctx, h.Exam.Sitting, "sitting comes down", func(v VenueSitting) bool { return v.State == "assigned" })
	return err
}

// Ask asks the centre to open.
func (h *Hall) Ask(ctx context.Context) error {
	return h.Chief.Do(ctx, http.MethodPost, h.Path("/opening"), map[string]any{"proctors": []string{"陈负责", "刘监考"}}, nil)
}

// Decide lets a reviewer at the centre answer the request once it is there.
func (h *Hall) Decide(ctx context.Context, decision map[string]any) error {
	reviewer, err := h.SignIn(ctx, h.Logins["li.shenhe"])
	if err != nil {
		return err
	}
	var list struct{ Items []struct{ ID string } }
	err = Until(ctx, 200*time.Millisecond, func() (bool, error) {
		err := reviewer.Do(ctx, http.MethodGet, "/api/v1/exam/openings?state=PENDING&sitting="+h.Exam.Sitting, nil, &list)
		return len(list.Items) > 0, err
	})
	if err != nil {
		return err
	}
	return reviewer.Do(ctx, http.MethodPost, "/api/v1/exam/openings/"+list.Items[0].ID+"/decide", decision, nil)
}

// Receive waits for the package.
func (h *Hall) Receive(ctx context.Context) error {
	_, err := h.Chief.Await(ctx, h.Exam.Sitting, "package arrives", func(v VenueSitting) bool { return v.Pack.Received })
	return err
}

// Preflight puts terminals at the seats, if there are none, and runs until
// everything is green: the face process and the clock need a moment after a
// start.
func (h *Hall) Preflight(ctx context.Context) error {
	last, err := h.Chief.Sitting(ctx, h.Exam.Sitting)
	if err != nil {
		return err
	}
	if h.Terminals == nil {
		h.Terminals, err = h.Chief.PairAll(ctx, last.Seats)
		if err != nil {
			return err
		}
	}
	err = Until(ctx, time.Second, func() (bool, error) {
		for _, t := range h.Terminals {
			err := t.Beat(ctx, 0)
			if err != nil {
				return false, err
			}
		}
		err := h.Chief.Do(ctx, http.MethodPost, h.Path("/preflight"), map[string]any{}, &last.Preflight)
		return last.Preflight.Green, err
	})
	if err != nil {
		return fmt.Errorf("preflight: %w %+v", err, last.Preflight.Checks)
	}
	return nil
}

// Waive runs the preflight without the machines of the hall: its seats are
// somebody else's business.
func (h *Hall) Waive(ctx context.Context, reason string) error {
	var p struct{ Green bool }
	return Until(ctx, time.Second, func() (bool, error) {
		err := h.Chief.Do(ctx, http.MethodPost, h.Path("/preflight"), map[string]any{"waive": []string{"terminal", "camera"}, "reason": reason}, &p)
		return p.Green, err
	})
}

// Released waits until the key is here and the package open.
func (h *Hall) Released(ctx context.Context) error {
	_, err := h.Chief.Await(ctx, h.Exam.Sitting, "key is released", func(v VenueSitting) bool { return v.State == "opened" })
	return err
}

// Seat admits everybody at the door and sits them down.
func (h *Hall) Seat(ctx context.Context, plan crowd.Plan, seed uint64) error {
	list, err := h.Chief.Candidates(ctx, h.Exam.Sitting)
	if err != nil {
		return err
	}
	err = os.MkdirAll(h.Histories(), 0o700)
	if err != nil {
		return err
	}
	faces := map[string]crowd.Person{}
	for _, p := range h.Exam.People {
		faces[p.Admission] = p
	}
	taken := map[string]bool{}
	for i, c := range list {
		p := faces[c.Admission]
		if c.Standing != "admitted" {
			err = h.Chief.CheckIn(ctx, h.Exam.Sitting, c, p.Camera, h.Logins["liu.jiankao"])
			if err != nil {
				return fmt.Errorf("door: %s: %w", c.Admission, err)
			}
		}
		history, err := crowd.NewHistory(h.Histories(), c.Admission)
		if err != nil {
			return err
		}
		taken[c.Seat] = true
		h.seatOf[c.Admission] = c.Seat
		h.People[c.Admission] = crowd.NewCandidate(p, h.Terminals[c.Seat], plan, history, seed+uint64(i), h.waits())
	}
	for seat := range h.Terminals {
		if !taken[seat] {
			h.free = append(h.free, seat)
		}
	}
	return nil
}

// waits counts a candidate who waits for the start, once however often they say
// so.
func (h *Hall) waits() func(stage string) {
	var once sync.Once
	return func(stage string) {
		if stage == "waiting" {
			once.Do(func() { h.waiting.Add(1) })
		}
	}
}

// Sit lets everybody sit their exam until stop closes, or without one until all
// is answered. What each came to is sent on the channel.
func (h *Hall) Sit(ctx context.Context, stop <-chan struct{}) <-chan error {
	finished := make(chan error, len(h.People))
	for _, c := range h.People {
		c.Stop(stop)
		go func() { finished <- c.Sit(ctx) }()
	}
	return finished
}

// Start begins the exam once everybody waits and nobody is in doubt.
func (h *Hall) Start(ctx context.Context) error {
	err := Until(ctx, 100*time.Millisecond, func() (bool, error) {
		return h.waiting.Load() >= int64(len(h.People)), nil
	})
	if err != nil {
		return fmt.Errorf("%d of %d wait: %w", h.waiting.Load(), len(h.People), err)
	}
	err = h.Chief.Settle(ctx, h.Exam.Sitting, h.Logins["liu.jiankao"])
	if err != nil {
		return err
	}
	return h.Chief.Do(ctx, http.MethodPost, h.Path("/start"), nil, nil)
}

// Moves is how often somebody was moved.
func (h *Hall) Moves() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.moves
}

// sits asks until the venue answers whether a candidate's seat is the given one.
func (h *Hall) sits(ctx context.Context, candidate, seat string) (yes bool) {
	_ = Until(ctx, 100*time.Millisecond, func() (bool, error) {
		list, err := h.Chief.Candidates(ctx, h.Exam.Sitting)
		yes = slices.ContainsFunc(list, func(c Candidate) bool { return c.ID == candidate && c.Seat == seat })
		return err == nil, nil
	})
	return yes
}

// Move sends a random candidate to a free seat, as a proctor does with a broken
// machine. While the venue's server is down it does nothing.
func (h *Hall) Move(ctx context.Context, rng *rand.Rand) {
	list, err := h.Chief.Candidates(ctx, h.Exam.Sitting)
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
	err = h.Chief.Do(ctx, http.MethodPost, h.Path("/attempts/"+c.Attempt+"/move"), map[string]string{"from": c.Seat, "to": to, "reason": "演练：更换考试机"}, nil)
	var refused *Refusal
	if errors.As(err, &refused) {
		return // handed in already, or the server was just being killed
	}
	// No answer: it may have happened. The list says which seat is theirs as
	// soon as the venue's server is back.
	if err != nil && !h.sits(ctx, c.ID, to) {
		return
	}
	h.free[i] = h.seatOf[c.Admission]
	h.seatOf[c.Admission] = to
	h.People[c.Admission].Move(h.Terminals[to])
	h.moves++
}
