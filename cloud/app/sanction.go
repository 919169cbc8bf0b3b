package app

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/person"
)

// wireSanction answers what sanctions ask of files, cases, matters and days, and
// tells files and cases what sanctions do.
func (s *System) wireSanction() {
	s.Sanction = sanction.New(s.DB, s.Keys, s.Audit, s.Clock, s.Log)
	s.Sanction.Calendar = s.Calendar.Calendar
	s.Sanction.Licences = licences{s.Practitioner}
	s.Sanction.People, s.Sanction.Aliases = s.known, s.Practitioner.Aliases
	s.Sanction.SituationName = func(code string) string {
		d, err := s.Matter.Current(code)
		if err != nil {
			return "" // the action names it
		}
		return d.Name
	}
	s.Sanction.Locked = func(ctx context.Context, tx pgx.Tx, l sanction.Lock) error {
		if err := s.OneStop.Notify(ctx, tx, l.Person, "从业资格证件吊销", l.Words()); err != nil {
			return err
		}
		return s.Case.Barred(ctx, tx, l.Person, "收到吊销决定 "+l.DecisionNo)
	}
	s.Sanction.Lifted = func(ctx context.Context, tx pgx.Tx, l sanction.Lock) error {
		if l.Person == "" { // it never found its licence
			return nil
		}
		if err := s.OneStop.Notify(ctx, tx, l.Person, "吊销决定解除或停止执行", l.Words()); err != nil {
			return err
		}
		if err := s.Cancel.Restored(ctx, tx, l.Licence); err != nil {
			return err
		}
		return s.Case.Barred(ctx, tx, l.Person, "吊销决定 "+l.DecisionNo+" 已解除或停止执行")
	}
	s.Sanction.Listed = func(ctx context.Context, tx pgx.Tx, blind []byte) error { return s.Case.Listed(ctx, tx, blind) }
	s.Practitioner.Holds, s.Practitioner.Merged = s.holdsOf, s.merged
}

// merged lets what stands against either of two files that are one now reach the
// open cases of both.
func (s *System) merged(ctx context.Context, tx pgx.Tx, p practitioner.Person) error {
	if err := s.Case.Barred(ctx, tx, p.ID, "档案合并，按合并后的吊销决定核对"); err != nil {
		return err
	}
	return s.Case.Listed(ctx, tx, p.Blind)
}

func (s *System) known(ctx context.Context, q db.Q, blinds [][]byte) ([]sanction.Known, error) {
	list, err := s.Practitioner.Known(ctx, q, blinds)
	out := make([]sanction.Known, len(list))
	for i, p := range list {
		out[i] = sanction.Known{Person: p.ID, Name: p.Name, Blind: p.Blind}
	}
	return out, err
}

// holdsOf is what a person's file shows of lists and revocations.
func (s *System) holdsOf(ctx context.Context, q db.Q, person string) ([]practitioner.Hold, error) {
	p, err := s.Practitioner.Get(ctx, q, person)
	if err != nil {
		return nil, err
	}
	entries, locks, err := s.Sanction.Standing(ctx, q, p.Blind)
	out := []practitioner.Hold{}
	for _, l := range locks {
		out = append(out, practitioner.Hold{Kind: "吊销", Text: l.DecisionNo + "：" + l.Reason, Basis: l.BanBasis, Since: dayOf(l.EffectiveDate)})
	}
	for _, e := range entries {
		out = append(out, practitioner.Hold{Kind: "失信", Text: e.DecisionNo + "：" + e.Reason, Basis: e.Org, Since: dayOf(e.ListedAt)})
	}
	return out, err
}

func dayOf(day string) time.Time {
	d, err := clock.ParseDate(day)
	if err != nil {
		return time.Time{}
	}
	return d.Start()
}

// licences are the practitioners' certificates as revocations need them.
type licences struct{ *practitioner.Service }

// ByNumber prefers certificates in force: replaced and cancelled ones keep their
// number. Where none is, whichever there are may be meant.
func (l licences) ByNumber(ctx context.Context, q db.Q, certType, number string) ([]sanction.Found, error) {
	list, err := l.Service.ByNumber(ctx, q, number)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(x practitioner.Licence) bool { return x.Type != certType })
	if now := slices.DeleteFunc(slices.Clone(list), func(x practitioner.Licence) bool { return x.State != practitioner.InForce }); len(now) > 0 {
		list = now
	}
	return l.found(ctx, q, list)
}

func (l licences) found(ctx context.Context, q db.Q, list []practitioner.Licence) ([]sanction.Found, error) {
	out := make([]sanction.Found, 0, len(list))
	for _, x := range list {
		p, err := l.Get(ctx, q, x.Person)
		if err != nil {
			return nil, err
		}
		out = append(out, sanction.Found{
			Licence: x.ID, Person: p.ID, Blind: p.Blind, Name: p.Name, IDNo: p.IDNo, State: practitioner.StateName(x.State), Type: x.Type,
			ValidTo: x.ValidTo.String(), IssuedAt: x.FirstIssue.String(), InForce: x.State == practitioner.InForce,
		})
		for _, c := range x.Categories {
			out[len(out)-1].Categories = append(out[len(out)-1].Categories, c.Code)
		}
		if x.ValidTo.IsZero() {
			out[len(out)-1].ValidTo = ""
		}
	}
	return out, nil
}

// Sought are the certificates of a number and those of a holder, whatever their state:
// the decision may be about one that has ended.
func (l licences) Sought(ctx context.Context, q db.Q, certType, number string) ([]sanction.Found, error) {
	list, err := l.Service.ByNumber(ctx, q, number)
	if err != nil {
		return nil, err
	}
	if id, bad := person.ParseID(number); bad == nil {
		p, found, err := l.Find(ctx, q, id)
		if err != nil {
			return nil, err
		}
		if found {
			held, err := l.Licences(ctx, q, p.ID)
			if err != nil {
				return nil, err
			}
			list = append(list, held...)
		}
	}
	seen := map[string]bool{}
	list = slices.DeleteFunc(list, func(x practitioner.Licence) bool {
		twice := seen[x.ID]
		seen[x.ID] = true
		return twice || x.Type != certType
	})
	return l.found(ctx, q, list)
}

// One is a certificate by its id.
func (l licences) One(ctx context.Context, q db.Q, licence string) (sanction.Found, error) {
	x, err := l.Licence(ctx, q, licence)
	if err != nil {
		return sanction.Found{}, err
	}
	out, err := l.found(ctx, q, []practitioner.Licence{x})
	if err != nil {
		return sanction.Found{}, err
	}
	return out[0], nil
}
