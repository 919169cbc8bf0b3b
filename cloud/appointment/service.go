package appointment

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/blob"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// Service keeps slots and bookings.
type Service struct {
	db    *db.DB
	keys  *keys.Ring
	audit *audit.Log
	blobs blob.Store
	clock clock.Clock

	// Matters are what can be booked, Groups what a slot can be for; without them
	// nothing can.
	Matters func() []Matter
	Groups  func() []Word
	// Aliases are all indexes of ID numbers of the person of one, their files having
	// been merged; nil: only itself. What was done under any of them counts.
	Aliases func(ctx context.Context, q db.Q, blind []byte) ([][]byte, error)
	// Slips prints what somebody who booked takes along (D13); without it nobody can.
	Slips func(b Booking) ([]byte, error)
	// Calendar is the days that are worked; without it no slots are generated.
	Calendar func(ctx context.Context, q db.Q) (*clock.Calendar, error)
}

// New makes the service.
func New(d *db.DB, k *keys.Ring, a *audit.Log, b blob.Store, c clock.Clock) *Service {
	return &Service{db: d, keys: k, audit: a, blobs: b, clock: c}
}

func (s *Service) now() time.Time { return s.clock.Now().Truncate(time.Microsecond) }

func (s *Service) today() clock.Date { return clock.DateOf(s.clock.Now()) }

// numbers are all indexes of ID numbers of the person of one.
func (s *Service) numbers(ctx context.Context, q db.Q, blind []byte) ([][]byte, error) {
	if s.Aliases == nil || blind == nil {
		return [][]byte{blind}, nil
	}
	return s.Aliases(ctx, q, blind)
}

func among(numbers [][]byte, blind []byte) bool {
	return slices.ContainsFunc(numbers, func(n []byte) bool { return slices.Equal(n, blind) })
}

// matter finds what can be booked, by our code or by the city's. Fault:
// appointment.matter.
func (s *Service) matter(code string) (Matter, error) {
	if s.Matters != nil {
		for _, m := range s.Matters() {
			if code != "" && (m.Code == code || m.ItemCode == code) {
				return m, nil
			}
		}
	}
	return Matter{}, fault.New(fault.Invalid, "appointment.matter", "这个事项不能预约，请选择其他事项或直接到窗口办理")
}

func (s *Service) groups() []Word {
	out := []Word{{Any, "全部事项"}}
	if s.Groups != nil {
		out = append(out, s.Groups()...)
	}
	return out
}

func (s *Service) groupName(code string) string {
	for _, g := range s.groups() {
		if g.Code == code {
			return g.Name
		}
	}
	return code
}

// Words are what forms and filters choose from.
type Words struct {
	Groups  []Word   `json:"groups"`
	Matters []Matter `json:"matters"`
	Places  []string `json:"places" doc:"已有号源的地点"`
	Periods []string `json:"periods" doc:"已有号源的时段"`
	Ahead   int      `json:"ahead" doc:"最多提前几天预约"`
}

// Words tells what can be chosen.
func (s *Service) Words(ctx context.Context) (Words, error) {
	if _, err := auth.Require(ctx, PermSlots); err != nil {
		return Words{}, err
	}
	out := Words{Groups: s.groups(), Matters: []Matter{}, Ahead: Ahead}
	if s.Matters != nil {
		out.Matters = append(out.Matters, s.Matters()...)
	}
	var err error
	if out.Places, err = db.Rows(ctx, s.db, pgx.RowTo[string], placesSQL); err != nil {
		return out, err
	}
	out.Periods, err = db.Rows(ctx, s.db, pgx.RowTo[string], periodsSQL)
	return out, err
}

// Filter narrows bookings; empty fields do not.
type Filter struct {
	From, To, Place, State, Matter, Slot, Channel string
}

// List finds bookings. A whole ID number as the search text finds exactly that
// person's. Fault: clock.date.
func (s *Service) List(ctx context.Context, f Filter, page db.Page) (db.List[Booking], error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return db.List[Booking]{}, err
	}
	if err := days(f.From, f.To); err != nil {
		return db.List[Booking]{}, err
	}
	var sought [][]byte
	if blind := s.keys.Sought(page.Q); blind != nil {
		var err error
		if sought, err = s.numbers(ctx, s.db, blind); err != nil {
			return db.List[Booking]{}, err
		}
	}
	out, err := listBookings(ctx, s.db, f, sought, page)
	for i := range out.Items {
		s.entitle(&out.Items[i])
	}
	return out, err
}

