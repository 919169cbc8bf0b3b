package online

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/appointment"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// Visits are an applicant's appointments (M15).
type Visits struct {
	Coming []Visit    `json:"coming"`
	Missed int        `json:"missed" doc:"90 天内预约未到的次数"`
	Barred clock.Date `json:"barred,omitzero" doc:"限制预约到这一天；空为不限制"`
}

// Visit is a booked visit.
type Visit struct {
	ID        string     `json:"id"`
	Number    string     `json:"number"`
	Matter    string     `json:"matter"`
	Title     string     `json:"title"`
	Day       clock.Date `json:"day"`
	Period    string     `json:"period"`
	Place     string     `json:"place"`
	Materials int        `json:"materials"`
	Online    bool       `json:"online" doc:"可以改为网上申请，不用到场"`
}

// Opening is a time at which a matter can be booked.
type Opening struct {
	Day    clock.Date `json:"day"`
	Period string     `json:"period"`
	Place  string     `json:"place"`
	Left   int        `json:"left"`
}

// Wish is a visit as an applicant asks for it.
type Wish struct {
	ID     string `json:"event_id" minLength:"8" maxLength:"64" pattern:"^[0-9A-Za-z._-]+$" patternDescription:"字母、数字、点、横线或下划线"`
	Matter string `json:"matter" maxLength:"8"`
	Day    string `json:"day" maxLength:"10"`
	Period string `json:"period" maxLength:"11"`
	Place  string `json:"place" maxLength:"60"`
}

func visit(b appointment.Booking, online bool) Visit {
	return Visit{
		ID: b.ID, Number: b.Number, Matter: b.Matter, Title: b.Title, Day: b.Day, Period: b.Begins + "-" + b.Ends, Place: b.Place, Materials: b.Materials, Online: online,
	}
}

// by is the caller as appointments know them.
func (s *Service) by(ctx context.Context) (appointment.By, User, error) {
	actor, err := auth.Require(ctx, application.PermOwn)
	if err != nil {
		return appointment.By{}, User{}, err
	}
	p, err := s.People.Get(ctx, s.DB, actor.ID)
	if err != nil {
		return appointment.By{}, User{}, err
	}
	_, u, err := account(ctx)
	return appointment.By{Caller: actor.ID, Channel: appointment.Own, Blind: p.Blind}, u, err
}

// Visits are the caller's booked visits, the next first.
func (s *Service) Visits(ctx context.Context) (Visits, error) {
	by, _, err := s.by(ctx)
	if err != nil {
		return Visits{}, err
	}
	st, err := s.Visiting.Standing(ctx, s.DB, by.Blind)
	out := Visits{Missed: st.Missed, Barred: st.Barred, Coming: make([]Visit, len(st.Coming))}
	for i, b := range st.Coming {
		out.Coming[i] = visit(b, s.takes(b.Matter))
	}
	return out, err
}

func (s *Service) takes(matter string) bool {
	d, err := s.Matters.Current(matter)
	return err == nil && application.Online(d)
}

// Openings are the times at which a matter can be booked. Fault:
// appointment.matter.
func (s *Service) Openings(ctx context.Context, matter string) ([]Opening, error) {
	if _, err := auth.Require(ctx, application.PermOwn); err != nil {
		return nil, err
	}
	list, err := s.Visiting.Free(ctx, s.DB, matter)
	out := make([]Opening, 0, len(list))
	for i := range list {
		t := &list[i]
		next := Opening{Day: t.Day, Period: t.Period(), Place: t.Place, Left: t.Quota - t.Used}
		// the slot of the matter's group and the one for everything follow each other,
		// and are one time for whoever comes
		if n := len(out) - 1; n >= 0 && out[n].Day == next.Day && out[n].Period == next.Period && out[n].Place == next.Place {
			out[n].Left += next.Left
			continue
		}
		out = append(out, next)
	}
	return out, err
}

// Book books a visit. Faults: those of appointment.
func (s *Service) Book(ctx context.Context, in Wish) (Visit, error) {
	by, u, err := s.by(ctx)
	if err != nil {
		return Visit{}, err
	}
	var out Visit
	return out, s.DB.InTx(ctx, func(tx pgx.Tx) error {
		b, err := s.Visiting.Book(ctx, tx, by, appointment.Request{
			Call: in.ID, Account: u.ID, Matter: in.Matter, Name: u.Name, IDNo: u.IDNo, Mobile: u.Mobile, Day: in.Day, Period: in.Period, Place: in.Place,
		})
		out = visit(b, s.takes(b.Matter))
		return err
	})
}

// CallOff cancels a visit. Faults: those of appointment.
func (s *Service) CallOff(ctx context.Context, id string) (Visits, error) {
	by, _, err := s.by(ctx)
	if err != nil {
		return Visits{}, err
	}
	err = s.DB.InTx(ctx, func(tx pgx.Tx) error {
		_, err := s.Visiting.Cancel(ctx, tx, by, id, "申请人取消")
		return err
	})
	if err != nil {
		return Visits{}, err
	}
	return s.Visits(ctx)
}

// Slip is the slip of a visit. Faults: those of appointment.
func (s *Service) Slip(ctx context.Context, id string) (name string, pdf []byte, err error) {
	by, _, err := s.by(ctx)
	if err != nil {
		return "", nil, err
	}
	return s.Visiting.Slip(ctx, s.DB, by, id)
}

// Turn makes an online application of a visit: its place is given back, what it
// carried lies in the draft (M15). Faults: those of appointment and of Begin.
func (s *Service) Turn(ctx context.Context, id string, in application.OwnDraft) (application.OwnPage, error) {
	by, u, err := s.by(ctx)
	if err != nil {
		return application.OwnPage{}, err
	}
	p, err := s.Cases.OwnCarry(ctx, u.Account, in, s.numbers(ctx), func(tx pgx.Tx, caseID string) (application.Brought, error) {
		c, err := s.Visiting.Carried(ctx, tx, by, id)
		if err != nil {
			return application.Brought{}, err
		}
		if !strings.EqualFold(c.Booking.Matter, in.Matter) {
			return application.Brought{}, fault.New(fault.Invalid, "online.visit.matter", "这次预约的是其他业务，请从预约里重新选择")
		}
		if c.Booking.State == appointment.Converted && c.Booking.Case == caseID {
			return application.Brought{}, nil // pressed twice: it lies there already
		}
		out := application.Brought{Form: c.Form}
		for _, m := range c.Materials {
			out.Files = append(out.Files, application.BroughtFile{Code: m.Code, Name: m.Name, Data: m.Data})
		}
		_, err = s.Visiting.Convert(ctx, tx, by, id, caseID)
		return out, err
	})
	if err != nil {
		return p, err
	}
	return s.Cases.OwnLook(ctx, p, u.Account)
}
