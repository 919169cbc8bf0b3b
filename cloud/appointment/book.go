package appointment

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/sm"
)

// Places bind ciphertexts to where they lie.
const (
	placeIDNo   = "appointment_booking.idno"
	placeMobile = "appointment_booking.mobile"
	placeForm   = "appointment_booking.form"
)

// By is who acts, as the door that let them in knows it: the platform (its sender
// name), an applicant (their account) or a clerk. Blind, where it is set, limits
// them to bookings of that person.
type By struct {
	Caller  string
	Channel Channel
	Blind   []byte
}

// Request is a booking as somebody asks for it.
type Request struct {
	Call    string            // the caller's number of this request
	Ref     string            // the caller's number of the appointment; may be empty
	Account string            // of the platform; may be empty
	Matter  string            // our code, or the city's
	Name    string            // of the person who comes
	IDNo    string            //
	Mobile  string            //
	Day     string            // 2026-12-01
	Period  string            // 09:00-11:30
	Place   string            //
	Form    map[string]string // what the form of the matter holds already; may be nil
}

// wish is a request that was checked.
type wish struct {
	Request
	matter       Matter
	id           person.ID
	mobile       person.Mobile
	day          clock.Date
	begins, ends string
	digest       []byte
	blind        []byte
	numbers      [][]byte // all of the person's, blind among them
}

// Book takes a place. It checks no right: whoever calls knows who acts. The same
// call is answered as before. Faults: appointment.book.reused, .day, .over, .slot,
// .full, .closed, .twice, .barred, appointment.matter, appointment.period, those of
// the person's data.
func (s *Service) Book(ctx context.Context, tx pgx.Tx, by By, in Request) (Booking, error) {
	w, err := s.wish(in)
	if err != nil {
		return Booking{}, err
	}
	if w.numbers, err = s.numbers(ctx, tx, w.blind); err != nil {
		return Booking{}, err
	}
	if by.Blind != nil && !among(w.numbers, by.Blind) {
		return Booking{}, fault.New(fault.Forbidden, "appointment.book.other", "只能为本人预约")
	}
	if old, again, err := s.before(ctx, tx, by, w); err != nil || again {
		return old, err
	}
	// first without a lock, for an answer about the person rather than the slot
	if err := s.allowed(ctx, tx, w); err != nil {
		return Booking{}, err
	}
	slot, err := s.slotFor(ctx, tx, w)
	if err != nil {
		return Booking{}, err
	}
	if err := db.Hold(ctx, tx, w.numbers); err != nil {
		return Booking{}, err
	}
	// looked at again with everything held: a repeat may have been just ahead
	if old, again, err := s.before(ctx, tx, by, w); err != nil || again {
		return old, err
	}
	if err := s.allowed(ctx, tx, w); err != nil {
		return Booking{}, err
	}
	slot.Used++
	if err := s.saveSlot(ctx, tx, &slot, by.Caller); err != nil {
		return Booking{}, err
	}
	b, err := s.insert(ctx, tx, by, w, slot)
	if err != nil {
		return Booking{}, err
	}
	s.entitle(&b)
	return b, s.audit.Record(ctx, tx, PermBook, b.ID, map[string]any{"number": b.Number, "matter": b.Matter, "day": w.Day, "period": w.Period, "place": w.Place})
}

