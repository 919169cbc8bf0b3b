package sitting

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
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
// verified at the venue, the preflight since then green and not too old, no red
// alarm that nobody has acknowledged, and the time has come.
func (s *Service) gate(ctx context.Context, q db.Q, in Sitting) (Gate, packRow, error) {
	now := s.Clock.Now()
	g := Gate{Missing: []string{}, LeadMinutes: minutes(s.Timing.ReleaseLead), LifeMinutes: minutes(s.Timing.PreflightLife)}
	g.From = in.StartsAt.Add(-s.Timing.ReleaseLead).UTC()
	miss := func(text string) { g.Missing = append(g.Missing, text) }
	if in.State != Dispatched {
		miss("场次当前为“" + StateName(in.State) + "”，须为“" + StateName(Dispatched) + "”")
	}
	p, found, err := db.Maybe[packRow](ctx, q, packageSQL, in.ID)
	if err != nil {
		return g, p, err
	}
	if !found || p.ReceivedAt == nil {
		miss("考场尚未收齐并验证考题包")
	} else {
		checked, found, err := db.Maybe[checkedRow](ctx, q, preflightSQL, in.ID, p.ReceivedIn, p.Node)
		switch {
		case err != nil:
			return g, p, err
		case !found:
			miss("考场尚未上报收到考题包后的考前检查")
		case !checked.OK:
			miss("考场的考前检查未全部通过")
		case now.Sub(checked.measured()) > s.Timing.PreflightLife:
			miss(fmt.Sprintf("考场的考前检查已超过 %d 分钟，等待考场重新检查（考场联网时自动进行，也可请监考员点击“重新检查”）", g.LifeMinutes))
		}
	}
	red, err := db.Value[int](ctx, q, redAlarmsSQL, in.ID, p.Node)
	if err != nil {
		return g, p, err
	}
	if red > 0 {
		miss(fmt.Sprintf("有 %d 条红色告警未确认", red))
	}
	g.ready = len(g.Missing) == 0
	if now.Before(g.From) {
		miss(fmt.Sprintf("未到放行时间：考试开始前 %d 分钟内放行，%s 起自动放行",
			g.LeadMinutes, g.From.In(clock.Shanghai()).Format("01-02 15:04")))
	}
	g.Open = len(g.Missing) == 0
	return g, p, nil
}

func minutes(d time.Duration) int { return int(d / time.Minute) }

// checkedRow is a preflight as it was reported.
type checkedRow struct {
	OK      bool      `db:"ok"`
	At      time.Time `db:"at"`      // by the venue's clock
	Noted   time.Time `db:"noted"`   // by ours, on arrival
	Clocked bool      `db:"clocked"` // the venue's clock was found right, and not waived
}

// measured is when the venue measured: by its own word where its clock is
// right, because a report may have waited for a network; else when we heard.
func (r checkedRow) measured() time.Time {
	if r.Clocked && r.At.Before(r.Noted) {
		return r.At
	}
	return r.Noted
}

// Release sends the centre's half of the key by hand; the gate holds for people
// too. Only its time may be set aside, with a reason: for a venue that will have
// no network when the time comes. Faults: exam.sitting.release.state,
// exam.sitting.release.gate, .early.
func (s *Service) Release(ctx context.Context, id, early string) (Sitting, error) {
	early = strings.TrimSpace(early)
	var out Sitting
	return out, s.DB.InTx(ctx, func(tx pgx.Tx) error {
		in, err := s.locked(ctx, tx, PermRelease, id)
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
		switch {
		case g.Open:
			early = "" // it was not early
		case !g.ready || early == "":
			return fault.Newf(fault.Precondition, "exam.sitting.release.gate", "还不能放行：%s", strings.Join(g.Missing, "；"))
		case s.Clock.Now().Before(in.StartsAt.Add(-earliest)):
			return fault.Newf(fault.Precondition, "exam.sitting.release.early", "提前放行最多在考试开始前 %d 小时内，请届时再放行", int(earliest.Hours()))
		}
		if err := s.release(ctx, tx, &in, p, early); err != nil {
			return err
		}
		out, err = db.Row[Sitting](ctx, tx, sittingSQL, id)
		return err
	})
}

// tryRelease releases when nothing is in the way, and is content otherwise.
func (s *Service) tryRelease(ctx context.Context, tx pgx.Tx, id string) error {
	in, err := db.Locked[Sitting](ctx, tx, lockSQL, sittingSQL, id)
	if err != nil || in.State != Dispatched {
		return err
	}
	g, p, err := s.gate(ctx, tx, in)
	if err != nil || !g.Open {
		return err
	}
	return s.release(ctx, tx, &in, p, "")
}

// release sends the half; early is why it goes out before its time, if it does.
func (s *Service) release(ctx context.Context, tx pgx.Tx, in *Sitting, p packRow, early string) error {
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
	text := "开考密钥已放行"
	if early != "" {
		text = "开考密钥已提前放行：" + early
	}
	err = s.note(ctx, tx, in.ID, Receipt{
		Kind: ReceiptReleased, Ref: strconv.Itoa(p.Version), OK: true, Text: text, Who: who, At: now, Detail: map[string]any{"pack": p.Pack},
	})
	if err != nil {
		return err
	}
	return s.Audit.Record(ctx, tx, PermRelease, in.ID, map[string]any{"number": in.Number, "pack": p.Pack, "early": early})
}
