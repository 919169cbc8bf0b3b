package attempt

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/vault"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/edge/supervise/bell"
	"huyun.internal/protocol/clock"
	pexam "huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

const (
	// grace is how long after the countdown shows zero an answer given in the
	// last second may still arrive; then the edge hands in.
	grace = 2 * time.Second
	// tick is how often time is looked at.
	tick = 500 * time.Millisecond
	// keep is how often used time is stored without an answer. A crash gives a
	// candidate back at most this much.
	keep = 5 * time.Second
)

// Papers is what this package asks of the sitting's opened package.
type Papers interface {
	// Score marks answers with the sitting's rule and questions. It fails with
	// exam.book.closed when they cannot be read.
	Score(sitting, candidate string, answers []pexam.Response) (pexam.Result, error)
}

// Needs are what the service is built from.
type Needs struct {
	Store  *store.Store
	Clock  clock.Clock
	Vault  *vault.Vault
	Papers Papers
	Audit  *audit.Trail
	Bell   *bell.Bell
	Log    *slog.Logger
	// ResumeWait is how long after a restart a clock waits for its terminal to
	// be heard before it runs on anyway.
	ResumeWait time.Duration
}

// Service carries out everything that happens to attempts.
type Service struct {
	Needs
	store  *store.Store
	meters *meters
	// Witness is told of the answers of a rehearsal once they are durable and
	// before their receipt goes out, so that it can say later whether each is
	// still there. Set before the first request; nil: nobody asks.
	Witness func(ss Session, in []Save, saved []Saved)

	mu       sync.RWMutex
	sheets   map[string]*Sheet
	sessions map[string]cached
	lastKeep time.Duration
}

// New builds the service and takes up every attempt that was running when the
// process ended: its clock stands where it stood, until its terminal is heard
// again or ResumeWait is over. The time in between is the outage's, not the
// candidate's.
func New(n Needs) (*Service, error) {
	if n.ResumeWait <= 0 {
		n.ResumeWait = 10 * time.Minute
	}
	s := &Service{
		Needs: n, store: n.Store, meters: newMeters(n.Clock),
		sheets: map[string]*Sheet{}, sessions: map[string]cached{},
	}
	err := s.store.View(func(r store.Reader) error {
		sittings, err := exam.All(r)
		if err != nil {
			return err
		}
		for _, st := range sittings {
			if st.State != exam.Running {
				continue
			}
			if err := s.takeUp(r, st.Sitting); err != nil {
				return err
			}
		}
		return nil
	})
	return s, err
}

func (s *Service) takeUp(r store.Reader, sitting string) error {
	list, err := InSitting(r, sitting)
	if err != nil {
		return err
	}
	for _, a := range list {
		if a.State != Running {
			continue
		}
		p, err := progress(r, a.ID)
		if err != nil {
			return err
		}
		s.meters.add(a, time.Duration(p.Elapsed)*time.Millisecond, true)
	}
	return nil
}

// used is the working time of an attempt: its meter, or what was stored.
func (s *Service) used(id string, p Progress) time.Duration {
	if d, ok := s.meters.read(id); ok {
		return d
	}
	return time.Duration(p.Elapsed) * time.Millisecond
}

// Progress is how far an attempt is: the working time used so far, the items
// that have a choice, and the answer records appended.
func (s *Service) Progress(r store.Reader, id string) (used time.Duration, filled, records int, err error) {
	p, err := progress(r, id)
	return s.used(id, p), p.Filled, p.Records, err
}

// live fails with exam.attempt.paused or exam.sitting.suspended while nobody
// may answer.
func (s *Service) live(r store.Reader, sitting string) error {
	if !exam.Stopped(r, sitting) {
		return nil
	}
	st, err := exam.Get(r, sitting)
	if err != nil {
		return err
	}
	switch {
	case st.Suspended:
		return fault.Preconditionf("exam.sitting.suspended", "考试已被中心暂停，请在座位上等待通知")
	case st.Paused:
		return fault.Preconditionf("exam.attempt.paused", "考试已暂停，恢复后请继续作答")
	}
	return fault.Preconditionf("exam.sitting.live", "考试不在进行中，不能作答")
}

// sheet is the answer sheet of an attempt, from memory after the first time.
func (s *Service) sheet(id string) (sh *Sheet, err error) {
	if sh, ok := s.knownSheet(id); ok {
		return sh, nil
	}
	err = s.store.View(func(r store.Reader) (err error) {
		sh, err = s.sheetIn(r, id)
		return err
	})
	return sh, err
}

func (s *Service) knownSheet(id string) (*Sheet, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	sh, ok := s.sheets[id]
	return sh, ok
}

func (s *Service) sheetIn(r store.Reader, id string) (*Sheet, error) {
	if sh, ok := s.knownSheet(id); ok {
		return sh, nil
	}
	loaded, ok, err := store.Load[Sheet](r, sheetBucket, id)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.NotFoundf("exam.attempt.missing", "没有这份答卷，请刷新页面")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sheets[id] = &loaded
	return &loaded, nil
}

// Sheet is the stored answer sheet of an attempt.
func (s *Service) Sheet(id string) (*Sheet, error) { return s.sheet(id) }

// refused notes a late write of an old seat where the proctor sees it, and
// returns err.
func (s *Service) refused(ctx context.Context, t Ticket, err error) error {
	if !fault.Is(err, "exam.session.fenced") {
		return err
	}
	ss := t.Session
	nerr := s.store.Update(ctx, func(tx *store.Tx) error {
		a, err := Get(tx, ss.Attempt)
		if err != nil {
			return err
		}
		a.Refused++
		if err := Put(tx, a); err != nil {
			return err
		}
		return alarm.Raise(tx, "fenced/"+ss.ID, wire.Alarm{
			Sitting: a.Sitting, Candidate: a.Candidate, Seat: ss.Seat, Level: wire.AlarmYellow,
			Code: "exam.session.fenced",
			Text: "座位 " + ss.Seat + " 在考生换到 " + a.Seat + " 之后仍在提交作答，已拒绝；请检查该考试机",
		})
	})
	if nerr != nil {
		s.Log.ErrorContext(ctx, "late write not noted", slog.String("attempt", ss.Attempt), slog.Any("error", nerr))
	}
	s.Bell.Ring(bell.Board)
	return err
}

// bells wakes the proctor's page and the terminals of these attempts.
func (s *Service) bells(ids ...string) {
	s.Bell.Ring(append(ids, bell.Board)...)
}
