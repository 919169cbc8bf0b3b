package exam

import (
	"context"
	"strings"
	"unicode/utf8"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/exam/pack"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/sm"
)

// How the questions of a sitting came to be opened: wire.Opened.By.
const (
	byRelease = "release"
	byUnlock  = "unlock-code"
)

// Unlock opens the questions with codes that people at the centre have read out,
// where the release cannot arrive for want of a network (M60). What the centre
// would look at before releasing is looked at here. Codes: exam.unlock.state,
// .pack, .released, .suspended, .preflight, .reason, and those of
// pack.Package.Released.
func (s *Service) Unlock(ctx context.Context, sitting string, codes []string, reason string) error {
	st, err := s.Sitting(sitting)
	if err != nil {
		return err
	}
	reason = strings.TrimSpace(reason)
	if err := s.mayUnlock(st, reason); err != nil {
		return err
	}
	var half []byte
	err = s.withPack(st, func(p *pack.Package) (err error) {
		half, err = p.Released(codes...)
		return err
	})
	if err != nil {
		return s.refuseUnlock(ctx, st, err)
	}
	wrapped, err := sm.Encrypt(s.keeper.Public(), half)
	if err != nil {
		return err
	}
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		now, err := Get(tx, sitting)
		if err != nil {
			return err
		}
		if now.Pack.Digest != st.Pack.Digest || now.State != Approved {
			return errUnlockState
		}
		now.Half, now.HalfFor, now.HalfBy = wrapped, st.Pack.Digest, byUnlock
		if err := Put(tx, now); err != nil {
			return err
		}
		st = now
		return s.Audit.Record(ctx, tx, "exam.key.unlock", sitting, reason)
	})
	if err != nil {
		return err
	}
	return s.open(ctx, st)
}

// codes is how many unlock codes a package needs.
func (s *Service) codes(st Sitting) (need int, err error) {
	return need, s.withPack(st, func(p *pack.Package) error {
		if l := p.Manifest().Unlock; l != nil {
			need = l.Need
		}
		return nil
	})
}

var errUnlockState = fault.New(fault.Precondition, "exam.unlock.state", "只有审核已批准、尚未放行的场次才能用解锁码开卷，请刷新后查看当前状态")

// mayUnlock is the centre's release rule as far as a venue alone can see it.
func (s *Service) mayUnlock(st Sitting, reason string) error {
	switch n := utf8.RuneCountInString(reason); {
	case st.State != Approved:
		return errUnlockState
	case st.Suspended:
		return fault.Preconditionf("exam.unlock.suspended", "中心已暂停本场考试，不能开卷")
	case !st.Pack.Received:
		return fault.Preconditionf("exam.unlock.pack", "考题包尚未收齐，请先用 U 盘导入考题包")
	case st.Half != nil:
		return fault.Preconditionf("exam.unlock.released", "中心已放行，不需要解锁码，正在开卷")
	case !st.Preflight.Green || st.Stale(s.Clock.Now()):
		return fault.Preconditionf("exam.unlock.preflight", "考前检查未通过或已过期，请重新检查，全部通过后再输入解锁码")
	case n < 2 || n > 200 || !person.Line(reason):
		return fault.Invalidf("exam.unlock.reason", "请填写为何不能联网放行（2 至 200 字）")
	}
	return nil
}

// refuseUnlock keeps a record of codes that were not right; of typing errors
// nobody needs one.
func (s *Service) refuseUnlock(ctx context.Context, st Sitting, cause error) error {
	if fault.From(cause).Code != "exam.unlock.wrong" {
		return cause
	}
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		return s.Audit.Record(ctx, tx, "exam.key.unlock.refused", st.Sitting, "")
	})
	if err != nil {
		return err
	}
	return cause
}
