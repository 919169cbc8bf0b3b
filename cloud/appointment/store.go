package appointment

import (
	"context"

	"huyun.internal/cloud/platform/db"
)

const (
	slotColumns = `s.id, s.day, s.begins, s.ends, s.place, s.grp, s.quota, s.used, s.state, s.reason, s.version, s.changed_at, s.mac`

	listSlotSQL   = `SELECT ` + slotColumns + ` FROM appointment_slot s`
	slotSQL       = listSlotSQL + ` WHERE s.id = $1`
	lockSlotSQL   = `SELECT 1 FROM appointment_slot WHERE id = $1 FOR UPDATE`
	lockDaySQL    = `SELECT pg_advisory_xact_lock(21, hashtext($1))`
	overlapSQL    = `SELECT EXISTS (SELECT FROM appointment_slot WHERE day = $1 AND place = $2 AND grp = $3 AND begins < $5 AND ends > $4)`
	insertSlotSQL = `INSERT INTO appointment_slot (id, day, begins, ends, place, grp, quota, used, state, version, changed_by, changed_at, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10, $11, $12)`
	updateSlotSQL = `UPDATE appointment_slot SET quota = $2, used = $3, state = $4, reason = $5, version = $6, changed_by = $7, changed_at = $8, mac = $9
		WHERE id = $1`
	// the group's own slot before the one for everything; locked in that order
	fittingSQL = listSlotSQL + ` WHERE s.day = $1 AND s.begins = $2 AND s.ends = $3 AND s.place = $4 AND s.grp IN ($5, $6)
		ORDER BY s.grp = $6, s.id FOR UPDATE`
	freeSQL    = listSlotSQL + ` WHERE s.day = $1 AND s.place = $2 AND s.grp IN ($3, $4) AND s.state = 'OPEN' AND s.used < s.quota ORDER BY s.begins`
	placesSQL  = `SELECT DISTINCT place FROM appointment_slot ORDER BY place`
	periodsSQL = `SELECT DISTINCT begins || '-' || ends AS period FROM appointment_slot ORDER BY period`

	bookingColumns = `b.id, b.number, b.caller, b.call, b.call_digest, b.ref, b.slot, b.day, s.begins, s.ends, s.place, b.name, b.idno_blind, b.idno_mask,
		b.mobile_mask, b.matter, b.channel, b.account, b.state, b.reason, b.case_id, b.version, b.created_at, b.changed_at, b.mac,
		(SELECT count(*) FROM appointment_material m WHERE m.booking = b.id) AS materials`

	listBookingSQL = `SELECT ` + bookingColumns + ` FROM appointment_booking b JOIN appointment_slot s ON s.id = b.slot`
	bookingSQL     = listBookingSQL + ` WHERE b.id = $1`
	lockSQL        = `SELECT 1 FROM appointment_booking WHERE id = $1 FOR UPDATE`
	// a caller's reference may look like somebody's number: theirs is meant
	findSQL      = `SELECT id, slot FROM appointment_booking WHERE id = $1 OR number = $1 OR (caller = $2 AND ref = $1 AND ref <> '') ORDER BY caller = $2 AND ref = $1 DESC LIMIT 1`
	calledSQL    = listBookingSQL + ` WHERE b.caller = $1 AND b.call = $2`
	referredSQL  = listBookingSQL + ` WHERE b.caller = $1 AND b.ref = $2 AND b.ref <> ''`
	sameDaySQL   = `SELECT number FROM appointment_booking WHERE idno_blind = ANY($1) AND day = $2 AND matter = $3 AND state IN ('BOOKED', 'ARRIVED', 'NO_SHOW')`
	openSlotsSQL = listSlotSQL + ` WHERE s.day BETWEEN $1 AND $2 AND s.grp IN ($3, $4) AND s.state = 'OPEN' AND s.used < s.quota ORDER BY s.day, s.begins, s.place, s.grp DESC LIMIT $5`
	missedSQL    = `SELECT day FROM appointment_booking WHERE idno_blind = ANY($1) AND state = 'NO_SHOW' ORDER BY day`
	comingSQL    = listBookingSQL + ` WHERE b.idno_blind = ANY($1) AND b.state = 'BOOKED' AND b.day >= $2 ORDER BY b.day, s.begins`
	waitingInSQL = listBookingSQL + ` WHERE b.slot = $1 AND b.state = 'BOOKED' ORDER BY b.number FOR UPDATE OF b`
	overdueSQL   = listBookingSQL + ` WHERE b.state = 'BOOKED' AND b.day < $1 ORDER BY b.day LIMIT $2 FOR UPDATE OF b SKIP LOCKED`
	insertSQL    = `INSERT INTO appointment_booking (id, number, caller, call, call_digest, ref, slot, day, name, idno, idno_blind, idno_mask, mobile, mobile_mask,
		matter, channel, account, form, state, version, created_at, changed_by, changed_at, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, 1, $20, $21, $20, $22)`
	updateSQL = `UPDATE appointment_booking SET state = $2, reason = $3, case_id = $4, version = $5, changed_by = $6, changed_at = $7, mac = $8 WHERE id = $1`
	numberSQL = `INSERT INTO appointment_number (day, last) VALUES ($1, 1) ON CONFLICT (day) DO UPDATE SET last = appointment_number.last + 1 RETURNING last`
	mobileSQL = `SELECT mobile FROM appointment_booking WHERE id = $1`
	formSQL   = `SELECT form FROM appointment_booking WHERE id = $1`

	materialsSQL     = `SELECT code, name, kind, size, added_at, blob FROM appointment_material WHERE booking = $1 ORDER BY code`
	materialSQL      = `SELECT code, name, kind, size, added_at, blob FROM appointment_material WHERE booking = $1 AND code = $2`
	countMaterialSQL = `SELECT count(*) FROM appointment_material WHERE booking = $1 AND code <> $2`
	putMaterialSQL   = `INSERT INTO appointment_material (booking, code, name, kind, size, blob, added_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (booking, code) DO UPDATE SET name = excluded.name, kind = excluded.kind, size = excluded.size, blob = excluded.blob, added_at = excluded.added_at`
)

