package supervise

import (
	"context"
	"strings"
	"time"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/edge/supervise/staff"
	pexam "huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/wire"
)

// Closing is the reconciliation of a sitting: sums that must meet before it is
// signed off. Sums are as they were then; Centre goes on living.
type Closing struct {
	wire.Closed
	Sums     []Sum          `json:"sums"`
	Refused  int            `json:"refused"`  // kept out at the door
	Blank    []string       `json:"blank"`    // handed in without an answer: look at these
	Problems []Disagreement `json:"problems"` // what stands in the way
	Head     uint64         `json:"head"`     // the exam lane's last position, for the printed form
	HeadHash string         `json:"head_hash"`
	At       time.Time      `json:"at,omitzero"`
	Missing  []string       `json:"absent_candidates"`
	Centre   Centre         `json:"centre"`
	// One reason for everything, as older versions had it.
	Waived   string `json:"waived,omitempty"`
	WaivedBy string `json:"waived_by,omitempty"`

	Matters
}

// Disagreement is a sum that does not agree. One that Waivable may be signed off
// with a reason by the chief and a second person. Once signed off it is a fact
// and gives no orders.
type Disagreement struct {
	Code     string `json:"code"`
	Text     string `json:"text"` // with what to do about it
	Fact     string `json:"fact" doc:"结束后的说法，印在考场记录上"`
	Waivable bool   `json:"waivable"`
}

// Reconcile computes the sums of a sitting as they are now, or reads them as they
// were signed.
func (s *Service) Reconcile(sitting string) (Closing, error) {
	var out Closing
	err := s.Store.View(func(r store.Reader) error {
		st, err := exam.Get(r, sitting)
		if err != nil {
			return err
		}
		done, ok, err := store.Load[Closing](r, closeBucket, sitting)
		switch {
		case err != nil:
			return err
		case ok:
			out = done
			return s.since(r, &out)
		}
		out, err = s.reconcile(r, st)
		return err
	})
	return out, err
}

func (s *Service) reconcile(r store.Reader, st exam.Sitting) (Closing, error) {
	c := Closing{Closed: wire.Closed{Sitting: st.Sitting}, Blank: []string{}, Problems: []Disagreement{}, Missing: []string{}}
	roll, err := s.Exam.CandidatesIn(r, st.Sitting)
	if err != nil {
		return c, err
	}
	entries, err := seating.Entries(r, st.Sitting)
	if err != nil {
		return c, err
	}
	c.Booked = len(roll)
	for _, p := range roll {
		switch entries[p.ID].Standing {
		case seating.Admitted:
			c.Admitted++
			continue
		case seating.Pending:
			c.Pending++
		case seating.Refused:
			c.Refused++
		}
		c.Absent++
		c.Missing = append(c.Missing, p.ID)
	}
	attempts, err := attempt.InSitting(r, st.Sitting)
	if err != nil {
		return c, err
	}
	digests := map[string]string{}
	running, confirmed := 0, 0
	for _, a := range attempts {
		c.Issued++
		_, _, records, err := s.Attempts.Progress(r, a.ID)
		if err != nil {
			return c, err
		}
		c.Answers += records
		if !a.StartedAt.IsZero() {
			c.Started++
		}
		switch a.State {
		case attempt.Waiting:
			c.Unused++
		case attempt.Running:
			running++
		case attempt.Handed:
			c.Submitted++
			digests[a.ID] = a.Handin.Digest
			if a.Handin.How == attempt.ByProctor {
				c.Terminated++
			}
			if a.Handin.AtCentre(r, 0) {
				confirmed++
			}
			if a.Handin.Answered == 0 {
				c.Blank = append(c.Blank, a.Seat)
			}
		}
	}
	if c.Matters, err = matters(r, st.Sitting, roll, entries, attempts); err != nil {
		return c, err
	}
	c.Exempted = exempted(st)
	if c.Outages, err = outages(r, st); err != nil {
		return c, err
	}
	c.Digest = pexam.SittingDigest(digests).String()
	c.Acknowledged, c.Sums = confirmed, sums(c, confirmed)
	c.Problems = problems(c, running)
	c.Centre = Centre{Confirmed: confirmed, Disputed: []string{}}
	return c, nil
}

