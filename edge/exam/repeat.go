package exam

import (
	"context"
	"slices"
	"time"

	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/protocol/wire"
)

const (
	// usualLife is how old a preflight may be where the centre does not say.
	usualLife = 2 * time.Hour
	// retryRed is how often a preflight that fails is measured again while the
	// key waits for it: machines are being switched on.
	retryRed = 2 * time.Minute
)

// PreflightLife is how old the preflight may be for the centre to release on it.
func (s *Sitting) PreflightLife() time.Duration {
	if s.SittingAssigned.PreflightLife <= 0 {
		return usualLife
	}
	return time.Duration(s.SittingAssigned.PreflightLife) * time.Minute
}

// Stale reports whether the last preflight is too old for the centre.
func (s *Sitting) Stale(now time.Time) bool {
	return !s.Preflight.At.IsZero() && now.Sub(s.Preflight.At) > s.PreflightLife()
}

// waits reports whether the key could come now if the preflight is good.
func (s *Sitting) waits(now time.Time) bool {
	return s.State == Approved && s.Pack.Received && s.Half == nil && !s.Preflight.At.IsZero() && !now.Before(s.ReleaseFrom)
}

// repeat measures again what a person has once asked for, when it has come half
// of its way to being too old, or had failed. Waivers go on: they are a person's
// word about a thing that does not work, and it still does not. What stays red
// is not reported again and again.
func (s *Service) repeat(ctx context.Context, st Sitting) error {
	now := s.Clock.Now()
	age := now.Sub(st.Preflight.At)
	if !st.waits(now) || st.Preflight.Green && age < st.PreflightLife()/2 || !s.mayRepeat(st.Sitting) {
		return nil
	}
	waived := map[string]string{}
	for _, c := range st.Preflight.Checks {
		if c.Waived != "" {
			waived[c.Code] = c.Waived
		}
	}
	pf := s.measure(ctx, st, waived)
	if !pf.Green && !st.Preflight.Green && slices.Equal(failed(pf.Checks), failed(st.Preflight.Checks)) {
		return nil
	}
	_, err := s.keepPreflight(audit.As(ctx, "system"), st.Sitting, pf, "自动重新检查")
	return err
}

// mayRepeat lets a sitting be measured once in a while.
func (s *Service) mayRepeat(sitting string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, ok := s.repeated[sitting]
	if ok && s.Clock.Mono()-last < retryRed {
		return false
	}
	s.repeated[sitting] = s.Clock.Mono()
	return true
}

func failed(checks []wire.Check) []string {
	var out []string
	for _, c := range checks {
		if !c.OK {
			out = append(out, c.Code)
		}
	}
	return out
}

// tellPreflight raises an alarm when a preflight that was green is no longer,
// and takes it back when it is: nobody looks at a page that was green.
func (s *Service) tellPreflight(tx *store.Tx, st Sitting, pf Preflight) error {
	key := "preflight/" + st.Sitting
	if pf.Green {
		return s.AlarmEnd(tx, key, "考前检查已重新通过")
	}
	if !st.Preflight.Green || st.State != Approved {
		return nil
	}
	return s.AlarmBegin(tx, key, wire.Alarm{
		Sitting: st.Sitting, Level: wire.AlarmYellow, Code: "exam.preflight.red",
		Text: "场次“" + st.Title + "”的考前检查重新运行后未通过，中心不会放行；请到“考前检查”查看并处理",
	})
}
