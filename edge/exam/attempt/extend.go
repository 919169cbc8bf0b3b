package attempt

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/edge/supervise/staff"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// Bounds of one extension.
const (
	minExtra = time.Minute
	maxExtra = 120 * time.Minute
)

// Extension grants working time.
type Extension struct {
	ID      string        `json:"id"` // made by the console; a repeat is the same grant
	Sitting string        `json:"sitting"`
	Attempt string        `json:"attempt,omitempty"` // empty = everybody who has not handed in
	Extra   time.Duration `json:"extra_ns"`
	Reason  string        `json:"reason"`
	By      string        `json:"by,omitempty"`
	At      time.Time     `json:"at,omitzero"`
	// Seen is what the proctor saw as granted so far; nil from a page that does not say.
	Seen *time.Duration `json:"-"`
}

// Extra is what has been granted beyond the time of the rule.
func (a Attempt) Extra() time.Duration { return a.Allowed - time.Duration(a.Minutes)*time.Minute }

// Granted is what the whole sitting has been granted together.
func Granted(r store.Reader, sitting string) (time.Duration, error) {
	var sum time.Duration
	list, err := store.All[Extension](r, extendBucket, "")
	for _, e := range list {
		if e.Sitting == sitting && e.Attempt == "" {
			sum += e.Extra
		}
	}
	return sum, err
}

// Extend grants time, effective at once. The same id again changes nothing. It
// fails with exam.attempt.extend.amount, exam.attempt.reason,
// exam.attempt.extend.state, and exam.attempt.extend.overtaken when somebody
// else has granted time that this proctor has not seen.
func (s *Service) Extend(ctx context.Context, e Extension) error {
	e.Reason = strings.TrimSpace(e.Reason)
	if e.Extra < minExtra || e.Extra > maxExtra {
		return fault.Invalidf("exam.attempt.extend.amount", "补时须在 1 至 120 分钟之间")
	}
	if e.Reason == "" {
		return errReason
	}
	e.ID = cmp.Or(e.ID, exam.NewID())
	var changed []Attempt
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		changed = changed[:0]
		if tx.Get(extendBucket, e.ID) != nil {
			return nil
		}
		list, err := s.toExtend(tx, e)
		if err = cmp.Or(err, exam.Unclosed(tx, e.Sitting)); err != nil {
			return err
		}
		if err := unseen(tx, e, list); err != nil {
			return err
		}
		e.By, e.At = audit.Who(ctx), tx.Now()
		for _, a := range list {
			if err := a.Do(Extend); err != nil {
				return err
			}
			a.Allowed += e.Extra
			a.notify(Notice{ID: e.ID, At: e.At, Text: fmt.Sprintf("已为您补时 %d 分钟：%s", int(e.Extra.Minutes()), e.Reason)})
			if err := Put(tx, a); err != nil {
				return err
			}
			changed = append(changed, a)
		}
		return s.noteExtension(ctx, tx, e)
	})
	for _, a := range changed {
		s.meters.update(a)
	}
	s.bells(ids(changed)...)
	return err
}

func (s *Service) noteExtension(ctx context.Context, tx *store.Tx, e Extension) error {
	if err := store.Save(tx, extendBucket, e.ID, e); err != nil {
		return err
	}
	_, err := tx.Append(journal.LaneExam, wire.KindTimeExtended, e.Sitting, wire.TimeExtended{
		ID: e.ID, Sitting: e.Sitting, Attempt: e.Attempt, By: e.By, Extra: e.Extra, Reason: e.Reason,
	})
	if err != nil {
		return err
	}
	return s.Audit.Record(ctx, tx, "exam.attempt.extend", first(e.Attempt, e.Sitting), fmt.Sprintf("%d 分钟：%s", int(e.Extra.Minutes()), e.Reason))
}

// toExtend are the attempts that a grant reaches.
func (s *Service) toExtend(r store.Reader, e Extension) ([]Attempt, error) {
	if e.Attempt != "" {
		a, err := Get(r, e.Attempt)
		if err == nil && a.Sitting != e.Sitting {
			err = errElsewhere
		}
		return []Attempt{a}, err
	}
	all, err := InSitting(r, e.Sitting)
	if err != nil {
		return nil, err
	}
	out := all[:0]
	for _, a := range all {
		if a.State != Handed {
			out = append(out, a)
		}
	}
	return out, nil
}

// unseen refuses a grant whose proctor has not seen what was granted meanwhile:
// two who act on one incident shall not double it without knowing.
func unseen(r store.Reader, e Extension, list []Attempt) error {
	if e.Seen == nil {
		return nil
	}
	standing, err := Granted(r, e.Sitting)
	if e.Attempt != "" {
		standing = list[0].Extra()
	}
	if err != nil || standing == *e.Seen {
		return err
	}
	last, err := lastGrant(r, e)
	if err != nil {
		return err
	}
	who, err := staff.NameOf(r, last.By)
	if err != nil {
		return err
	}
	total := int(standing.Minutes())
	if last.At.IsZero() {
		return fault.Conflictf("exam.attempt.extend.overtaken", "已累计补时 %d 分钟，与页面上看到的不同，本次没有补时；请确认是否再补", total)
	}
	return fault.Conflictf("exam.attempt.extend.overtaken", "%s %s 已补时 %d 分钟，现累计 %d 分钟，本次没有补时；请确认是否再补",
		cmp.Or(who, "其他人"), last.At.In(clock.Shanghai()).Format("15:04:05"), int(last.Extra.Minutes()), total)
}

// lastGrant is the newest grant that counts for what e asks.
func lastGrant(r store.Reader, e Extension) (last Extension, err error) {
	list, err := store.All[Extension](r, extendBucket, "")
	for _, g := range list {
		if g.Sitting == e.Sitting && (g.Attempt == "" || g.Attempt == e.Attempt) && g.At.After(last.At) {
			last = g
		}
	}
	return last, err
}