func (s *Service) wish(in Request) (w wish, err error) {
	w.Request = in
	if w.matter, err = s.matter(in.Matter); err != nil {
		return w, err
	}
	if w.id, err = person.ParseID(in.IDNo); err != nil {
		return w, err
	}
	name, err := person.ParseName(in.Name)
	if err != nil {
		return w, err
	}
	w.Name = string(name)
	if w.mobile, err = person.ParseMobile(in.Mobile); err != nil {
		return w, err
	}
	if w.day, err = clock.ParseDate(in.Day); err != nil {
		return w, err
	}
	if w.begins, w.ends, err = hours(in.Period); err != nil {
		return w, err
	}
	today := s.today()
	switch {
	case w.day.Before(today) || today.Add(Ahead).Before(w.day):
		return w, fault.Newf(fault.Invalid, "appointment.book.day", "只能预约今天起 %d 天以内的日期", Ahead)
	case s.begun(w.day, w.begins):
		return w, fault.New(fault.Invalid, "appointment.book.over", "这个时段已经开始，请选择之后的时段")
	case in.Call == "" || len(in.Call) > 64 || len(in.Ref) > 64 || len(in.Account) > 64:
		return w, fault.New(fault.Invalid, "appointment.book.call", "预约请求没有编号或编号过长")
	}
	w.blind = s.keys.Person(w.id)
	// keyed: a plain digest of an ID number could be guessed
	raw, err := json.Marshal([]any{w.matter.Code, w.id.Reveal(), w.Name, w.mobile.Reveal(), in.Day, in.Period, in.Place, in.Ref})
	w.digest = s.keys.Blind("appointment.call", sm.SumOf(raw).String())
	return w, err
}

// before finds what the same call did. A cancelled booking's reference is not used
// again.
func (s *Service) before(ctx context.Context, tx pgx.Tx, by By, w wish) (Booking, bool, error) {
	old, again, err := db.Maybe[Booking](ctx, tx, calledSQL, by.Caller, w.Call)
	if err == nil && again && !slices.Equal(old.Digest, w.digest) {
		err = reused()
	}
	if err != nil || again {
		s.entitle(&old)
		return old, again, err
	}
	if w.Ref == "" {
		return old, false, nil
	}
	old, again, err = db.Maybe[Booking](ctx, tx, referredSQL, by.Caller, w.Ref)
	if err == nil && again && (!slices.Equal(old.Digest, w.digest) || !old.State.holds()) {
		err = fault.New(fault.Conflict, "appointment.book.reused", "这个预约编号已用过，请重新预约")
	}
	s.entitle(&old)
	return old, again, err
}

// slotFor locks the slot that a wish fits: one for the matter's group, or else one
// for every matter. A full one names what is free that day.
func (s *Service) slotFor(ctx context.Context, tx pgx.Tx, w wish) (Slot, error) {
	list, err := db.All[Slot](ctx, tx, fittingSQL, w.day, w.begins, w.ends, w.Place, w.matter.Group, Any)
	if err != nil {
		return Slot{}, err
	}
	why := fault.Newf(fault.Precondition, "appointment.book.slot", "%s %s 在“%s”没有“%s”的号源，请选择其他日期、时段或地点", w.day, w.Period, w.Place, w.matter.Name)
	for _, t := range list {
		if err := s.genuineSlot(&t); err != nil {
			return t, err
		}
		switch {
		case t.State == Closed:
			why = fault.Newf(fault.Precondition, "appointment.book.closed", "%s %s 的号源已关闭（%s），请选择其他时段", w.day, w.Period, t.Reason)
		case t.Used >= t.Quota:
			why = fault.Newf(fault.Precondition, "appointment.book.full", "%s %s 已约满%s", w.day, w.Period, s.instead(ctx, tx, w))
		default:
			return t, nil
		}
	}
	return Slot{}, why
}

// instead is what else is free on that day at that place, in words.
func (s *Service) instead(ctx context.Context, q db.Q, w wish) string {
	free, err := db.All[Slot](ctx, q, freeSQL, w.day, w.Place, w.matter.Group, Any)
	free = slices.DeleteFunc(free, func(t Slot) bool { return s.begun(t.Day, t.Begins) })
	if err != nil || len(free) == 0 {
		return "，请选择其他日期或地点"
	}
	return "；同一天还可预约 " + free[0].Period()
}

// begun says that it is too late to book a slot of these hours: who offers a time and
// who books it ask the same.
func (s *Service) begun(day clock.Date, begins string) bool { return !s.now().Before(at(day, begins)) }

