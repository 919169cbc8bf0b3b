package sitting

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/cloud/training/class"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/sm"
)

// Prospect is what the centre's exams say, today, of somebody who wants to register
// for a subject.
type Prospect struct {
	Open string // an exam that has no end yet bars it, in Chinese
	// Sat says that there was an exam of it, and Makeup that its make-up is still to
	// be had, between First and Last.
	Sat, Makeup bool
	First, Last clock.Date
	Anew        string // why there is no make-up, in Chinese
}

// Prospects are what the exams under all numbers of a person say of subjects of a
// category; banned: why nobody may be registered for anything. It checks no right.
func (s *Service) Prospects(ctx context.Context, q db.Q, numbers [][]byte, category string, subjects []string) (banned string, out map[string]Prospect, err error) {
	list, err := db.Rows(ctx, q, pgx.RowToStructByName[past], pastSQL, numbers, "")
	if err != nil {
		return "", nil, err
	}
	now := s.Clock.Now()
	out = map[string]Prospect{}
	for _, p := range list { // the newest comes first
		in := Sitting{Category: category, Subject: p.Subject, StartsAt: now}
		rule, why := p.against(in, now)
		if rule == ruleBan && banned == "" {
			banned = why
		}
		if p.Category != category || !slices.Contains(subjects, p.Subject) {
			continue
		}
		at, seen := out[p.Subject]
		if !seen {
			at = prospect(in, p)
		}
		if rule == ruleOpen && at.Open == "" {
			at.Open = why
		}
		out[p.Subject] = at
	}
	return banned, out, nil
}

func prospect(in Sitting, last past) Prospect {
	out := Prospect{Sat: last.State == Published, First: FirstMakeup(last.StartsAt), Last: LastMakeup(last.StartsAt)}
	var t int
	t, out.Anew = turn(in, last)
	out.Makeup = t == SecondTurn
	return out
}

// Registrant is somebody who was registered, and has paid, elsewhere.
type Registrant struct {
	Ref     string // by which the caller knows them
	Name    string
	ID      person.ID
	Mobile  person.Mobile
	Numbers [][]byte // all blind indexes of the person
	Consent bool
	Anew    bool // for a first exam, not for a make-up
}

// Taken is what became of a registrant: a candidate, or not and why.
type Taken struct {
	Ref       string
	Candidate string
	Admission string
	Why       string
}

// Register takes registrants into a sitting, in the caller's transaction, with every
// check that Enrol makes; who may not sit is told with why and the rest is taken.
// Faults: exam.sitting.register.past, those of AddCandidate.
func (s *Service) Register(ctx context.Context, tx pgx.Tx, in Sitting, people []Registrant) ([]Taken, error) {
	last, err := s.lastOf(ctx, tx, in, people)
	if err != nil {
		return nil, err
	}
	r := newRoster(in.Category, in.StartsAt, nil)
	for i, p := range people {
		r.row(p.row(i, in, last[i]))
	}
	more, err := s.present(ctx, tx, in, r.entries)
	if err != nil {
		return nil, err
	}
	taken, why := r.sift(more)
	out := make([]Taken, len(people))
	for i, p := range people {
		out[i] = Taken{Ref: p.Ref, Why: why[i]}
	}
	if len(taken) == 0 {
		return out, nil
	}
	if err := s.move(ctx, tx, &in, VerbRevise, ""); err != nil {
		return nil, err
	}
	if err := s.insert(ctx, tx, in, "exam.sitting.register", taken, map[sm.Digest]sm.Digest{}); err != nil {
		return nil, err
	}
	return out, s.seated(ctx, tx, in, taken, out)
}

// seated fills in whom those that were taken are in the sitting.
func (s *Service) seated(ctx context.Context, tx pgx.Tx, in Sitting, taken []entry, out []Taken) error {
	rows, blinds := map[string]int{}, make([][]byte, len(taken))
	for i, e := range taken {
		blinds[i] = s.Keys.Person(e.id)
		rows[string(blinds[i])] = e.row
	}
	type seat struct {
		Blind                []byte
		Candidate, Admission string
	}
	list, err := db.Rows(ctx, tx, pgx.RowToStructByPos[seat], takenSQL, in.ID, blinds)
	for _, c := range list {
		at := &out[rows[string(c.Blind)]]
		at.Candidate, at.Admission = c.Candidate, c.Admission
	}
	return err
}

// Registering is a sitting that people can be registered for, locked until the
// transaction ends. Faults: exam.sitting.register.past, exam.sitting.revise.state.
func (s *Service) Registering(ctx context.Context, tx pgx.Tx, id string) (Sitting, error) {
	in, err := s.locked(ctx, tx, PermEnrol, id)
	if err != nil {
		return in, err
	}
	if !s.Clock.Now().Before(in.StartsAt) {
		return in, fault.New(fault.Precondition, "exam.sitting.register.past", "该场次的开考时间已过，请选择其他场次")
	}
	_, err = in.position().Act(VerbRevise)
	return in, err
}

// lastOf is everybody's newest exam of a sitting's subject; nil: there was none.
func (s *Service) lastOf(ctx context.Context, tx pgx.Tx, in Sitting, people []Registrant) ([]*past, error) {
	var blinds [][]byte
	for _, p := range people {
		blinds = append(blinds, p.Numbers...)
	}
	list, err := db.Rows(ctx, tx, pgx.RowToStructByName[past], pastSQL, blinds, in.ID)
	if err != nil {
		return nil, err
	}
	out := make([]*past, len(people))
	for i, p := range people {
		for k := range list {
			own := slices.ContainsFunc(p.Numbers, func(b []byte) bool { return slices.Equal(b, list[k].Blind) })
			if own && list[k].Category == in.Category && list[k].Subject == in.Subject {
				out[i] = &list[k]
				break
			}
		}
	}
	return out, nil
}

// row is a registrant as a workbook would have them: registered anew exactly when
// the rule wants it, and a make-up with the kind of training of its exam.
func (p Registrant) row(no int, in Sitting, last *past) sheet.Row {
	kind, renewed := class.PrePost, false
	if last != nil {
		t, why := turn(in, *last)
		renewed = p.Anew && why != ""
		if t == SecondTurn {
			kind = last.Kind
		}
	}
	return sheet.MakeRow(no, map[string]string{
		colName: p.Name, colIDNo: p.ID.Reveal(), colMobile: p.Mobile.Reveal(), colConsent: yes(p.Consent), colKind: kindWord(kind), colRenewed: yes(renewed),
	})
}

const takenSQL = `SELECT idno_blind, id, admission FROM exam_candidate WHERE sitting = $1 AND idno_blind = ANY($2)`
