package appointment

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// SlotFilter narrows slots; empty fields do not.
type SlotFilter struct{ From, To, Place, Group, State string }

// Slots lists slots. Fault: clock.date.
func (s *Service) Slots(ctx context.Context, f SlotFilter, page db.Page) (db.List[Slot], error) {
	if _, err := auth.Require(ctx, PermSlots); err != nil {
		return db.List[Slot]{}, err
	}
	if err := days(f.From, f.To); err != nil {
		return db.List[Slot]{}, err
	}
	return listSlots(ctx, s.db, f, page)
}

// Hours are one line of a weekly pattern.
type Hours struct {
	Weekday int    `json:"weekday" minimum:"1" maximum:"7" doc:"1 为周一，7 为周日"`
	Period  string `json:"period" maxLength:"11" doc:"09:00-11:30"`
	Quota   int    `json:"quota" minimum:"1" maximum:"999"`
}

// Pattern is what a number of weeks is filled with.
type Pattern struct {
	Place string  `json:"place" minLength:"2" maxLength:"40"`
	Group string  `json:"group" maxLength:"20"`
	From  string  `json:"from" maxLength:"10"`
	Weeks int     `json:"weeks" minimum:"1" maximum:"12"`
	Hours []Hours `json:"hours" minItems:"1" maxItems:"30"`
}

// Generated is what came of a pattern.
type Generated struct {
	Made    int      `json:"made"`
	There   int      `json:"there" doc:"原来已有、没有改动的号源"`
	Off     []string `json:"off" doc:"因放假没有生成的日期"`
	Makeups []string `json:"makeups" doc:"调休上班而当天星期没有安排、没有生成的日期"`
}

// Generate fills weeks by a pattern on days that are worked. What is there already
// stays as it is, so that a repeat makes nothing twice. Faults: appointment.slot.*,
// appointment.period, those of the calendar.
func (s *Service) Generate(ctx context.Context, p Pattern) (Generated, error) {
	actor, err := auth.RequireCity(ctx, PermSave)
	if err != nil {
		return Generated{}, err
	}
	from, err := s.sound(&p)
	if err != nil {
		return Generated{}, err
	}
	out := Generated{Off: []string{}, Makeups: []string{}}
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		out = Generated{Off: []string{}, Makeups: []string{}}
		cal, err := s.calendar(ctx, tx)
		if err != nil {
			return err
		}
		for n := range 7 * p.Weeks {
			if err := s.fill(ctx, tx, cal, from.Add(n), p, actor.ID, &out); err != nil {
				return err
			}
		}
		return s.audit.Record(ctx, tx, "appointment.slot.generate", "", map[string]any{"place": p.Place, "group": p.Group, "from": p.From, "weeks": p.Weeks, "made": out.Made})
	})
}

func (s *Service) calendar(ctx context.Context, q db.Q) (*clock.Calendar, error) {
	if s.Calendar == nil {
		return nil, fault.New(fault.Precondition, "appointment.slot.calendar", "还没有工作日历，不能按周生成号源")
	}
	return s.Calendar(ctx, q)
}

// sound checks what a pattern or a single slot says of itself.
func (s *Service) sound(p *Pattern) (clock.Date, error) {
	from, err := clock.ParseDate(p.From)
	if err != nil {
		return from, err
	}
	if from.Before(s.today()) {
		return from, fault.New(fault.Invalid, "appointment.slot.past", "只能安排今天和以后的号源")
	}
	if s.today().Add(366).Before(from) {
		return from, fault.New(fault.Invalid, "appointment.slot.far", "最多安排一年以内的号源")
	}
	p.Place = strings.TrimSpace(p.Place)
	if !person.Line(p.Place) || len([]rune(p.Place)) < 2 {
		return from, fault.New(fault.Invalid, "appointment.slot.place", "请填写地点，例如“市交通委政务服务大厅”")
	}
	if s.groupName(p.Group) == p.Group {
		return from, fault.New(fault.Invalid, "appointment.slot.group", "请选择号源适用的事项")
	}
	for i, h := range p.Hours {
		begins, ends, err := hours(h.Period)
		if err != nil {
			return from, err
		}
		for _, other := range p.Hours[:i] {
			b, e, _ := hours(other.Period) // checked before
			if other.Weekday == h.Weekday && begins < e && b < ends {
				return from, fault.Newf(fault.Invalid, "appointment.slot.overlap", "周%s的 %s 与 %s 重叠，请调整时段", weekdays[h.Weekday%7], other.Period, h.Period)
			}
		}
	}
	return from, nil
}