func days(list ...string) error {
	for _, d := range list {
		if _, err := clock.ParseDate(d); d != "" && err != nil {
			return err
		}
	}
	return nil
}

// entitle names the matter; one that is no longer offered keeps its code.
func (s *Service) entitle(b *Booking) {
	b.Title = b.Matter
	if m, err := s.matter(b.Matter); err == nil {
		b.Title = m.Name
	}
}

// Page is a booking with what came along.
type Page struct {
	Booking   Booking    `json:"booking"`
	Materials []Material `json:"materials"`
	Missed    int        `json:"missed" doc:"90 天内未到的次数"`
	Barred    clock.Date `json:"barred,omitzero" doc:"限约至"`
}

// Show reads one booking.
func (s *Service) Show(ctx context.Context, id string) (Page, error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return Page{}, err
	}
	return s.page(ctx, s.db, id)
}

func (s *Service) page(ctx context.Context, q db.Q, id string) (Page, error) {
	b, err := db.Row[Booking](ctx, q, bookingSQL, id)
	if err != nil {
		return Page{}, err
	}
	if err := s.genuine(&b); err != nil {
		return Page{}, err
	}
	s.entitle(&b)
	out := Page{Booking: b}
	if out.Materials, err = db.All[Material](ctx, q, materialsSQL, id); err != nil {
		return out, err
	}
	st, err := s.Standing(ctx, q, b.Blind)
	out.Missed, out.Barred = st.Missed, st.Barred
	return out, err
}

// Standing is how somebody stands with bookings: E28.
type Standing struct {
	Missed int        // no-shows within the last 90 days
	Barred clock.Date // the last day of a bar, zero: none
	Coming []Booking  // booked and not over, the next first
}

// Standing answers for whoever has to know, under all numbers of the person; it
// checks no right.
func (s *Service) Standing(ctx context.Context, q db.Q, blind []byte) (Standing, error) {
	numbers, err := s.numbers(ctx, q, blind)
	if err != nil {
		return Standing{}, err
	}
	return s.standing(ctx, q, numbers)
}

func (s *Service) standing(ctx context.Context, q db.Q, numbers [][]byte) (Standing, error) {
	var out Standing
	days, err := db.Rows(ctx, q, pgx.RowTo[clock.Date], missedSQL, numbers)
	if err != nil {
		return out, err
	}
	for _, d := range days {
		if s.today().Before(d.Add(missedIn)) {
			out.Missed++
		}
	}
	out.Barred = barred(days, s.today())
	out.Coming, err = db.All[Booking](ctx, q, comingSQL, numbers, s.today())
	for i := range out.Coming {
		s.entitle(&out.Coming[i])
	}
	return out, err
}

func (s *Service) genuine(b *Booking) error {
	if !s.keys.CheckRowMAC(b.MAC, b.parts()...) {
		return fault.Newf(fault.Internal, "appointment.tampered", "预约 %s 的数据被程序以外的方式改动过，请联系系统管理员", b.Number)
	}
	return nil
}

func (s *Service) genuineSlot(t *Slot) error {
	if !s.keys.CheckRowMAC(t.MAC, t.parts()...) {
		return fault.Newf(fault.Internal, "appointment.slot.tampered", "%s %s 的号源数据被程序以外的方式改动过，请联系系统管理员", t.Day, t.Period())
	}
	return nil
}

// mostFree is how many slots an applicant is shown at once.
const mostFree = 200

// Free are the slots in which a matter can still be booked, the next first, those
// of its own group before those of every matter. It checks no right. Fault:
// appointment.matter.
func (s *Service) Free(ctx context.Context, q db.Q, matter string) ([]Slot, error) {
	m, err := s.matter(matter)
	if err != nil {
		return nil, err
	}
	list, err := db.All[Slot](ctx, q, openSlotsSQL, s.today(), s.today().Add(Ahead), m.Group, Any, mostFree)
	return slices.DeleteFunc(list, func(t Slot) bool { return s.begun(t.Day, t.Begins) }), err
}
