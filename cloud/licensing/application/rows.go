package application

import (
	"context"
	"fmt"
	"slices"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

const (
	clocksOfSQL  = `SELECT case_id, clock, begun, days, used, since, ended, due FROM licensing_clock WHERE case_id = ANY($1) ORDER BY case_id, seq`
	coursesOfSQL = `SELECT case_id, seq, event_id, event, from_state, to_state, at, by_id, by_name, text, mac FROM licensing_event WHERE case_id = ANY($1) ORDER BY case_id, seq`
)

// asPages makes the rows of a list offer what their pages offer. What may be done to a
// granted case follows from the certificate too, what an approver may do from clocks and
// course, and of a suspended case from its hearing: they are read at once for all.
func (s *Service) asPages(ctx context.Context, list []Case, actor auth.Actor, cal *clock.Calendar) error {
	if err := s.findLost(ctx, s.DB, each(list)...); err != nil {
		return err
	}
	var ids []string
	for i := range list {
		c := &list[i]
		s.look(c, actor, cal)
		if slices.Contains([]licensing.State{licensing.Reviewing, licensing.Approving, licensing.Suspended}, c.State) {
			ids = append(ids, c.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var running []struct {
		Case string `db:"case_id"`
		clockRow
	}
	var happened []struct {
		Case string `db:"case_id"`
		Happening
	}
	var hearings []Hearing
	var b db.Batch
	db.Read(&b, &running, clocksOfSQL, ids)
	db.Read(&b, &happened, coursesOfSQL, ids)
	db.Read(&b, &hearings, hearingsSQL, ids)
	if err := b.Send(ctx, s.DB); err != nil {
		return fmt.Errorf("read what rows may meet: %w", err)
	}
	rows, courses := map[string][]clockRow{}, map[string][]Happening{}
	for _, r := range running {
		rows[r.Case] = append(rows[r.Case], r.clockRow)
	}
	for _, h := range happened {
		courses[h.Case] = append(courses[h.Case], h.Happening)
	}
	for i := range list {
		c := &list[i]
		course, open := courses[c.ID]
		if !open {
			continue
		}
		k := clocksFrom(rows[c.ID])
		if err := s.heardIn(c, hearings, k, course, cal); fault.Is(err, "licensing.case.tampered") {
			c.Possible = []licensing.Event{} // its page says why; the others' list stays
			continue
		} else if err != nil {
			return err
		}
		var err error
		if c.deemed, err = s.heldGranted(ctx, s.DB, c, k); err != nil {
			return err
		}
		s.offer(c, actor, course)
	}
	return nil
}

// heardIn is hear for a row of a list, of whose hearings, clocks and course all is read.
func (s *Service) heardIn(c *Case, hearings []Hearing, k clocks, course []Happening, cal *clock.Calendar) error {
	if c.State != licensing.Suspended {
		return nil
	}
	if i := slices.IndexFunc(hearings, func(h Hearing) bool { return h.Case == c.ID }); i >= 0 {
		if err := s.heardOf(c, hearings[i], cal); err != nil || c.hearing != nil {
			return err
		}
	}
	return c.unheard(k, course)
}

// offer says what an actor can do to a case now.
func (s *Service) offer(c *Case, actor auth.Actor, course []Happening) {
	c.Possible = slices.DeleteFunc(c.may(actor, s.certifies(c)), func(e licensing.Event) bool { return partial(course, actor.ID, e) })
}