// allowed are the rules on people.
func (s *Service) allowed(ctx context.Context, tx pgx.Tx, w wish) error {
	st, err := s.standing(ctx, tx, w.numbers)
	if err != nil {
		return err
	}
	if !st.Barred.IsZero() {
		return fault.Newf(fault.Precondition, "appointment.book.barred", "%d 天内预约后未到 %d 次，限约至 %s；期间可直接到窗口取号办理", missedIn, missed, st.Barred)
	}
	number, again, err := db.Maybe[struct{ Number string }](ctx, tx, sameDaySQL, w.numbers, w.day, w.matter.Code)
	if err == nil && again {
		err = fault.Newf(fault.Conflict, "appointment.book.twice", "同一人同一天同一事项只能预约一次，已有预约 %s；要改时段请先取消它", number.Number)
	}
	return err
}

func (s *Service) insert(ctx context.Context, tx pgx.Tx, by By, w wish, slot Slot) (Booking, error) {
	n, err := db.Value[int](ctx, tx, numberSQL, w.day)
	if err != nil {
		return Booking{}, err
	}
	b := Booking{
		ID: uuid.Must(uuid.NewV7()).String(), Number: fmt.Sprintf("YY%02d%02d%02d%04d", w.day.Year%100, w.day.Month, w.day.Day, n),
		Caller: by.Caller, Call: w.Call, Digest: w.digest, Ref: w.Ref, Slot: slot.ID, Day: w.day, Begins: slot.Begins, Ends: slot.Ends, Place: slot.Place,
		Name: w.Name, Blind: w.blind, IDNo: w.id.Mask(), Mobile: w.mobile.Mask(), Matter: w.matter.Code, Channel: by.Channel, Account: w.Account,
		State: Booked, Version: 1, CreatedAt: s.now(), ChangedAt: s.now(),
	}
	idNo, err := s.keys.SealAt([]string{placeIDNo, b.ID}, []byte(w.id.Reveal()))
	if err != nil {
		return b, err
	}
	mobile, err := s.keys.SealAt([]string{placeMobile, b.ID}, []byte(w.mobile.Reveal()))
	if err != nil {
		return b, err
	}
	var form []byte
	if len(w.Form) > 0 {
		raw, err := json.Marshal(w.Form)
		if err != nil {
			return b, err
		}
		if form, err = s.keys.SealAt([]string{placeForm, b.ID}, raw); err != nil {
			return b, err
		}
	}
	b.MAC = s.keys.RowMAC(b.parts()...)
	_, err = tx.Exec(ctx, insertSQL, b.ID, b.Number, b.Caller, b.Call, b.Digest, b.Ref, b.Slot, b.Day, b.Name, idNo, b.Blind, b.IDNo, mobile, b.Mobile,
		b.Matter, b.Channel, b.Account, form, b.State, b.CreatedAt, by.Caller, b.MAC)
	if db.IsUnique(err, "appointment_booking_caller_call_key") || db.IsUnique(err, "appointment_booking_ref") {
		return b, reused() // for somebody else, a moment ago
	}
	if err != nil {
		err = fmt.Errorf("insert booking: %w", err)
	}
	return b, err
}

func reused() error {
	return fault.New(fault.Conflict, "appointment.book.reused", "这个请求编号已用于另一个预约，请刷新页面后重新预约")
}

// Cancel gives a place back before its period begins. key is the booking's id, its
// number or the caller's own reference; one that is not the caller's or the
// person's does not exist. Cancelling again changes nothing. Faults: missing,
// appointment.cancel.begun, .state.
func (s *Service) Cancel(ctx context.Context, tx pgx.Tx, by By, key, reason string) (Booking, error) {
	b, err := s.theirs(ctx, tx, by, key)
	if err != nil || b.State == Cancelled {
		return b, err
	}
	switch {
	case b.State != Booked:
		return b, fault.Newf(fault.Conflict, "appointment.cancel.state", "预约当前为“%s”，不能取消", stateNames[b.State])
	case b.begun(s.now()):
		return b, fault.New(fault.Precondition, "appointment.cancel.begun", "预约的时段已经开始，不能取消")
	}
	return s.give(ctx, tx, b, Cancelled, reason, "", by.Caller, "appointment.booking.cancel")
}

