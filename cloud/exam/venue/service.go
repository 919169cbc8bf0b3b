package venue

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Service keeps venues.
type Service struct {
	db    *db.DB
	keys  *keys.Ring
	audit *audit.Log
	clock clock.Clock
	// Around tells who works at a venue and how its devices are; nil: nobody does.
	Around Around
	// Nodes says whose device has reported; without it no rehearsal comes in.
	Nodes Nodes
}

// New makes the service.
func New(d *db.DB, k *keys.Ring, a *audit.Log, c clock.Clock) *Service {
	return &Service{db: d, keys: k, audit: a, clock: c}
}

const placeMobile = "exam_venue.mobile"

// List finds venues in the reader's scope.
func (s *Service) List(ctx context.Context, state string, page db.Page) (db.List[Venue], error) {
	actor, err := auth.Require(ctx, PermList)
	if err != nil {
		return db.List[Venue]{}, err
	}
	return list(ctx, s.db, actor.Scope, state, page)
}

// Get reads one venue with its rooms.
func (s *Service) Get(ctx context.Context, id string) (Venue, error) {
	actor, err := auth.Require(ctx, PermList)
	if err != nil {
		return Venue{}, err
	}
	if err := actor.Venue(id); err != nil {
		return Venue{}, err
	}
	return read(ctx, s.db, venueSQL, id)
}

// Create adds a venue. Only those who see all venues can add one. Faults:
// those of Draft, exam.venue.save.taken.
func (s *Service) Create(ctx context.Context, d Draft) (Venue, error) {
	if _, err := auth.RequireCity(ctx, PermSave); err != nil {
		return Venue{}, err
	}
	id, now := uuid.Must(uuid.NewV7()).String(), s.clock.Now()
	return s.save(ctx, id, d, func(tx pgx.Tx, mobile []byte, mask string) error {
		_, err := tx.Exec(ctx, insertSQL, id, d.Code, d.Name, d.District, d.Address, d.Contact, mobile, mask, now)
		return err
	})
}

// Change rewrites a venue's base data. Faults: those of Draft,
// exam.venue.save.taken, exam.venue.save.revision, exam.venue.save.booked.
func (s *Service) Change(ctx context.Context, id string, revision int, d Draft) (Venue, error) {
	actor, err := auth.Require(ctx, PermSave)
	if err != nil {
		return Venue{}, err
	}
	if err := actor.Venue(id); err != nil {
		return Venue{}, err
	}
	return s.save(ctx, id, d, func(tx pgx.Tx, mobile []byte, mask string) error {
		old, err := read(ctx, tx, lockSQL, id)
		if err != nil {
			return err
		}
		if old.Revision != revision {
			return fault.New(fault.Conflict, "exam.venue.save.revision", "这个考场刚被其他人修改过，请刷新后重新填写")
		}
		if err := s.keepBooked(ctx, tx, old, d); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, updateSQL, id, d.Code, d.Name, d.District, d.Address, d.Contact, mobile, mask, s.clock.Now())
		return err
	})
}

// keepBooked refuses to change a room under the candidates of a sitting, or to
// drop one that a sitting was ever held in.
func (s *Service) keepBooked(ctx context.Context, tx pgx.Tx, old Venue, d Draft) error {
	booked, err := names(ctx, tx, bookedSQL, old.ID)
	if err != nil {
		return err
	}
	used, err := names(ctx, tx, usedSQL, old.ID)
	if err != nil {
		return err
	}
	for _, r := range old.Rooms {
		i := slices.IndexFunc(d.Rooms, func(n Room) bool { return n.Name == r.Name })
		if (i < 0 && used[r.Name]) || (i >= 0 && booked[r.Name] && !slices.Equal(d.Rooms[i].Seats, r.Seats)) {
			return fault.Newf(fault.Conflict, "exam.venue.save.booked", "考室“%s”已有场次使用，不能删除，开考前也不能改动座位", r.Name)
		}
	}
	return nil
}

