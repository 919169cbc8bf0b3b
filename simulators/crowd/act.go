package crowd

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"time"
)

// errOver ends an exam that was handed in by time or by the proctor.
var errOver = errors.New("handed in meanwhile")

// over says that a refusal means the exam has ended.
func over(r *Refusal) bool {
	switch r.Code {
	case "exam.attempt.time", "exam.attempt.save.state", "exam.attempt.handin.state", "exam.sitting.live", "exam.attempt.paper.state":
		return true
	}
	return false
}

// choose picks a choice that the item allows; sometimes none, which clears it.
func (c *Candidate) choose(item Item) []string {
	keys := make([]string, 0, len(item.Options))
	for _, o := range item.Options {
		keys = append(keys, o.Key)
	}
	if len(keys) == 0 || c.rng.Float64() < 0.02 {
		return []string{}
	}
	if item.Type != "MULTI" {
		return []string{keys[c.rng.IntN(len(keys))]}
	}
	var some []string
	for _, k := range keys {
		if c.rng.Float64() < 0.5 {
			some = append(some, k)
		}
	}
	sort.Strings(some)
	if some == nil {
		some = []string{keys[0]}
	}
	return some
}

// save writes an answer down, sends it until there is a receipt or a refusal,
// and writes down which. An answer whose receipt never came stays unknown.
func (c *Candidate) save(ctx context.Context, s *Session, item Item, revision uint64) error {
	choice := c.choose(item)
	id, err := c.history.Begin(Op{Kind: Answer, Admission: c.Admission, Item: item.No, Revision: revision, Choice: choice})
	if err != nil {
		return err
	}
	var took time.Duration
	lost := false
	err = c.persist(ctx, func() error {
		begin := time.Now()
		err := s.Save(ctx, item.No, revision, choice)
		took = time.Since(begin)
		lost = lost || unanswered(err)
		return err
	})
	return errors.Join(c.outcome(err), c.settle(id, err, lost, took))
}

// outcome turns what ended an operation into what it means for the candidate.
func (c *Candidate) outcome(err error) error {
	var refused *Refusal
	if asRefusal(err, &refused) && over(refused) {
		return errOver
	}
	return err
}

// unanswered says that nobody knows whether a request was carried out.
func unanswered(err error) bool {
	var refused *Refusal
	return err != nil && !asRefusal(err, &refused)
}

// settle writes down what became of an operation. A refusal after a try that
// got no answer proves nothing about that try.
func (c *Candidate) settle(id uint64, err error, lost bool, took time.Duration) error {
	var refused *Refusal
	switch {
	case err == nil:
		return c.history.End(id, OK, "", took.Microseconds())
	case !lost && errors.Is(err, errMoved):
		return c.history.End(id, Fail, codeFenced, 0)
	case !lost && errors.Is(err, errForgotten):
		return c.history.End(id, Fail, codeForgotten, 0)
	case !lost && asRefusal(err, &refused):
		return c.history.End(id, Fail, refused.Code, 0)
	default:
		return c.history.End(id, Unknown, "", 0)
	}
}

// late is the old seat waking up after a move: it tries one more answer, which
// the venue must refuse. That it got none is written down as a failure of the
// operation, which is what is wanted.
func (c *Candidate) late(ctx context.Context, s *Session, item Item, revision uint64) error {
	choice := c.choose(item)
	id, err := c.history.Begin(Op{Kind: Late, Admission: c.Admission, Item: item.No, Revision: revision, Choice: choice})
	if err != nil {
		return err
	}
	err = s.Save(ctx, item.No, revision, choice)
	serr := c.settle(id, err, unanswered(err), 0)
	if serr != nil {
		return serr
	}
	c.stage("moved")
	return errMoved
}

// look beats the heart and takes a picture when the venue asks for one. What
// goes wrong here is the proctor's business, not the candidate's.
func (c *Candidate) look(ctx context.Context, s *Session) {
	if time.Since(c.looked) < 3*time.Second {
		return
	}
	c.looked = time.Now()
	_ = c.at().Beat(ctx, 0)
	st, err := s.State(ctx)
	if err == nil && st.Capture != "" {
		_ = s.Face(ctx, c.Camera)
	}
}

// handIn says how many items are empty and hands in; a number that does not
// match the venue's is asked for again.
func (c *Candidate) handIn(ctx context.Context, s *Session) error {
	id, err := c.history.Begin(Op{Kind: HandIn, Admission: c.Admission})
	if err != nil {
		return err
	}
	for {
		err = c.persist(ctx, func() error {
			st, err := s.State(ctx)
			if err != nil || st.Result != nil {
				return err
			}
			return s.HandIn(ctx, st.Questions-st.Answered)
		})
		var refused *Refusal
		if !asRefusal(err, &refused) || refused.Code != "exam.handin.unanswered" {
			break
		}
	}
	serr := c.settle(id, err, unanswered(err), 0)
	err = c.outcome(err)
	if errors.Is(err, errOver) {
		err = nil
	}
	if err != nil && !errors.Is(err, errMoved) && !errors.Is(err, errForgotten) {
		err = fmt.Errorf("%s hand-in: %w", c.Admission, err)
	}
	c.stage("handed in")
	return errors.Join(err, serr)
}
