package stack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"huyun.internal/simulators/crowd"
)

// Proctor is a person of the venue at the proctor console.
type Proctor struct{ *Client }

// SignInVenue opens a session at the venue. Accounts come down by order, so a
// fresh venue does not know anybody for a moment.
func (s *Stack) SignInVenue(ctx context.Context, l Login) (*Proctor, error) {
	c := NewClient(s.EdgeURL())
	var me struct {
		CSRF string `json:"csrf"`
	}
	err := Until(ctx, 200*time.Millisecond, func() (bool, error) {
		err := c.Do(ctx, http.MethodPost, "/proctor/v1/login", map[string]string{"username": l.Username, "password": l.Password}, &me)
		var refused *Refusal
		if errors.As(err, &refused) && (refused.Status == http.StatusUnauthorized || refused.Code == "staff.login.empty") {
			return false, nil
		}
		return err == nil, err
	})
	c.CSRF = me.CSRF
	return &Proctor{c}, err
}

// Until asks again and again until the answer is yes, an error, or ctx ends.
func Until(ctx context.Context, every time.Duration, ask func() (bool, error)) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		done, err := ask()
		if done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// VenueSitting is a sitting as the proctor console shows it.
type VenueSitting struct {
	ID        string   `json:"id"`
	State     string   `json:"state"`
	Seats     []string `json:"seats"`
	Released  bool     `json:"released"`
	Published bool     `json:"published"`
	Next      string   `json:"next"`
	Reason    string   `json:"reason"` // of the centre's, when it returned a request
	Condition string   `json:"condition"`
	Preflight struct {
		Green  bool `json:"green"`
		Checks []struct {
			Code   string `json:"code"`
			OK     bool   `json:"ok"`
			Detail string `json:"detail"`
		} `json:"checks"`
	} `json:"preflight"`
	Pack struct {
		Received bool   `json:"received"`
		Failure  string `json:"failure"`
	} `json:"pack"`
}

// Sitting reads one sitting; one that has not come down yet is a NotFound.
func (p *Proctor) Sitting(ctx context.Context, id string) (VenueSitting, error) {
	var v VenueSitting
	return v, p.Do(ctx, http.MethodGet, "/proctor/v1/sittings/"+id, nil, &v)
}

// Await waits until a sitting is as wanted.
func (p *Proctor) Await(ctx context.Context, id, what string, good func(VenueSitting) bool) (VenueSitting, error) {
	var last VenueSitting
	err := Until(ctx, 200*time.Millisecond, func() (bool, error) {
		v, err := p.Sitting(ctx, id)
		var refused *Refusal
		if errors.As(err, &refused) && refused.Status == http.StatusNotFound {
			return false, nil
		}
		last = v
		return err == nil && good(v), err
	})
	if err != nil {
		return last, fmt.Errorf("%s: %w (state %s, next %q, package failure %q, checks %+v)", what, err, last.State, last.Next, last.Pack.Failure, last.Preflight.Checks)
	}
	return last, nil
}

// Candidate is a line of the door list.
type Candidate struct {
	ID        string `json:"id"`
	Admission string `json:"admission"`
	Name      string `json:"name"`
	Seat      string `json:"seat"`
	Standing  string `json:"standing"`
	Deciders  int    `json:"deciders"`
	Attempt   string `json:"attempt"`
}

// Candidates lists the door.
func (p *Proctor) Candidates(ctx context.Context, sitting string) ([]Candidate, error) {
	var out struct{ Items []Candidate }
	return out.Items, p.Do(ctx, http.MethodGet, "/proctor/v1/sittings/"+sitting+"/candidates", nil, &out)
}

// Face is what a comparison at the door came to.
type Face struct {
	Verification Verification `json:"verification"`
	Standing     string       `json:"standing"`
	Deciders     int          `json:"deciders"`
}

// A check before the start, and its decision when nobody needs to look.
const (
	beforeStart = "PRE"
	passed      = "pass"
)

