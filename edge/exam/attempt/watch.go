package attempt

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/store"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// Run looks at the clocks until ctx ends: it lets them run or stand as the
// sitting says, hands in what has run out, with or without its terminal, and
// stores the time used.
func (s *Service) Run(ctx context.Context) error {
	t := s.Clock.NewTicker(tick)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return s.Keep(context.WithoutCancel(ctx))
		case <-t.C():
			s.Look(ctx)
		}
	}
}

// Look does one round of Run.
func (s *Service) Look(ctx context.Context) {
	s.syncMeters()
	for _, m := range s.meters.all() {
		switch {
		case m.held && m.stood >= s.ResumeWait:
			s.letRun(ctx, m.id)
		case m.running && m.used >= m.allowed+grace:
			_, err := s.handInNow(ctx, m.sitting, m.id, Handin{How: ByTime})
			if err != nil && !fault.Is(err, "exam.attempt.handin.state") {
				s.Log.ErrorContext(ctx, "time is up but hand-in failed; trying again",
					slog.String("attempt", m.id), slog.Any("error", err))
			} else if err != nil {
				s.meters.drop(m.id)
			}
		}
	}
	if now := s.Clock.Mono(); now-s.lastKeep >= keep {
		s.lastKeep = now
		if err := s.Keep(ctx); err != nil {
			s.Log.ErrorContext(ctx, "used time not stored", slog.Any("error", err))
		}
	}
}

// Keep stores the used time of every running attempt.
func (s *Service) Keep(ctx context.Context) error {
	running := s.meters.all()
	if len(running) == 0 {
		return nil
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		for _, m := range running {
			if !m.running {
				continue
			}
			if err := s.keepElapsed(tx, m.id); err != nil {
				return err
			}
		}
		return nil
	})
}

// keepElapsed stores what the meter shows.
func (s *Service) keepElapsed(tx *store.Tx, id string) error {
	p, err := progress(tx, id)
	if err != nil {
		return err
	}
	ms := s.used(id, p).Milliseconds()
	if ms == p.Elapsed {
		return nil
	}
	p.Elapsed = ms
	return store.Save(tx, progressBucket, id, p)
}

func (s *Service) syncMeters() {
	_ = s.store.View(func(r store.Reader) error {
		s.meters.sync(func(sitting string) bool { return exam.Stopped(r, sitting) })
		return nil
	})
}

// Heard notes a sign of life of a session's terminal: a clock that a restart of
// ours has held runs on from where it stood. A session that may no longer write
// starts nothing.
func (s *Service) Heard(ctx context.Context, ss Session) {
	if !s.meters.waits(ss.Attempt) {
		return
	}
	current := false
	err := s.store.View(func(r store.Reader) error {
		a, err := Get(r, ss.Attempt)
		current = err == nil && a.Session == ss.ID
		return err
	})
	if err == nil && current {
		s.letRun(ctx, ss.Attempt)
	}
}

func (s *Service) letRun(ctx context.Context, id string) {
	if !s.meters.release(id) {
		return
	}
	s.syncMeters()
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		a, err := Get(tx, id)
		if err != nil {
			return err
		}
		p, err := progress(tx, id)
		if err != nil {
			return err
		}
		used := time.Duration(p.Elapsed) * time.Millisecond
		text := fmt.Sprintf("考场服务器重启后恢复计时，已用时 %d 分 %d 秒，中断时间不计入", int(used.Minutes()), int(used.Seconds())%60)
		a.notify(Notice{ID: exam.NewID(), At: tx.Now(), Text: text})
		if err := Put(tx, a); err != nil {
			return err
		}
		_, err = tx.Append(journal.LaneExam, wire.KindResumed, a.Sitting,
			wire.Paused{Sitting: a.Sitting, Attempt: id, By: "system", Reason: text})
		return err
	})
	if err != nil {
		s.Log.ErrorContext(ctx, "resume after restart not recorded", slog.String("attempt", id), slog.Any("error", err))
	}
	s.bells(id)
}