var weekdays = []string{"日", "一", "二", "三", "四", "五", "六"}

// fill makes the slots of one day.
func (s *Service) fill(ctx context.Context, tx pgx.Tx, cal *clock.Calendar, day clock.Date, p Pattern, who string, out *Generated) error {
	worked, err := cal.Workday(day)
	if err != nil {
		return err
	}
	wd := (int(day.Weekday())+6)%7 + 1
	planned := false
	for _, h := range p.Hours {
		if h.Weekday != wd {
			continue
		}
		if planned = true; !worked {
			out.Off = append(out.Off, day.String())
			return nil
		}
		begins, ends, err := hours(h.Period)
		if err != nil {
			return err
		}
		made, err := s.make(ctx, tx, Slot{Day: day, Begins: begins, Ends: ends, Place: p.Place, Group: p.Group, Quota: h.Quota}, who)
		switch {
		case err != nil:
			return err
		case made:
			out.Made++
		default:
			out.There++
		}
	}
	if worked && !planned && wd > 5 {
		out.Makeups = append(out.Makeups, day.String())
	}
	return nil
}

// make inserts a slot unless another one of its group lies in its hours.
func (s *Service) make(ctx context.Context, tx pgx.Tx, t Slot, who string) (bool, error) {
	// one at a time for a day, so that two patterns do not overlap
	if _, err := tx.Exec(ctx, lockDaySQL, t.Day.String()+t.Place); err != nil {
		return false, fmt.Errorf("lock day: %w", err)
	}
	there, err := db.Value[bool](ctx, tx, overlapSQL, t.Day, t.Place, t.Group, t.Begins, t.Ends)
	if err != nil || there {
		return false, err
	}
	t.ID, t.State, t.Version, t.ChangedAt = uuid.Must(uuid.NewV7()).String(), Open, 1, s.now()
	t.MAC = s.keys.RowMAC(t.parts()...)
	_, err = tx.Exec(ctx, insertSlotSQL, t.ID, t.Day, t.Begins, t.Ends, t.Place, t.Group, t.Quota, t.State, t.Version, who, t.ChangedAt, t.MAC)
	return err == nil, err
}

// Draft is one slot as a form sends it.
type Draft struct {
	Day    string `json:"day" maxLength:"10"`
	Period string `json:"period" maxLength:"11"`
	Place  string `json:"place" minLength:"2" maxLength:"40"`
	Group  string `json:"group" maxLength:"20"`
	Quota  int    `json:"quota" minimum:"1" maximum:"999"`
}

// Add makes one slot, on whatever day: a hall may open on a Saturday. Faults: those
// of Generate, appointment.slot.there.
func (s *Service) Add(ctx context.Context, d Draft) error {
	actor, err := auth.RequireCity(ctx, PermSave)
	if err != nil {
		return err
	}
	p := Pattern{Place: d.Place, Group: d.Group, From: d.Day, Weeks: 1, Hours: []Hours{{1, d.Period, d.Quota}}}
	day, err := s.sound(&p)
	if err != nil {
		return err
	}
	begins, ends, err := hours(d.Period)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		made, err := s.make(ctx, tx, Slot{Day: day, Begins: begins, Ends: ends, Place: p.Place, Group: d.Group, Quota: d.Quota}, actor.ID)
		if err != nil {
			return err
		}
		if !made {
			return fault.New(fault.Conflict, "appointment.slot.there", "这一天这个地点已有同类且时段重叠的号源，请修改原来的号源")
		}
		return s.audit.Record(ctx, tx, PermSave, "", map[string]any{"day": d.Day, "period": d.Period, "place": p.Place, "group": d.Group, "quota": d.Quota})
	})
}

// Change is a new quota for a slot that somebody looked at.
type Change struct {
	Version int `json:"version" minimum:"1"`
	Quota   int `json:"quota" minimum:"1" maximum:"999"`
}