// Convert marks a booking as what became of it, an online application, and gives
// its place back. A repeat for the same case changes nothing. It checks no right.
// Faults: missing, appointment.convert.state, .begun.
func (s *Service) Convert(ctx context.Context, tx pgx.Tx, by By, key, caseID string) (Booking, error) {
	b, err := s.theirs(ctx, tx, by, key)
	if err != nil || b.State == Converted && b.Case == caseID {
		return b, err
	}
	if b.State != Booked || caseID == "" {
		return b, fault.Newf(fault.Conflict, "appointment.convert.state", "预约当前为“%s”，不能转为网上申请", stateNames[b.State])
	}
	if b.begun(s.now()) {
		return b, fault.New(fault.Precondition, "appointment.convert.begun", "预约的时段已经开始，请直接网上申请或到窗口办理")
	}
	return s.give(ctx, tx, b, Converted, "", caseID, by.Caller, "appointment.booking.convert")
}

// theirs locks a booking of whoever acts, its slot first: everybody locks in that
// order. Fault: missing.
func (s *Service) theirs(ctx context.Context, tx pgx.Tx, by By, key string) (Booking, error) {
	found, err := db.Row[struct{ ID, Slot string }](ctx, tx, findSQL, key, by.Caller)
	if err != nil {
		return Booking{}, err
	}
	if _, err := tx.Exec(ctx, lockSlotSQL, found.Slot); err != nil {
		return Booking{}, fmt.Errorf("lock slot: %w", err)
	}
	b, err := db.Locked[Booking](ctx, tx, lockSQL, bookingSQL, found.ID)
	if err != nil {
		return b, err
	}
	own, err := s.owns(ctx, tx, by, &b)
	if err != nil {
		return Booking{}, err
	}
	if !own {
		return Booking{}, db.Missing()
	}
	s.entitle(&b)
	return b, s.genuine(&b)
}

// owns says whether a booking is of whoever acts: the platform's that made it, an
// applicant's under whichever of their numbers; a clerk's are everybody's.
func (s *Service) owns(ctx context.Context, q db.Q, by By, b *Booking) (bool, error) {
	switch by.Channel {
	case OneStop:
		return b.Caller == by.Caller, nil
	case Own:
		numbers, err := s.numbers(ctx, q, by.Blind)
		return by.Blind != nil && among(numbers, b.Blind), err
	}
	return true, nil
}

// give ends a booking and frees its place, in the caller's transaction.
func (s *Service) give(ctx context.Context, tx pgx.Tx, b Booking, to State, reason, caseID, who, action string) (Booking, error) {
	slot, err := db.Row[Slot](ctx, tx, slotSQL, b.Slot)
	if err != nil {
		return b, err
	}
	if err := s.genuineSlot(&slot); err != nil {
		return b, err
	}
	slot.Used--
	if err := s.saveSlot(ctx, tx, &slot, who); err != nil {
		return b, err
	}
	b.State, b.Reason, b.Case = to, reason, caseID
	if err := s.save(ctx, tx, &b, who); err != nil {
		return b, err
	}
	return b, s.audit.Record(ctx, tx, action, b.ID, map[string]any{"number": b.Number, "reason": reason, "case": caseID})
}

func (s *Service) save(ctx context.Context, tx pgx.Tx, b *Booking, who string) error {
	b.Version++
	b.ChangedAt = s.now()
	b.MAC = s.keys.RowMAC(b.parts()...)
	_, err := tx.Exec(ctx, updateSQL, b.ID, b.State, b.Reason, b.Case, b.Version, who, b.ChangedAt, b.MAC)
	return err
}

// saveSlot writes a locked slot. Its version counts what an official changed, not
// the bookings: these make no page stale.
func (s *Service) saveSlot(ctx context.Context, tx pgx.Tx, t *Slot, who string) error {
	t.ChangedAt = s.now()
	t.MAC = s.keys.RowMAC(t.parts()...)
	_, err := tx.Exec(ctx, updateSlotSQL, t.ID, t.Quota, t.Used, t.State, t.Reason, t.Version, who, t.ChangedAt, t.MAC)
	return err
}
