package venue

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Equipment is a line of a venue's inventory.
type Equipment struct {
	Kind   string `json:"kind" db:"kind" enum:"考试机,摄像头,身份证阅读器,打印机,监控,网络设备,不间断电源,其他"`
	Room   string `json:"room,omitempty" db:"room" maxLength:"30" doc:"考室，空为全考场共用"`
	Model  string `json:"model,omitempty" db:"model" maxLength:"60"`
	Total  int    `json:"total" db:"total" minimum:"1" maximum:"1000"`
	Usable int    `json:"usable" db:"usable" minimum:"0" maximum:"1000"`
	Note   string `json:"note,omitempty" db:"note" maxLength:"200"`
}

// terminalKind is the equipment that a seat needs.
const terminalKind = "考试机"

// Contact is somebody to call about a venue. Mobile is masked wherever it is
// shown.
type Contact struct {
	ID     string `json:"id" db:"id"`
	Name   string `json:"name" db:"name"`
	Duty   string `json:"duty" db:"duty"`
	Mobile string `json:"mobile" db:"mobile_mask"`
}

const (
	maxContacts  = 20
	placeContact = "exam_venue_contact.mobile"
)

// short names the rooms with fewer working machines than seats; a room whose
// machines nobody has listed is not judged.
func short(rooms []Room, list []Equipment) []string {
	out := []string{}
	for _, r := range rooms {
		usable, listed := 0, false
		for _, e := range list {
			if e.Kind == terminalKind && e.Room == r.Name {
				usable, listed = usable+e.Usable, true
			}
		}
		if listed && usable < len(r.Seats) {
			out = append(out, fmt.Sprintf("%s：可用考试机 %d 台，少于 %d 个座位", r.Name, usable, len(r.Seats)))
		}
	}
	return out
}

// changing runs an act of who keeps venues on one of them.
func (s *Service) changing(ctx context.Context, id string, detail map[string]any, do func(pgx.Tx, Venue) error) error {
	actor, err := auth.Require(ctx, PermSave)
	if err != nil {
		return err
	}
	if err := actor.Venue(id); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		v, err := read(ctx, tx, lockSQL, id)
		if err != nil {
			return err
		}
		if err := do(tx, v); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermSave, id, detail)
	})
}

// Equip replaces a venue's inventory, which was what the caller saw; nil does not
// compare. Faults: exam.venue.equip.room, .usable, .stale.
func (s *Service) Equip(ctx context.Context, id string, list []Equipment, was *[]Equipment) error {
	return s.changing(ctx, id, map[string]any{"equipment": len(list)}, func(tx pgx.Tx, v Venue) error {
		now, err := db.All[Equipment](ctx, tx, equipmentSQL, id)
		if err != nil {
			return err
		}
		if was != nil && !slices.Equal(now, *was) {
			return fault.New(fault.Conflict, "exam.venue.equip.stale", "设备登记已被他人改动，请刷新后再改")
		}
		if _, err := tx.Exec(ctx, dropEquipmentSQL, id); err != nil {
			return fmt.Errorf("drop equipment: %w", err)
		}
		for i, e := range list {
			if e.Room != "" && !slices.ContainsFunc(v.Rooms, func(r Room) bool { return r.Name == e.Room }) {
				return fault.Newf(fault.Invalid, "exam.venue.equip.room", "第 %d 行的考室不在本考场，请重新选择", i+1)
			}
			if e.Usable > e.Total {
				return fault.Newf(fault.Invalid, "exam.venue.equip.usable", "第 %d 行的可用数多于总数，请改正", i+1)
			}
			_, err := tx.Exec(ctx, addEquipmentSQL, id, i+1, e.Kind, e.Room, e.Model, e.Total, e.Usable, e.Note)
			if err != nil {
				return fmt.Errorf("add equipment: %w", err)
			}
		}
		return nil
	})
}

// AddContact adds somebody to call. Faults: those of person,
// exam.venue.contact.duty, exam.venue.contact.many.
func (s *Service) AddContact(ctx context.Context, id, name, duty, mobile string) (Contact, error) {
	out := Contact{ID: uuid.Must(uuid.NewV7()).String(), Duty: duty}
	n, err := person.ParseName(name)
	if err != nil {
		return out, err
	}
	if !person.Line(duty) {
		return out, fault.New(fault.Invalid, "exam.venue.contact.duty", "职责不能含换行和特殊符号")
	}
	m, err := person.ParseMobile(mobile)
	if err != nil {
		return out, err
	}
	out.Name, out.Mobile = string(n), m.Mask()
	sealed, err := s.keys.SealAt([]string{placeContact, out.ID}, []byte(m.Reveal()))
	if err != nil {
		return out, fmt.Errorf("seal mobile: %w", err)
	}
	return out, s.changing(ctx, id, map[string]any{"contact": out.Name, "duty": duty}, func(tx pgx.Tx, _ Venue) error {
		have, err := db.All[Contact](ctx, tx, contactsSQL, id)
		if err != nil {
			return err
		}
		if len(have) >= maxContacts {
			return fault.Newf(fault.Precondition, "exam.venue.contact.many", "一个考场最多 %d 名联系人，请先删除不再需要的", maxContacts)
		}
		if _, err := tx.Exec(ctx, addContactSQL, out.ID, id, out.Name, duty, sealed, out.Mobile); err != nil {
			return fmt.Errorf("add contact: %w", err)
		}
		return nil
	})
}

// RemoveContact takes somebody off the list.
func (s *Service) RemoveContact(ctx context.Context, id, contact string) error {
	return s.changing(ctx, id, map[string]any{"contact_removed": contact}, func(tx pgx.Tx, _ Venue) error {
		tag, err := tx.Exec(ctx, dropContactSQL, id, contact)
		if err != nil {
			return fmt.Errorf("remove contact: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return db.Missing()
		}
		return nil
	})
}
