package attempt

import (
	"context"
	"encoding/binary"
	"time"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/audit"
	pexam "huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

// Status is what a terminal is told about its attempt. Times are the edge's:
// the terminal counts down between two of them and never asks its own clock
// what is left.
type Status struct {
	Sitting    string   `json:"sitting"`
	Title      string   `json:"title"`
	Subject    string   `json:"subject"`
	Seat       string   `json:"seat"`
	State      State    `json:"state"`
	Started    bool     `json:"started"` // the sitting has started
	Over       bool     `json:"over"`    // the sitting is signed off: who has not begun does not begin any more
	Confirmed  bool     `json:"confirmed"`
	Consented  bool     `json:"consented"`
	Blocked    bool     `json:"blocked"` // a proctor has to look before this attempt may begin
	Cleared    bool     `json:"cleared"` // the check before the start passed, or a proctor has decided
	Paused     bool     `json:"paused"`
	PauseText  string   `json:"pause_text,omitempty"`
	Remaining  int64    `json:"remaining_ms"`
	Allowed    int64    `json:"allowed_ms"`
	EarlyIn    int64    `json:"early_in_ms"` // until hand-in is possible; 0 = now
	Questions  int      `json:"questions"`
	Answered   int      `json:"answered"`
	Counter    uint64   `json:"counter"`           // highest request counter accepted; count on from here
	ByHand     bool     `json:"by_hand"`           // a person checked them at the door, and there is no camera: no check here
	Capture    string   `json:"capture,omitempty"` // PRE or RANDOM: take a picture now
	NoFace     bool     `json:"no_face"`           // no face check was agreed to: take no picture
	Declined   bool     `json:"declined"`          // the camera of the machine is not to be used
	Notices    []Notice `json:"notices"`
	Result     *Result  `json:"result,omitempty"` // after the hand-in
	ServerTime string   `json:"server_time"`
	Rehearsal  bool     `json:"rehearsal"` // a drill, not an exam
}

// Result is what a candidate sees after the hand-in. Scores are there only
// when the rule wants them shown.
type Result struct {
	How      string `json:"how"`
	Answered int    `json:"answered"`
	Used     int64  `json:"used_ms"`
	Shown    bool   `json:"shown"`
	Score    int    `json:"score"` // tenths of a point
	Full     int    `json:"full"`
	Passed   bool   `json:"passed"`
	// Receipt is the short code of this hand-in, once the centre has confirmed
	// that it holds it; empty before.
	Receipt string `json:"receipt" doc:"考试中心已签收的回执码；空：尚未签收"`
}

// Status reads an attempt for its terminal. It fails with exam.session.fenced
// when the candidate sits elsewhere now.
func (s *Service) Status(ctx context.Context, ss Session) (Status, error) {
	s.Heard(ctx, ss)
	var out Status
	err := s.store.View(func(r store.Reader) error {
		a, err := Get(r, ss.Attempt)
		if err != nil {
			return err
		}
		if err := ss.holds(a); err != nil {
			return err
		}
		st, err := exam.Get(r, a.Sitting)
		if err != nil {
			return err
		}
		p, err := progress(r, a.ID)
		if err != nil {
			return err
		}
		out = s.status(st, a, p)
		if h := a.Handin; h != nil && !st.Rehearsal() && h.AtCentre(r, 0) {
			out.Result.Receipt = pexam.ReceiptCode(a.Sitting, a.ID, h.Digest)
		}
		return nil
	})
	return out, err
}

func (s *Service) status(st exam.Sitting, a Attempt, p Progress) Status {
	used := s.used(a.ID, p)
	out := Status{
		Sitting: st.Sitting, Title: st.Title, Subject: st.Subject, Seat: a.Seat, State: a.State,
		Started: st.State == exam.Running || st.State == exam.Closed, Over: st.State == exam.Closed, Confirmed: a.Confirmed, Consented: a.Consented,
		Blocked: a.Blocked, Cleared: a.Cleared, Paused: a.State == Running && (a.Paused || st.Paused || st.Suspended),
		Remaining: max(a.Allowed-used, 0).Milliseconds(), Allowed: a.Allowed.Milliseconds(),
		EarlyIn: max(a.Early-used, 0).Milliseconds(), Questions: a.Questions, Answered: p.Filled,
		Counter: p.Counter, NoFace: a.NoFace, ByHand: a.ByHand != "", Declined: a.Declined, Notices: a.Notices, ServerTime: s.Clock.Now().UTC().Format(time.RFC3339),
		Rehearsal: st.Rehearsal(),
	}
	switch {
	case !out.Paused:
	case st.Suspended:
		out.PauseText = "中心已暂停考试：" + st.Reason
	case st.Paused:
		out.PauseText = "监考员已暂停全场考试"
	default:
		out.PauseText = "监考员已暂停您的考试：" + a.Reason
	}
	if out.Notices == nil {
		out.Notices = []Notice{}
	}
	if a.State == Waiting && a.Confirmed && !a.Pre && !a.NoFace && a.ByHand == "" && !out.Over {
		out.Capture = wire.StagePre
	}
	if !out.Paused && s.due(a, p) {
		out.Capture = wire.StageRandom
	}
	if h := a.Handin; h != nil {
		out.Remaining = 0
		out.Result = &Result{How: h.How, Answered: h.Answered, Used: h.Used.Milliseconds()}
		if a.ShowScore && h.Score != Unscored {
			out.Result.Shown, out.Result.Score, out.Result.Full, out.Result.Passed = true, h.Score, h.Full, h.Passed
		}
	}
	return out
}

// randoms is how many checks an attempt meets while it runs.
const randoms = 2

// randomAt says at which working times an attempt is checked: one moment in
// each half of the middle of the exam, unknown to the candidate, but the same
// again after a restart.
func (s *Service) randomAt(a Attempt) [randoms]time.Duration {
	var at [randoms]time.Duration
	key := s.Vault.Key("random/"+a.ID, 8*randoms)
	whole := time.Duration(a.Minutes) * time.Minute
	from, span := whole/10, whole*8/10/randoms
	if span <= 0 {
		return at
	}
	for i := range at {
		n := binary.BigEndian.Uint64(key[8*i:]) % uint64(span)
		at[i] = from + time.Duration(i)*span + time.Duration(n)
	}
	return at
}

// overdue is how much working time a due check may stay untaken.
const overdue = 2 * time.Minute

// Overdue reports whether a check during the exam has been due for so long that
// somebody should look, and which one it is.
func (s *Service) Overdue(r store.Reader, a Attempt) (int, bool) {
	at := s.randomAt(a)
	if a.State != Running || !a.Filmed() || a.Randoms >= len(at) {
		return 0, false
	}
	p, err := progress(r, a.ID)
	return a.Randoms, err == nil && s.used(a.ID, p) >= at[a.Randoms]+overdue
}

// errOver refuses what a candidate does at a terminal after the hand-in.
func errOver(code string) error {
	return fault.Preconditionf(code, "您已经交卷，不能再操作；如有疑问请举手联系监考员")
}

// Confirm notes that the candidate has seen their own data on screen. It fails
// with exam.attempt.confirm.state after the hand-in.
func (s *Service) Confirm(ctx context.Context, ss Session, correct bool) error {
	_, err := s.change(ctx, ss.Attempt, func(tx *store.Tx, a *Attempt) error {
		if err := ss.holds(*a); err != nil {
			return err
		}
		if a.State == Handed {
			return errOver("exam.attempt.confirm.state")
		}
		a.Confirmed = correct
		return nil
	})
	return err
}

// Consent notes that the candidate has read the rules and agreed to the checks
// of their face, and begins the attempt when the sitting is running. It fails
// with exam.attempt.confirm before the data was confirmed.
func (s *Service) Consent(ctx context.Context, ss Session) error {
	var started bool
	a, err := s.change(ctx, ss.Attempt, func(tx *store.Tx, a *Attempt) error {
		if err := ss.holds(*a); err != nil {
			return err
		}
		if !a.Confirmed {
			return fault.Preconditionf("exam.attempt.confirm", "请先核对个人信息")
		}
		if a.Consented {
			return nil
		}
		if err := a.Do(Consent); err != nil {
			return err
		}
		a.Consented = true
		if err := s.Audit.Record(audit.As(ctx, "candidate"), tx, "exam.attempt.consent", a.ID, "座位 "+ss.Seat); err != nil {
			return err
		}
		return s.beginIfRunning(tx, a, &started)
	})
	if err == nil && started {
		s.began(a)
	}
	return err
}

// Decline notes whether a candidate lets the machine's camera be used; it goes
// with them to another seat and outlives a restart. A proctor checks who declines.
// It fails with exam.session.fenced and exam.attempt.verify.state.
func (s *Service) Decline(ctx context.Context, ss Session, declined bool) error {
	_, err := s.change(ctx, ss.Attempt, func(tx *store.Tx, a *Attempt) error {
		if err := ss.holds(*a); err != nil {
			return err
		}
		if err := Checkable(*a); err != nil || a.Declined == declined {
			return err
		}
		a.Declined = declined
		return s.Audit.Record(audit.As(ctx, "candidate"), tx, "exam.attempt.decline", a.ID, map[bool]string{true: "不使用摄像头", false: "同意使用摄像头"}[declined])
	})
	return err
}

// Checked notes the outcome of a face check at the terminal. Before the start,
// another person blocks the attempt until a picture passes or a proctor has
// looked; a picture that says nothing lifts no block. During the exam a check
// counts when it was due and no better picture is asked for; alarms are raised
// by whoever judged it. It fails with exam.attempt.verify.state after the
// hand-in: a picture from then shows nobody who writes.
func (s *Service) Checked(tx *store.Tx, id, stage, decision string, retry bool) error {
	a, err := open(tx, id)
	if err != nil {
		return err
	}
	if err := Checkable(a); err != nil {
		return err
	}
	p, err := progress(tx, id)
	if err != nil {
		return err
	}
	switch {
	case stage == wire.StageRandom && s.due(a, p) && !retry:
		a.Randoms++
	case stage == wire.StagePre && a.State == Waiting:
		a.Pre = true
		switch decision {
		case wire.DecisionFail:
			a.Blocked, a.Cleared = true, false
		case wire.DecisionPass:
			a.Blocked, a.Cleared = false, true
		}
	}
	return Put(tx, a)
}

// Checkable fails with exam.attempt.verify.state when no picture of an attempt's
// candidate is taken any more.
func Checkable(a Attempt) error {
	if a.State == Handed {
		return errOver("exam.attempt.verify.state")
	}
	return nil
}

// due reports whether the next check during the exam is to be taken now.
func (s *Service) due(a Attempt, p Progress) bool {
	at := s.randomAt(a)
	return a.State == Running && a.Filmed() && a.Randoms < len(at) && s.used(a.ID, p) >= at[a.Randoms]
}

// Current is the attempt of a session that still holds it. It fails with
// exam.session.fenced.
func (s *Service) Current(ss Session) (Attempt, error) {
	var a Attempt
	err := s.store.View(func(r store.Reader) (err error) {
		a, err = Get(r, ss.Attempt)
		if err == nil {
			err = ss.holds(a)
		}
		return err
	})
	return a, err
}

// Resume is what a terminal needs to go on where the candidate was: the answers
// stored here and the counter to count on from. It fails with
// exam.session.fenced, and with exam.attempt.save.state unless the attempt runs.
func (s *Service) Resume(ctx context.Context, ss Session) ([]Answer, uint64, error) {
	s.Heard(ctx, ss)
	a, err := s.Current(ss)
	if err != nil {
		return nil, 0, err
	}
	if err := a.Do(Write); err != nil {
		return nil, 0, err
	}
	var list []Answer
	var p Progress
	err = s.store.View(func(r store.Reader) (err error) {
		if p, err = progress(r, a.ID); err != nil {
			return err
		}
		list, err = store.All[Answer](r, answerBucket, a.ID+"/")
		return err
	})
	return list, p.Counter, err
}

// Get loads an attempt. It fails with exam.attempt.missing.
func (s *Service) Get(id string) (Attempt, error) {
	var a Attempt
	err := s.store.View(func(r store.Reader) (err error) {
		a, err = Get(r, id)
		return err
	})
	return a, err
}