// Verification is one check of who somebody is, as the venue keeps it.
type Verification struct {
	ID        string  `json:"id"`
	Stage     string  `json:"stage"`
	Score     float64 `json:"score"`
	Threshold float64 `json:"threshold"`
	Engine    string  `json:"engine"`
	Model     string  `json:"model"`
	Demo      bool    `json:"demo"`
	Snapshot  string  `json:"snapshot"`
	Decision  string  `json:"decision"`
	By        string  `json:"by"`
	Reason    string  `json:"reason"`
}

// Face shows a face at the door.
func (p *Proctor) Face(ctx context.Context, sitting string, c Candidate, jpeg []byte) (Face, error) {
	var face Face
	err := p.Send(ctx, http.MethodPost, "/proctor/v1/sittings/"+sitting+"/candidates/"+c.ID+"/face?consent=true", "image/jpeg", jpeg, &face)
	return face, err
}

// Admit is a proctor's own decision at the door, with a colleague where two are
// asked for.
func (p *Proctor) Admit(ctx context.Context, sitting string, c Candidate, colleague *Login) error {
	decision := map[string]any{"admit": true, "reason": "人工核对证件与本人一致"}
	if colleague != nil {
		decision["second"] = map[string]string{"username": colleague.Username, "password": colleague.Password}
	}
	return p.Do(ctx, http.MethodPost, "/proctor/v1/sittings/"+sitting+"/candidates/"+c.ID+"/decision", decision, nil)
}

// CheckIn shows a face at the door; where the machine does not decide, the
// proctor does, with a colleague when two are asked for.
func (p *Proctor) CheckIn(ctx context.Context, sitting string, c Candidate, jpeg []byte, colleague Login) error {
	face, err := p.Face(ctx, sitting, c, jpeg)
	switch {
	case err != nil || face.Standing == "admitted":
		return err
	case face.Deciders > 1:
		return p.Admit(ctx, sitting, c, &colleague)
	}
	return p.Admit(ctx, sitting, c, nil)
}

// Settle decides about those at the machines whom the camera did not pass
// before the start: a reference photograph without a usable face leaves it to a
// person, here as at the door.
func (p *Proctor) Settle(ctx context.Context, sitting string, colleague Login) error {
	list, err := p.Candidates(ctx, sitting)
	if err != nil {
		return err
	}
	at := "/proctor/v1/sittings/" + sitting
	for _, c := range list {
		var record struct{ Verifications []Verification }
		err = p.Do(ctx, http.MethodGet, at+"/candidates/"+c.ID, nil, &record)
		if err != nil {
			return err
		}
		last := Verification{Decision: passed}
		for _, v := range record.Verifications {
			if v.Stage == beforeStart {
				last = v
			}
		}
		if last.Decision == passed {
			continue
		}
		err = p.Do(ctx, http.MethodPost, at+"/attempts/"+c.Attempt+"/verification", map[string]any{
			"pass": true, "reason": "人工核对证件与本人一致", "verification": last.ID,
			"second": map[string]string{"username": colleague.Username, "password": colleague.Password},
		}, nil)
		if err != nil {
			return fmt.Errorf("%s at the machine: %w", c.Admission, err)
		}
	}
	return nil
}

// PairAll puts a simulated terminal at every seat.
func (p *Proctor) PairAll(ctx context.Context, seats []string) (map[string]*crowd.Terminal, error) {
	var code struct{ Code string }
	err := p.Do(ctx, http.MethodPost, "/proctor/v1/terminals/code", map[string]any{}, &code)
	if err != nil {
		return nil, err
	}
	terminals := map[string]*crowd.Terminal{}
	for _, seat := range seats {
		terminals[seat], err = crowd.Pair(ctx, p.Base, code.Code, seat)
		if err != nil {
			return nil, err
		}
		err = terminals[seat].Beat(ctx, 0)
		if err != nil {
			return nil, err
		}
	}
	return terminals, nil
}

// Strip is the truth about sync as the proctor sees it.
type Strip struct {
	Connected bool   `json:"connected"`
	Transport string `json:"transport"`
	Total     uint64 `json:"total"`
	OldestMS  int64  `json:"oldest_ms"`
	Text      string `json:"text"`
}

// Link reads the strip.
func (p *Proctor) Link(ctx context.Context) (Strip, error) {
	var s Strip
	return s, p.Do(ctx, http.MethodGet, "/proctor/v1/link", nil, &s)
}
