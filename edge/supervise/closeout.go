package supervise

import (
	"cmp"
	"context"
	"fmt"
	"slices"
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
	"huyun.internal/protocol/wire"
)

// Closing is the reconciliation of a sitting: sums that must agree before it is
// signed off.
type Closing struct {
	wire.Closed
	Unused   int            `json:"unused"`   // papers made but never started
	Refused  int            `json:"refused"`  // kept out at the door
	Pending  int            `json:"pending"`  // undecided at the door
	Blank    []string       `json:"blank"`    // handed in without an answer: look at these
	Problems []Disagreement `json:"problems"` // what stands in the way
	Head     uint64         `json:"head"`     // the exam lane's last position, for the printed form
	HeadHash string         `json:"head_hash"`
	At       time.Time      `json:"at,omitzero"`
	Waived   string         `json:"waived,omitempty"`
	WaivedBy string         `json:"waived_by,omitempty"`
	Missing  []string       `json:"absent_candidates"`

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

// Reconcile computes the sums of a sitting as they are now.
func (s *Service) Reconcile(sitting string) (Closing, error) {
	var out Closing
	err := s.Store.View(func(r store.Reader) (err error) {
		st, err := exam.Get(r, sitting)
		if err != nil {
			return err
		}
		done, ok, err := store.Load[Closing](r, closeBucket, sitting)
		if err != nil || ok {
			out = done
			out.fill()
			return err
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
	running := 0
	for _, a := range attempts {
		c.Issued++
		_, _, records, err := s.Attempts.Progress(r, a.ID)
		if err != nil {
			return c, err
		}
		c.Answers += records
		switch a.State {
		case attempt.Waiting:
			c.Unused++
		case attempt.Running:
			c.Started++
			running++
		case attempt.Handed:
			c.Started++
			c.Submitted++
			digests[a.ID] = a.Handin.Digest
			if a.Handin.Answered == 0 {
				c.Blank = append(c.Blank, a.Seat)
			}
		}
	}
	if c.Matters, err = matters(r, st.Sitting, roll, entries, attempts); err != nil {
		return c, err
	}
	c.Digest = pexam.SittingDigest(digests).String()
	c.Problems = problems(c, running)
	return c, nil
}

// problems says what keeps a sitting from being closed.
func problems(c Closing, running int) []Disagreement {
	out := []Disagreement{}
	add := func(code string, waivable bool, what, todo, fact string) {
		out = append(out, Disagreement{Code: code, Text: what + "，" + todo, Fact: cmp.Or(fact, "结束时"+what), Waivable: waivable})
	}
	if running > 0 {
		add("running", false, fmt.Sprintf("还有 %d 人正在作答", running), "请等待交卷或强制交卷", "")
	}
	if c.Pending > 0 {
		add("pending", true, fmt.Sprintf("入口还有 %d 人待人工核验", c.Pending), "请逐一决定", fmt.Sprintf("结束时入口有 %d 人未经人工核验决定", c.Pending))
	}
	if c.Admitted != c.Issued {
		add("issued", true, fmt.Sprintf("入场 %d 人，但只生成了 %d 份试卷", c.Admitted, c.Issued), "请核对未登录的考生", "")
	}
	if c.Unused > 0 {
		add("unused", true, fmt.Sprintf("有 %d 人登录后未开考", c.Unused), "请说明情况", "")
	}
	if n := len(c.Blank); n > 0 {
		add("blank", true, fmt.Sprintf("有 %d 份空白卷（座位 %s）", n, strings.Join(c.Blank, "、")), "请核对", "")
	}
	if n := len(c.Undecided); n > 0 {
		add("face", true, fmt.Sprintf("有 %d 项人脸核验待判定", n), "请逐一判定", fmt.Sprintf("结束时有 %d 项人脸核验未判定", n))
	}
	if n := len(c.Alarms); n > 0 {
		add("alarm", true, fmt.Sprintf("有 %d 条告警未确认", n), "请逐一确认", "")
	}
	return out
}

// Waiver signs a sitting off although sums do not agree.
type Waiver struct {
	Reason                     string
	SecondUser, SecondPassword string
}

// Close signs a sitting off: nobody may log in or write any more, questions
// leave the memory, and the sums go to the centre. Sums that do not agree need
// a reason and a second person. It fails with supervise.close.problems,
// supervise.close.running and exam.sitting.close.state.
func (s *Service) Close(ctx context.Context, sitting string, w Waiver) (Closing, error) {
	if wire.Rehearsed(sitting) {
		return Closing{}, fault.Preconditionf("supervise.close.rehearsal", "这是演练，请在“演练”页面结束")
	}
	c, err := s.Reconcile(sitting)
	if err != nil {
		return c, err
	}
	by := audit.Who(ctx)
	waived, signed := "", ""
	if len(c.Problems) > 0 && c.At.IsZero() {
		if slices.ContainsFunc(c.Problems, func(p Disagreement) bool { return !p.Waivable }) {
			return c, fault.Preconditionf("supervise.close.running", "还有考生正在作答，不能结束场次")
		}
		waived = strings.TrimSpace(w.Reason)
		if waived == "" {
			return c, fault.Preconditionf("supervise.close.problems", "核对不一致，请逐项处理；确需结束时填写原因并由第二人确认")
		}
		if err := s.Staff.Second(ctx, by, w.SecondUser, w.SecondPassword); err != nil {
			return c, err
		}
		err := s.Store.View(func(r store.Reader) (err error) {
			signed, err = staff.SecondName(r, w.SecondUser)
			return err
		})
		if err != nil {
			return c, err
		}
	}
	err = s.Exam.Change(ctx, sitting, "supervise.close", waived+signed, func(tx *store.Tx, st *exam.Sitting) error {
		if err := st.Do(exam.Close); err != nil {
			return err
		}
		c, err = s.reconcile(tx, *st)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(c.Problems, func(p Disagreement) bool { return !p.Waivable || waived == "" }) {
			return fault.Preconditionf("supervise.close.problems", "核对结果刚刚发生变化，请刷新后再次核对")
		}
		head := tx.Head(journal.LaneExam)
		c.By, c.At, c.Waived = by, tx.Now(), waived
		c.Head, c.HeadHash = head.Seq, head.Hash.String()
		if waived != "" {
			c.WaivedBy = w.SecondUser
		}
		st.ClosedAt, st.Paused = c.At, false
		st.Half, st.HalfFor, st.HalfBy = nil, "", "" // the package can no longer be opened here
		if err := store.Save(tx, closeBucket, sitting, c); err != nil {
			return err
		}
		_, err := tx.Append(journal.LaneExam, wire.KindClosed, sitting, c.Closed)
		return err
	})
	if err == nil {
		s.Exam.Forget(sitting)
		s.Bell.RingAll()
	}
	return c, err
}