var (
	slotSorts    = db.Sorts{"": "s.day, s.begins, s.place, s.grp", "day": "s.day", "quota": "s.quota", "used": "s.used", "place": "s.place"}
	bookingSorts = db.Sorts{"": "b.day DESC, b.id DESC", "day": "b.day", "number": "b.number", "created_at": "b.created_at", "changed_at": "b.changed_at"}
)

func listSlots(ctx context.Context, q db.Q, f SlotFilter, page db.Page) (db.List[Slot], error) {
	w := new(db.Where).Eq("s.place", f.Place).Eq("s.grp", f.Group).Eq("s.state", f.State).Like(page.Q, "s.place", "s.reason")
	between(w, "s.day", f.From, f.To)
	return db.Select[Slot](ctx, q, listSlotSQL, w, slotSorts, page)
}

func between(w *db.Where, column, from, to string) {
	if from != "" {
		w.And(column+" >= ?::date", from)
	}
	if to != "" {
		w.And(column+" <= ?::date", to)
	}
}

func listBookings(ctx context.Context, q db.Q, f Filter, numbers [][]byte, page db.Page) (db.List[Booking], error) {
	w := new(db.Where).Eq("s.place", f.Place).Eq("b.state", f.State).Eq("b.matter", f.Matter).Eq("b.slot", f.Slot).Eq("b.channel", f.Channel)
	between(w, "b.day", f.From, f.To)
	if numbers != nil {
		w.And("b.idno_blind = ANY(?)", numbers)
	} else {
		w.Like(page.Q, "b.number", "b.name", "b.ref")
	}
	return db.Select[Booking](ctx, q, listBookingSQL, w, bookingSorts, page)
}
