// Package alarm keeps the alarms of a venue: raised by any part of it in the
// transaction of what it noticed, shown to proctors until somebody
// acknowledges them, and told to the centre through the journal (M65, chapter
// 9.5 of the domain reference: yellow for what must be looked at, red for what
// stops a release). It plays no sound and punishes nobody.
package alarm

import (
	"time"

	"github.com/google/uuid"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

const (
	bucket = "alarm"      // id → Alarm
	open   = "alarm_open" // dedupe key → id
	// lasting holds the keys of states that have begun and not ended.
	lasting = "alarm_lasting"
)

// Alarm is one alarm and what became of it.
type Alarm struct {
	wire.Alarm
	At    time.Time `json:"at"`
	Key   string    `json:"key,omitempty"`
	Count int       `json:"count"` // how often it was raised while open
	AckBy string    `json:"ack_by,omitempty"`
	AckAt time.Time `json:"ack_at,omitzero"`
	Note  string    `json:"note,omitempty"`
}

// Open reports whether nobody has acknowledged it yet.
func (a Alarm) Open() bool { return a.AckBy == "" }

// Raise stores an alarm and appends it to the journal. While an alarm with the
// same key is open it is only counted up, so a terminal that repeats itself
// does not drown the console; an empty key is never merged.
func Raise(tx *store.Tx, key string, a wire.Alarm) error {
	if key != "" {
		if id := tx.Get(open, key); id != nil {
			have, ok, err := store.Load[Alarm](tx, bucket, string(id))
			if err != nil {
				return err
			}
			if ok && have.Open() {
				have.Count++
				return store.Save(tx, bucket, have.ID, have)
			}
		}
	}
	if a.ID == "" { // the centre names the alarms that stand there as well
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		a.ID = id.String()
	}
	rec := Alarm{Alarm: a, At: tx.Now(), Key: key, Count: 1}
	if key != "" {
		tx.Put(open, key, []byte(a.ID))
	}
	if err := store.Save(tx, bucket, a.ID, rec); err != nil {
		return err
	}
	_, err := tx.Append(journal.LaneExam, wire.KindAlarm, a.Sitting, a)
	return err
}

// Acknowledge notes who has seen an alarm. Doing it twice changes nothing. It
// fails with supervise.alarm.missing.
func Acknowledge(tx *store.Tx, id, by, note string) error {
	a, ok, err := store.Load[Alarm](tx, bucket, id)
	if err != nil {
		return err
	}
	if !ok {
		return fault.NotFoundf("supervise.alarm.missing", "没有这条告警，请刷新页面")
	}
	if !a.Open() {
		return nil
	}
	a.AckBy, a.AckAt, a.Note = by, tx.Now(), note
	if a.Key != "" {
		tx.Delete(open, a.Key)
	}
	if err := store.Save(tx, bucket, id, a); err != nil {
		return err
	}
	_, err = tx.Append(journal.LaneExam, wire.KindAlarmCleared, a.Sitting,
		wire.AlarmAcknowledged{ID: id, Sitting: a.Sitting, By: by, Note: note})
	return err
}

// System is who clears an alarm whose cause has gone.
const System = "system"

// Begin raises an alarm about a state that lasts, once, until End: somebody who
// has acknowledged that a disk is filling up does not hear it again every minute.
func Begin(tx *store.Tx, key string, a wire.Alarm) error {
	if Lasts(tx, key) {
		return nil
	}
	tx.Put(lasting, key, []byte{1})
	return Raise(tx, key, a)
}

// End says that such a state is over; an alarm that nobody has acknowledged is
// cleared with the note. Without Begin it changes nothing.
func End(tx *store.Tx, key, note string) error {
	if !Lasts(tx, key) {
		return nil
	}
	tx.Delete(lasting, key)
	return Settle(tx, key, System, note)
}

// Settle acknowledges the open alarm of a key, if there is one, for somebody who
// has dealt with its cause.
func Settle(tx *store.Tx, key, by, note string) error {
	if id := tx.Get(open, key); id != nil {
		return Acknowledge(tx, string(id), by, note)
	}
	return nil
}

// Lasts reports whether a state has begun and not ended.
func Lasts(r store.Reader, key string) bool { return r.Get(lasting, key) != nil }

// List returns the alarms of a sitting and those of no sitting, newest first.
func List(r store.Reader, sitting string) ([]Alarm, error) {
	all, err := store.All[Alarm](r, bucket, "")
	if err != nil {
		return nil, err
	}
	out := []Alarm{}
	for i := len(all) - 1; i >= 0; i-- {
		if a := all[i]; sitting == "" || a.Sitting == "" || a.Sitting == sitting {
			out = append(out, a)
		}
	}
	return out, nil
}

// Red reports whether an unacknowledged red alarm stands for a sitting.
func Red(r store.Reader, sitting string) (bool, error) {
	list, err := List(r, sitting)
	if err != nil {
		return false, err
	}
	for _, a := range list {
		if a.Open() && a.Level == wire.AlarmRed {
			return true, nil
		}
	}
	return false, nil
}