func (s *Service) save(ctx context.Context, id string, d Draft, write func(tx pgx.Tx, mobile []byte, mask string) error) (Venue, error) {
	var out Venue
	if err := d.check(); err != nil {
		return out, err
	}
	mobile, mask, err := s.sealMobile(id, d.Mobile)
	if err != nil {
		return out, err
	}
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		if err := write(tx, mobile, mask); err != nil {
			return err
		}
		keep := map[string]bool{}
		for _, r := range d.Rooms {
			keep[r.Name] = true
			if _, err := tx.Exec(ctx, putRoomSQL, id, r.Name, r.Seats); err != nil {
				return fmt.Errorf("save room: %w", err)
			}
		}
		if _, err := tx.Exec(ctx, dropRoomsSQL, id, slices.Sorted(maps.Keys(keep))); err != nil {
			return fmt.Errorf("drop rooms: %w", err)
		}
		var err error
		if out, err = read(ctx, tx, venueSQL, id); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermSave, id, map[string]any{"code": d.Code, "name": d.Name, "rooms": len(d.Rooms)})
	})
	if db.IsUnique(err, "") {
		return out, fault.New(fault.Conflict, "exam.venue.save.taken", "考场代码或名称已被其他考场使用，请换一个").With(err)
	}
	return out, err
}

func (s *Service) sealMobile(id, text string) (sealed []byte, mask string, err error) {
	if text == "" {
		return nil, "", nil
	}
	m, err := person.ParseMobile(text)
	if err != nil {
		return nil, "", err
	}
	if sealed, err = s.keys.SealAt([]string{placeMobile, id}, []byte(m.Reveal())); err != nil {
		return nil, "", fmt.Errorf("seal mobile: %w", err)
	}
	return sealed, m.Mask(), nil
}

// Board shows every open venue of the reader's scope with its most urgent
// sitting and the red alarms that nobody has acknowledged.
func (s *Service) Board(ctx context.Context) ([]BoardRow, error) {
	actor, err := auth.Require(ctx, PermList)
	if err != nil {
		return nil, err
	}
	today := clock.DateOf(s.clock.Now())
	out, err := board(ctx, s.db, actor.Scope, today.Start(), today.End())
	if err != nil || s.Around == nil {
		return out, err
	}
	online, err := s.Around.VenuesOnline(ctx)
	for i := range out {
		out[i].Online, out[i].Device = online[out[i].ID]
	}
	return out, err
}

// Book reads a venue and one of its rooms for a sitting and holds both until
// the transaction ends. Faults: exam.venue.closed, exam.venue.room.
func (s *Service) Book(ctx context.Context, tx pgx.Tx, id, room string) (Venue, Room, error) {
	v, err := read(ctx, tx, lockSQL, id)
	if err != nil {
		return v, Room{}, err
	}
	if v.State != Ready {
		return v, Room{}, fault.Newf(fault.Precondition, "exam.venue.closed", "考场“%s”已暂停或停用，不能安排场次", v.Name)
	}
	r, err := v.room(room)
	return v, r, err
}

// Room reads one of a venue's rooms for a sitting that is planned there
// already, whatever has been decided about the venue since. Fault:
// exam.venue.room.
func (s *Service) Room(ctx context.Context, tx pgx.Tx, id, room string) (Room, error) {
	v, err := read(ctx, tx, lockSQL, id)
	if err != nil {
		return Room{}, err
	}
	return v.room(room)
}

// Address is where a venue is, for a ticket.
func (s *Service) Address(ctx context.Context, tx pgx.Tx, id string) (string, error) {
	v, err := read(ctx, tx, venueSQL, id)
	return v.District + v.Address, err
}

func (v *Venue) room(name string) (Room, error) {
	for _, r := range v.Rooms {
		if r.Name == name {
			return r, nil
		}
	}
	return Room{}, fault.New(fault.Invalid, "exam.venue.room", "该考场没有这个考室，请从列表中选择")
}