// Resize changes how many may come, not below who is coming. Faults: missing,
// appointment.slot.stale, .used, .gone.
func (s *Service) Resize(ctx context.Context, id string, c Change) (Slot, error) {
	return s.edit(ctx, id, c.Version, "appointment.slot.resize", func(_ pgx.Tx, t *Slot) error {
		if c.Quota < t.Used {
			return fault.Newf(fault.Precondition, "appointment.slot.used", "已有 %d 人预约，名额不能少于 %d；要停办请关闭号源", t.Used, t.Used)
		}
		t.Quota = c.Quota
		return nil
	})
}

// Closing ends a slot.
type Closing struct {
	Version int    `json:"version" minimum:"1"`
	Reason  string `json:"reason" minLength:"2" maxLength:"100"`
}

// Shut is a closed slot with those whom it touches.
type Shut struct {
	Slot    Slot      `json:"slot"`
	Touched []Booking `json:"touched" doc:"因此取消的预约，需要联系本人"`
}

// Close ends a slot: nobody books it, and who had is cancelled with the reason, has
// not stayed away, and is listed to be told. Faults: missing, appointment.slot.stale,
// .state, .gone.
func (s *Service) Close(ctx context.Context, id string, c Closing) (Shut, error) {
	out := Shut{Touched: []Booking{}}
	slot, err := s.edit(ctx, id, c.Version, "appointment.slot.close", func(tx pgx.Tx, t *Slot) error {
		if t.State == Closed {
			return fault.New(fault.Conflict, "appointment.slot.state", "这个号源已经关闭")
		}
		list, err := db.All[Booking](ctx, tx, waitingInSQL, id)
		if err != nil {
			return err
		}
		actor, _ := auth.From(ctx)
		out.Touched = list
		for i := range list {
			b := &out.Touched[i]
			if err := s.genuine(b); err != nil {
				return err
			}
			b.State, b.Reason = Cancelled, "号源关闭："+c.Reason
			if err := s.save(ctx, tx, b, actor.ID); err != nil {
				return err
			}
			s.entitle(b)
		}
		t.State, t.Reason = Closed, c.Reason
		t.Used -= len(list)
		return nil
	})
	out.Slot = slot
	return out, err
}

// Reopen lets a closed slot be booked again; nobody gets a place back. Faults:
// missing, appointment.slot.stale, .state, .gone.
func (s *Service) Reopen(ctx context.Context, id string, version int) (Slot, error) {
	return s.edit(ctx, id, version, "appointment.slot.open", func(_ pgx.Tx, t *Slot) error {
		if t.State == Open {
			return fault.New(fault.Conflict, "appointment.slot.state", "这个号源没有关闭")
		}
		t.State, t.Reason = Open, ""
		return nil
	})
}

// edit changes a slot that is not over, if it is still as the official saw it.
func (s *Service) edit(ctx context.Context, id string, version int, action string, do func(tx pgx.Tx, t *Slot) error) (out Slot, err error) {
	actor, err := auth.RequireCity(ctx, PermSave)
	if err != nil {
		return out, err
	}
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		t, err := db.Locked[Slot](ctx, tx, lockSlotSQL, slotSQL, id)
		if err != nil {
			return err
		}
		if err := s.genuineSlot(&t); err != nil {
			return err
		}
		if t.Version != version {
			return fault.New(fault.Conflict, "appointment.slot.stale", "这个号源已被他人修改，请刷新后重新操作")
		}
		if s.over(&t) {
			return fault.New(fault.Precondition, "appointment.slot.gone", "这个时段已经结束，不能再修改")
		}
		if err := do(tx, &t); err != nil {
			return err
		}
		t.Version++
		if err := s.saveSlot(ctx, tx, &t, actor.ID); err != nil {
			return err
		}
		out = t
		return s.audit.Record(ctx, tx, action, id, map[string]any{"day": t.Day.String(), "period": t.Period(), "place": t.Place, "quota": t.Quota, "reason": t.Reason})
	})
}

func (s *Service) over(t *Slot) bool { return s.now().After(at(t.Day, t.Ends).Add(time.Minute)) }