// Waiver signs a sitting off although something does not meet: a reason for each
// of its problems, by code, and a second person for all.
type Waiver struct {
	Reasons                    map[string]string
	SecondUser, SecondPassword string
}

// over takes what is left open out of the waiver, in the order of the closing. It
// fails with supervise.close.running and supervise.close.problems, which names
// what has no reason yet.
func (w Waiver) over(c Closing) ([]wire.Waiver, error) {
	var out []wire.Waiver
	var bare []string
	for _, p := range c.Problems {
		if !p.Waivable {
			return nil, fault.Preconditionf("supervise.close.running", "%s，不能结束场次", p.Text)
		}
		why, ok := person.OneLine(w.Reasons[p.Code])
		if !ok {
			bare = append(bare, p.Text)
		}
		out = append(out, wire.Waiver{Code: p.Code, Fact: p.Fact, Reason: why})
	}
	if len(bare) > 0 {
		return nil, fault.Preconditionf("supervise.close.problems", "以下各项请先处理；确需结束时逐项写明原因（不含换行），并由第二人确认：%s", strings.Join(bare, "；"))
	}
	return out, nil
}

// told is a waiver as the audit keeps it.
func told(list []wire.Waiver, second string) string {
	parts := make([]string, len(list))
	for i, w := range list {
		parts[i] = w.Fact + "——" + w.Reason
	}
	return strings.Join(parts, "；") + second
}

// Close signs a sitting off: nobody may log in or write any more, questions
// leave the memory, and the sums go to the centre. What does not meet needs a
// reason each, and a second person. It fails with supervise.close.problems,
// supervise.close.running and exam.sitting.close.state.
func (s *Service) Close(ctx context.Context, sitting string, w Waiver) (Closing, error) {
	if wire.Rehearsed(sitting) {
		return Closing{}, fault.Preconditionf("supervise.close.rehearsal", "这是演练，请在“演练”页面结束")
	}
	c, err := s.Reconcile(sitting)
	if err != nil {
		return c, err
	}
	detail := ""
	if len(c.Problems) > 0 && c.At.IsZero() {
		open, err := w.over(c)
		if err != nil {
			return c, err
		}
		second, err := s.second(ctx, w)
		if err != nil {
			return c, err
		}
		detail = told(open, second)
	}
	err = s.Exam.Change(ctx, sitting, "supervise.close", detail, func(tx *store.Tx, st *exam.Sitting) error {
		if err := st.Do(exam.Close); err != nil {
			return err
		}
		c, err = s.reconcile(tx, *st)
		if err != nil {
			return err
		}
		if c.Waivers, err = w.over(c); err != nil {
			return fault.Preconditionf("supervise.close.problems", "核对结果刚刚发生变化，请刷新后再次核对").With(err)
		}
		if len(c.Waivers) > 0 {
			c.Second = w.SecondUser
		}
		return s.sign(ctx, tx, st, &c)
	})
	if err == nil {
		s.Exam.Forget(sitting)
		s.Bell.RingAll()
	}
	return c, err
}

// second checks the second person and names them as the audit does.
func (s *Service) second(ctx context.Context, w Waiver) (string, error) {
	if err := s.Staff.Second(ctx, audit.Who(ctx), w.SecondUser, w.SecondPassword); err != nil {
		return "", err
	}
	name := ""
	return name, s.Store.View(func(r store.Reader) (err error) {
		name, err = staff.SecondName(r, w.SecondUser)
		return err
	})
}

// sign writes what was reconciled, here and in the journal.
func (s *Service) sign(ctx context.Context, tx *store.Tx, st *exam.Sitting, c *Closing) error {
	head := tx.Head(journal.LaneExam)
	c.By, c.At = audit.Who(ctx), tx.Now()
	c.Head, c.HeadHash = head.Seq, head.Hash.String()
	st.ClosedAt, st.Paused = c.At, false
	st.Half, st.HalfFor, st.HalfBy = nil, "", "" // the package can no longer be opened here
	if c.Sums[len(c.Sums)-1].OK {
		c.Centre.At = c.At
		if err := store.Save(tx, confirmedBucket, st.Sitting, c.At); err != nil {
			return err
		}
	}
	if err := store.Save(tx, closeBucket, st.Sitting, *c); err != nil {
		return err
	}
	_, err := tx.Append(journal.LaneExam, wire.KindClosed, st.Sitting, c.Closed)
	return err
}
