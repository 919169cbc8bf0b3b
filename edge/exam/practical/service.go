package practical

import (
	"context"
	"fmt"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/edge/supervise/bell"
	"huyun.internal/edge/supervise/staff"
	scoring "huyun.internal/protocol/exam/practical"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// Needs are what the service stands on.
type Needs struct {
	Store *store.Store
	Exam  *exam.Service
	Staff *staff.Service
	Audit *audit.Trail
	Bell  *bell.Bell
	// Admitted says whether the door let a candidate in; connected in app to seating.
	Admitted func(r store.Reader, sitting, candidate string) (bool, error)
}

// Service scores practical exams.
type Service struct{ Needs }

// New builds the service.
func New(n Needs) *Service { return &Service{n} }

// Apply carries out the centre's orders of this package. The same one again,
// or late, changes nothing.
func (s *Service) Apply(_ context.Context, tx *store.Tx, o wire.Order) error {
	var err error
	if o.Kind == wire.OrderPractical {
		err = arrange(tx, o)
	} else {
		err = decided(tx, o)
	}
	if err == nil {
		s.Bell.Ring(bell.Board)
	}
	return err
}

// arrange keeps a sitting's scheme; the one that examiners may have begun with
// stays.
func arrange(tx *store.Tx, o wire.Order) error {
	b, err := wire.Decode[wire.PracticalArranged](o.Body)
	if err != nil {
		return err
	}
	if b.Sitting == "" || Has(tx, b.Sitting) {
		return nil
	}
	if err := b.Scheme.Validate(); err != nil {
		return err
	}
	return store.Save(tx, schemeBucket, b.Sitting, b)
}

// decided takes the centre's word. A venue whose server was replaced does not
// have the sheet any more: it learns which revision is next all the same.
func decided(tx *store.Tx, o wire.Order) error {
	b, err := wire.Decode[wire.PracticalDecided](o.Body)
	if err != nil {
		return err
	}
	sh, ok, err := byID(tx, b.Sheet)
	if err != nil || ok && sh.State != Submitted {
		return err
	}
	if !ok {
		sh = Sheet{PracticalSheet: wire.PracticalSheet{
			ID: b.Sheet, Sitting: b.Sitting, Candidate: b.Candidate, Revision: b.Revision, Items: []scoring.Scored{}, Examiners: []string{},
		}, At: tx.Now()}
	}
	sh.State, sh.Reason, sh.By = Confirmed, b.Reason, b.By
	if !b.Confirmed {
		sh.State = Rejected
	}
	return put(tx, sh)
}

// Submit is a candidate's exam as two examiners sign it: the person who is
// signed in, and another one with their own password. The same sheet again
// answers with what is here. Faults: exam.practical.none, .state, .suspended,
// .door, .done, .id, .marks, .incomplete, staff.second.same, .role and those of
// a login.
func (s *Service) Submit(ctx context.Context, sitting, candidate string, m Marks) (Sheet, error) {
	m.tidy()
	var out Sheet
	var repeated bool
	err := s.Store.View(func(r store.Reader) (err error) {
		out, repeated, err = s.prepare(r, sitting, candidate, m)
		return err
	})
	if err != nil || repeated {
		return out, err
	}
	by := audit.Who(ctx)
	if err := s.Staff.Second(ctx, by, m.SecondUser, m.SecondPassword); err != nil {
		return Sheet{}, err
	}
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		// Read again where it is written: somebody may have been quicker.
		if out, repeated, err = s.prepare(tx, sitting, candidate, m); err != nil || repeated {
			return err
		}
		out.Examiners, out.At = []string{by, m.SecondUser}, tx.Now()
		if err := put(tx, out); err != nil {
			return err
		}
		if _, err := tx.Append(journal.LaneExam, wire.KindPracticalSheet, sitting, out.PracticalSheet); err != nil {
			return err
		}
		second, err := staff.NameOf(tx, m.SecondUser)
		if err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, "exam.practical.score", candidate,
			fmt.Sprintf("第 %d 版 %s 分，另一考官 %s", out.Revision, out.Score, second))
	})
	if err != nil {
		return Sheet{}, err
	}
	s.Bell.Ring(bell.Board)
	return out, nil
}

// prepare judges marks by what is here and makes the sheet that they would be;
// or finds the sheet that they already are.
func (s *Service) prepare(r store.Reader, sitting, candidate string, m Marks) (sh Sheet, repeated bool, err error) {
	have, ok, err := byID(r, m.ID)
	if err != nil {
		return sh, false, err
	}
	if ok {
		if have.Sitting != sitting || have.Candidate != candidate || !m.same(have) {
			return sh, false, fault.Conflictf("exam.practical.id", "这张评分表已经提交过，内容与这次不同，请刷新页面后核对")
		}
		return have, true, nil
	}
	arranged, err := Arranged(r, sitting)
	if err != nil {
		return sh, false, err
	}
	if _, err = s.Exam.CandidateIn(r, sitting, candidate); err != nil {
		return sh, false, err
	}
	before, err := Sheets(r, sitting, candidate)
	if err != nil {
		return sh, false, err
	}
	revision, err := next(before)
	if err != nil {
		return sh, false, err
	}
	if err = s.allowed(r, sitting, candidate, revision > 1); err != nil {
		return sh, false, err
	}
	outcome, err := arranged.Scheme.Score(m.Items)
	if err != nil {
		return sh, false, err
	}
	return Sheet{
		PracticalSheet: wire.PracticalSheet{
			ID: m.ID, Sitting: sitting, Candidate: candidate, Scheme: arranged.Scheme.ID, Revision: revision,
			Items: m.Items, Remark: m.Remark, Score: outcome.Score, Passed: outcome.Passed,
		},
		Outcome: outcome, State: Submitted,
	}, false, nil
}

// allowed keeps those out who were not let in, and everybody when the sitting
// is not on.
func (s *Service) allowed(r store.Reader, sitting, candidate string, again bool) error {
	st, err := exam.Get(r, sitting)
	if err != nil {
		return err
	}
	if err := open(st, again); err != nil {
		return err
	}
	in, err := s.Admitted(r, sitting, candidate)
	if err == nil && !in {
		err = fault.Preconditionf("exam.practical.door", "该考生没有获准入场，不能评分；请先在“入场核验”核对身份并准予入场")
	}
	return err
}
