package application

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// DueEvery is how often Expire has to run: time limits end at midnight.
const DueEvery = time.Minute

// atOnce is how many cases one run takes, each in a transaction of its own.
const atOnce = 200

// Expire makes happen what the law attaches to a day that has passed: an
// application that nobody answered in five days is accepted (§32), a correction
// that never came ends the case. It may run in several copies at once and any
// number of times. It returns how many cases moved.
func (s *Service) Expire(ctx context.Context) (int, error) {
	ctx = auth.System(ctx, "licensing")
	ids, err := db.All[struct{ ID string }](ctx, s.DB, dueSQL, s.today(), atOnce)
	if err != nil {
		return 0, err
	}
	moved := 0
	var failed error // of one case: the law's days of the others pass all the same
	for _, id := range ids {
		ok, err := s.expire(ctx, id.ID)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("case %s: %w", id.ID, err))
		}
		if ok {
			moved++
		}
	}
	if moved > 0 {
		return moved, failed
	}
	n, err := s.sweep(ctx)
	return n, errors.Join(failed, err)
}

// sweep ends drafts that were never sent: chapter 3.2.
func (s *Service) sweep(ctx context.Context) (int, error) {
	ids, err := db.All[struct{ ID string }](ctx, s.DB, staleDraftSQL, s.Clock.Now().AddDate(0, 0, -s.Rules.DraftDays), atOnce)
	actor, _ := auth.From(ctx)
	swept := 0
	var failed error
	for _, id := range ids {
		err := s.DB.InTx(ctx, func(tx pgx.Tx) error {
			c, err := s.lock(ctx, tx, id.ID)
			if err != nil || c.State != licensing.Draft {
				return err
			}
			o := Order{ID: named("draft-expired"), Text: fmt.Sprintf("暂存超过 %d 日未提交，已清理", s.Rules.DraftDays)}
			return s.happens(ctx, tx, &c, licensing.Withdraw, o, actor)
		})
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("draft %s: %w", id.ID, err))
			continue
		}
		swept++
	}
	return swept, errors.Join(failed, err)
}

func (s *Service) expire(ctx context.Context, id string) (moved bool, err error) {
	actor, _ := auth.From(ctx)
	return moved, s.DB.InTx(ctx, func(tx pgx.Tx) error {
		moved = false
		c, err := s.lock(ctx, tx, id)
		if err != nil {
			return err
		}
		if c.Due.IsZero() || !c.Due.Before(s.today()) { // another copy was quicker
			return nil
		}
		e := map[ClockID]licensing.Event{ToAccept: licensing.DeemAccepted, ToCorrect: licensing.CorrectionTimeout}[c.DueClock]
		if e == "" {
			return nil
		}
		o := Order{ID: named("%s-%s", c.DueClock, c.Due)}
		err = s.happens(ctx, tx, &c, e, o, actor)
		if fault.Is(err, "licensing.case.state") {
			return nil
		}
		moved = err == nil
		return err
	})
}

// Recount stores anew on which day every running clock is due; the calendar calls
// it in the transaction that changes a year.
func (s *Service) Recount(ctx context.Context, tx pgx.Tx, cal *clock.Calendar) error {
	ids, err := db.All[struct {
		ID string `db:"case_id"`
	}](ctx, tx, runningSQL)
	if err != nil {
		return err
	}
	for _, id := range ids {
		c, err := s.lock(ctx, tx, id.ID)
		if err != nil {
			return err
		}
		k, err := clocksOf(ctx, tx, &c)
		if err == nil {
			err = k.count(cal)
		}
		if err != nil {
			return err
		}
		first, _ := k.nearest()
		c.Due, c.DueClock = first.Due, first.ID
		var b db.Batch
		saveClocks(&b, &c, k)
		s.update(&b, &c)
		if err := b.Send(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// Barred looks again at a person's unfinished cases when a revocation has come or
// gone: those that it is about are marked and can be neither granted nor made, those
// of another trade go on. It is called in the transaction that takes or gives back
// the licence, as often as one likes. why is for the course of the cases.
func (s *Service) Barred(ctx context.Context, tx pgx.Tx, person, why string) error {
	ids, err := db.All[struct{ ID string }](ctx, tx, unfinishedSQL, person)
	if err != nil {
		return err
	}
	actor, _ := auth.From(ctx)
	for _, id := range ids {
		c, err := s.lock(ctx, tx, id.ID)
		if err != nil {
			return err
		}
		v, err := s.judged(ctx, tx, &c)
		if err != nil {
			return err
		}
		if err := s.reweigh(ctx, tx, &c, v); err != nil {
			return err
		}
		if c.Revoked == v.Revoked() {
			continue
		}
		e := licensing.RevocationLifted
		if v.Revoked() {
			e = licensing.RevocationHit
		}
		o := Order{ID: named("%s-%d", e, c.Revision), Version: c.Revision, Text: why}
		if err := s.happens(ctx, tx, &c, e, o, actor); err != nil {
			return err
		}
	}
	return nil
}

// OpenOn are the numbers of the applications that are being dealt with, by the
// certificate that they are about. It checks no right.
func (s *Service) OpenOn(ctx context.Context, q db.Q, licences []string) (map[string]string, error) {
	list, err := db.All[struct {
		Licence string `db:"licence"`
		ApplyNo string `db:"apply_no"`
	}](ctx, q, openOnSQL, licences)
	out := make(map[string]string, len(list))
	for _, c := range list {
		out[c.Licence] = c.ApplyNo
	}
	return out, err
}
