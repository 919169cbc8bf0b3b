package sitting

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// Gate says whether the key may be released, and what is in its way.
func (s *Service) Gate(ctx context.Context, id string) (Gate, error) {
	in, err := s.readable(ctx, s.DB, PermList, sittingSQL, id)
	if err != nil {
		return Gate{}, err
	}
	g, _, err := s.gate(ctx, s.DB, in)
	return g, err
}

// gate is the release rule: approved and dispatched, the newest package
// verified at the venue, the preflight since then green, no red alarm that
// nobody has acknowledged.
func (s *Service) gate(ctx context.Context, q db.Q, in Sitting) (Gate, packRow, error) {
	g := Gate{Missing: []string{}}
	miss := func(text string) { g.Missing = append(g.Missing, text) }
	if in.State != Dispatched {
		miss("场次当前为“" + StateName(in.State) + "”，须为“" + StateName(Dispatched) + "”")
	}
	p, found, err := maybe[packRow](ctx, q, packageSQL, in.ID)
	if err != nil {
		return g, p, err
	}
	if !found || p.ReceivedAt == nil {
		miss("考场尚未收齐并验证考题包")
	} else {
		green, err := value[bool](ctx, q, preflightSQL, in.ID, p.ReceivedIn, p.Node)
		switch {
		case ignoreMissing(err) != nil:
			return g, p, err
		case err != nil:
			miss("考场尚未上报收到考题包后的考前检查")
		case !green:
			miss("考场的考前检查未全部通过")
		}
	}
	red, err := value[int](ctx, q, redAlarmsSQL, in.ID, p.Node)
	if err != nil {
		return g, p, err
	}
	if red > 0 {
		miss(fmt.Sprintf("有 %d 条红色告警未确认", red))
	}
	g.Open = len(g.Missing) == 0
	return g, p, nil
}

// Release sends the centre's half of the key by hand; the gate holds for
// people too. Faults: exam.sitting.release.state, exam.sitting.release.gate.
func (s *Service) Release(ctx context.Context, id string) (Sitting, error) {
	var out Sitting
	return out, s.DB.InTx(ctx, func(tx pgx.Tx) error {
		in, err := s.readable(ctx, tx, PermRelease, lockSQL, id)
		if err != nil {
			return err
		}
		if _, err := in.position().Act(VerbRelease); err != nil {
			return err
		}
		g, p, err := s.gate(ctx, tx, in)
		if err != nil {
			return err
		}
		if !g.Open {
			return fault.Newf(fault.Precondition, "exam.sitting.release.gate", "还不能放行：%s", strings.Join(g.Missing, "；"))
		}
		if err := s.release(ctx, tx, &in, p); err != nil {
			return err
		}
		out, err = one[Sitting](ctx, tx, sittingSQL, id)
		return err
	})
}

// tryRelease releases when nothing is in the way, and is content otherwise.
func (s *Service) tryRelease(ctx context.Context, tx pgx.Tx, id string) error {
	in, err := one[Sitting](ctx, tx, lockSQL, id)
	if err != nil || in.State != Dispatched {
		return err
	}
	g, p, err := s.gate(ctx, tx, in)
	if err != nil || !g.Open {
		return err
	}
	return s.release(ctx, tx, &in, p)
}

func (s *Service) release(ctx context.Context, tx pgx.Tx, in *Sitting, p packRow) error {
	if err := s.move(ctx, tx, in, VerbRelease, ""); err != nil {
		return err
	}
	half, err := s.Keys.OpenAt([]string{placeHalf, in.ID + "." + strconv.Itoa(p.Version)}, p.Half)
	if err != nil {
		return fmt.Errorf("open key half: %w", err)
	}
	now, who := s.Clock.Now(), actorName(ctx)
	order := wire.KeyRelease{Sitting: in.ID, Pack: p.Pack, Half: half, By: who}
	// to the device the package was sealed to; another could not use it
	if err := s.Orders.Append(ctx, tx, p.Node, journal.LaneExam, wire.OrderKeyRelease, in.ID, order); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, packReleasedSQL, in.ID, p.Version, now); err != nil {
		return fmt.Errorf("mark release: %w", err)
	}
	err = s.note(ctx, tx, in.ID, Receipt{
		Kind: ReceiptReleased, Ref: strconv.Itoa(p.Version), OK: true, Text: "开考密钥已放行", Who: who, At: now, Detail: map[string]any{"pack": p.Pack},
	})
	if err != nil {
		return err
	}
	return s.Audit.Record(ctx, tx, PermRelease, in.ID, map[string]any{"number": in.Number, "pack": p.Pack})
}
