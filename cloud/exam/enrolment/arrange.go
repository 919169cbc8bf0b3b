package enrolment

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Order is which enrolments get a place in which sitting.
type Order struct {
	Sitting string   `json:"sitting" minLength:"1" maxLength:"40"`
	IDs     []string `json:"ids" minItems:"1" maxItems:"200" doc:"报名"`
}

// Outcome is what became of an order.
type Outcome struct {
	Added   int       `json:"added"`
	Already int       `json:"already" doc:"本来就在该场次中"`
	Refused []Refused `json:"refused"`
}

// Refused is somebody who got no place.
type Refused struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	IDNo string `json:"id_no"`
	Why  string `json:"why"`
}

// Arrange gives enrolments places in a sitting of the caller's venues. Who may not
// have one is told with why, the rest is taken; who has it already keeps it. Faults:
// record.missing, exam.sitting.register.past, exam.sitting.revise.state,
// exam.sitting.import.seats, exam.enrolment.tampered.
func (s *Service) Arrange(ctx context.Context, o Order) (Outcome, error) {
	actor, err := auth.Require(ctx, PermArrange)
	if err != nil {
		return Outcome{}, err
	}
	var out Outcome
	return out, s.audit.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		out = Outcome{Refused: []Refused{}}
		in, err := s.sittings.Registering(ctx, tx, o.Sitting)
		if err != nil {
			return err
		}
		// after the sitting, as whatever changes a sitting locks those who sit in it
		if _, err := tx.Exec(ctx, lockSQL, o.IDs); err != nil {
			return fmt.Errorf("lock enrolments: %w", err)
		}
		list, err := db.All[Enrolment](ctx, tx, someSQL, o.IDs)
		if err != nil {
			return err
		}
		files := make([]string, len(list))
		for i := range list {
			files[i] = list[i].Person
		}
		holders, err := s.people.Holders(ctx, tx, files)
		if err != nil {
			return err
		}
		fit := map[string]*Enrolment{}
		var people []sitting.Registrant
		for i := range list {
			e := &list[i]
			if err := s.genuine(e); err != nil {
				return err
			}
			switch why, here := e.fits(in); {
			case here:
				out.Already++
			case why != "":
				out.refuse(e, why)
			default:
				r, err := s.registrant(ctx, tx, e, holders[e.Person])
				if err != nil {
					return err
				}
				fit[e.ID], people = e, append(people, r)
			}
		}
		if len(people) == 0 {
			return nil
		}
		taken, err := s.sittings.Register(ctx, tx, in, people)
		if err != nil {
			return err
		}
		for _, t := range taken {
			if t.Why != "" {
				out.refuse(fit[t.Ref], t.Why)
				continue
			}
			if err := s.place(ctx, tx, fit[t.Ref], in, t, actor.ID); err != nil {
				return err
			}
			out.Added++
		}
		if out.Added == 0 {
			return nil
		}
		return s.audit.Record(ctx, tx, PermArrange, in.ID, map[string]any{"number": in.Number, "people": out.Added})
	})
}

func (o *Outcome) refuse(e *Enrolment, why string) {
	o.Refused = append(o.Refused, Refused{e.ID, person.MaskName(e.Name), e.IDNo, why})
}

// fits says why an enrolment cannot have a place in a sitting, or that it has one.
func (e *Enrolment) fits(in sitting.Sitting) (why string, here bool) {
	same := slices.IndexFunc(e.Places, func(p Place) bool { return p.Subject == in.Subject })
	switch {
	case slices.ContainsFunc(e.Places, func(p Place) bool { return p.Sitting == in.ID }):
		return "", true
	case e.State == Ended:
		return "报名已结束", false
	case e.State == ToPay:
		return "还没有登记缴款，请先由窗口登记缴款书", false
	case e.Category != in.Category:
		return "报名的类别与该场次不同，请选择同一类别的场次", false
	case !slices.Contains(e.Subjects, in.Subject):
		return "本次报名不含科目“" + in.Subject + "”，请选择其他场次", false
	case same >= 0:
		return "该科目已编入场次 " + e.Places[same].Number, false
	}
	return "", false
}

// registrant is the person of an enrolment as a sitting takes them: what the file
// says of them now.
func (s *Service) registrant(ctx context.Context, tx pgx.Tx, e *Enrolment, p practitioner.Holder) (sitting.Registrant, error) {
	id, mobile, err := s.people.Identity(ctx, tx, p.ID)
	return sitting.Registrant{Ref: e.ID, Name: p.Name, ID: id, Mobile: mobile, Numbers: p.Numbers, Consent: e.Consent, Anew: !e.Again}, err
}

func (s *Service) place(ctx context.Context, tx pgx.Tx, e *Enrolment, in sitting.Sitting, t sitting.Taken, by string) error {
	if t.Candidate == "" {
		return fault.Newf(fault.Internal, "exam.enrolment.arrange.lost", "报名 %s 编入场次后没有准考证号，请联系系统管理员", e.ApplyNo)
	}
	if _, err := tx.Exec(ctx, placeSQL, e.ID, in.ID, t.Candidate, s.now(), by); err != nil {
		return fmt.Errorf("insert place: %w", err)
	}
	p := Place{Number: in.Number, Subject: in.Subject, StartsAt: in.StartsAt, Venue: in.VenueName, Room: in.Room, Admission: t.Admission}
	return s.Note(ctx, tx, *e, "编入考试场次 "+in.Number+"："+p.Text())
}
