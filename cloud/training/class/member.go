package class

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
)

// Members lists the people of a class, masked. A whole ID number as the search
// text finds exactly that person.
func (s *Service) Members(ctx context.Context, id, result string, page db.Page) (db.List[Member], error) {
	if _, err := s.readable(ctx, s.db, PermList, classSQL, id); err != nil {
		return db.List[Member]{}, err
	}
	return listMembers(ctx, s.db, id, result, s.keys.Sought(page.Q), page)
}

// MemberDraft is one person as a form sends them.
type MemberDraft struct {
	Name   string `json:"name" minLength:"1" maxLength:"50"`
	IDNo   string `json:"id_no" minLength:"1" maxLength:"30" text:"id"`
	Mobile string `json:"mobile,omitempty" maxLength:"20"`
}

// Enrol puts one person into a class. Faults: training.class.enrol.invalid with
// everything that is wrong, those of Import.
func (s *Service) Enrol(ctx context.Context, id string, d MemberDraft) error {
	r := roster{seen: map[string]int{}}
	r.row(sheet.MakeRow(1, map[string]string{colName: d.Name, colIDNo: d.IDNo, colMobile: d.Mobile}))
	if _, err := s.readable(ctx, s.db, PermEnrol, classSQL, id); err != nil {
		return err
	}
	problems := r.problems
	if len(problems) == 0 {
		var err error
		if problems, err = s.take(ctx, id, r.entries); err != nil {
			return err
		}
	}
	if len(problems) > 0 {
		return fault.New(fault.Invalid, "training.class.enrol.invalid", sheet.Sentence(problems))
	}
	return nil
}

// Imported is the answer to an upload: members added, or what is wrong.
type Imported struct {
	OK       bool            `json:"ok"`
	Members  int             `json:"members"`
	Problems []sheet.Problem `json:"problems"`
	Errors   int             `json:"errors"`
	Report   string          `json:"report,omitempty"`
}

const problemsShown = 100

// Import puts the people of a workbook into a class, all or none. Rows in error
// are not a fault: the result lists them. Faults: those of sheet.Read,
// training.class.enrol.state, .capacity.
func (s *Service) Import(ctx context.Context, id string, workbook []byte) (Imported, error) {
	if _, err := s.readable(ctx, s.db, PermEnrol, classSQL, id); err != nil {
		return Imported{}, err
	}
	rows, err := sheet.Read(workbook, MemberColumns(), memberLimits)
	if err != nil {
		return Imported{}, err
	}
	r := roster{seen: map[string]int{}}
	for _, row := range rows {
		r.row(row)
	}
	problems := r.problems
	if len(problems) == 0 {
		if problems, err = s.take(ctx, id, r.entries); err != nil {
			return Imported{}, err
		}
	}
	if len(problems) > 0 {
		return s.report(ctx, id, workbook, problems)
	}
	return Imported{OK: true, Members: len(r.entries), Problems: []sheet.Problem{}}, nil
}

type meeting struct {
	Blind  []byte
	Number string
}

// take inserts people into a class that takes people, unless somebody is in it
// or in another of the category at that time: then it answers who.
func (s *Service) take(ctx context.Context, id string, entries []entry) ([]sheet.Problem, error) {
	var problems []sheet.Problem
	return problems, s.db.InTx(ctx, func(tx pgx.Tx) error {
		problems = nil
		c, err := s.locked(ctx, tx, PermEnrol, id)
		if err != nil {
			return err
		}
		if c.State != Open {
			return fault.Newf(fault.Precondition, "training.class.enrol.state", "班级当前为“%s”，只有“报名中”的班级可以编入或移出学员", StateName(c.State))
		}
		if free := c.Capacity - c.Members; len(entries) > free {
			return fault.Newf(fault.Precondition, "training.class.enrol.capacity", "本班名额 %d，还剩 %d 个，这次要编入 %d 人；请减少人数或先修改名额", c.Capacity, free, len(entries))
		}
		rows, blinds := map[string]int{}, make([][]byte, len(entries))
		for i, e := range entries {
			blinds[i] = s.keys.Person(e.id)
			rows[string(blinds[i])] = e.row
		}
		people, err := s.numbers(ctx, tx, blinds)
		if err != nil {
			return err
		}
		if err := db.Hold(ctx, tx, people.All()); err != nil {
			return err
		}
		if problems, err = met(ctx, tx, c, people, rows); err != nil || len(problems) > 0 {
			return err
		}
		last, err := db.Value[int](ctx, tx, lastSeqSQL, id)
		if err != nil {
			return err
		}
		for i, e := range entries {
			if err := s.insert(ctx, tx, id, last+1+i, e, blinds[i]); err != nil {
				return err
			}
		}
		return s.audit.Record(ctx, tx, PermEnrol, id, map[string]any{"number": c.Number, "members": len(entries)})
	})
}

// met tells who of these people is in the class already, or in another of its
// category on the same days, under whichever of their numbers; or comes twice.
func met(ctx context.Context, tx pgx.Tx, c Class, people practitioner.Numbers, rows map[string]int) ([]sheet.Problem, error) {
	var out []sheet.Problem
	note := func(blind []byte, text string) {
		for _, who := range people.Of(blind) {
			out = append(out, sheet.Problem{Row: rows[string(who)], Column: colIDNo, Text: text})
		}
	}
	for blind := range rows {
		if len(people.Of([]byte(blind))) > 1 {
			out = append(out, sheet.Problem{Row: rows[blind], Column: colIDNo, Text: "名单中有同一人（档案已合并）的两个证件号，请只留一个"})
		}
	}
	here, err := db.Rows(ctx, tx, pgx.RowToStructByPos[meeting], presentSQL, c.ID, people.All())
	if err != nil {
		return nil, err
	}
	for _, m := range here {
		note(m.Blind, "该学员已在本班")
	}
	other, err := db.Rows(ctx, tx, pgx.RowToStructByPos[meeting], elsewhereSQL, c.ID, people.All(), c.Category, c.Begins, c.Ends)
	for _, m := range other {
		note(m.Blind, "该学员同期已在同类别的班级 "+m.Number)
	}
	return out, err
}

// stillFree refuses days on which a member sits in another class. Fault:
// training.class.change.met.
func (s *Service) stillFree(ctx context.Context, tx pgx.Tx, id string) error {
	c, err := db.Row[Class](ctx, tx, classSQL, id)
	if err != nil {
		return err
	}
	blinds, err := db.Rows(ctx, tx, pgx.RowTo[[]byte], blindsSQL, id)
	if err != nil {
		return err
	}
	people, err := s.numbers(ctx, tx, blinds)
	if err != nil {
		return err
	}
	if err := db.Hold(ctx, tx, people.All()); err != nil {
		return err
	}
	other, err := db.Rows(ctx, tx, pgx.RowToStructByPos[meeting], elsewhereSQL, id, people.All(), c.Category, c.Begins, c.Ends)
	if err != nil || len(other) == 0 {
		return err
	}
	return fault.Newf(fault.Conflict, "training.class.change.met", "改到这些日子后有 %d 名学员同期在同类别的班级 %s，请换日期或先移出学员", len(other), other[0].Number)
}

func (s *Service) insert(ctx context.Context, tx pgx.Tx, class string, seq int, e entry, blind []byte) error {
	id := uuid.Must(uuid.NewV7()).String()
	idno, err := s.keys.SealAt([]string{placeIDNo, id}, []byte(e.id.Reveal()))
	if err != nil {
		return fmt.Errorf("seal id number: %w", err)
	}
	var mobile []byte
	if !e.mobile.IsZero() {
		if mobile, err = s.keys.SealAt([]string{placeMobile, id}, []byte(e.mobile.Reveal())); err != nil {
			return fmt.Errorf("seal mobile: %w", err)
		}
	}
	_, err = tx.Exec(ctx, insertMemberSQL, id, class, seq, e.name, idno, blind, e.id.Mask(), mobile, e.mobile.Mask())
	if err != nil {
		return fmt.Errorf("insert member: %w", err)
	}
	return nil
}

func (s *Service) reports() sheet.Reports { return sheet.Reports{Keys: s.keys, Kind: "member"} }

func (s *Service) report(ctx context.Context, class string, workbook []byte, problems []sheet.Problem) (Imported, error) {
	actor, _ := auth.From(ctx)
	book, err := sheet.Annotate(workbook, memberLimits, problems)
	if err != nil {
		return Imported{}, err
	}
	out := Imported{Problems: problems[:min(len(problems), problemsShown)], Errors: len(problems)}
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		if out.Report, err = s.reports().Keep(ctx, tx, actor.ID, book, s.clock.Now()); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, "training.class.import", class, map[string]any{"errors": len(problems)})
	})
}

// Report is the error workbook of an upload, for the person who uploaded.
func (s *Service) Report(ctx context.Context, id string) ([]byte, error) {
	actor, err := auth.Require(ctx, PermEnrol)
	if err != nil {
		return nil, err
	}
	return s.reports().Read(ctx, s.db, actor.ID, id)
}

// Template is an empty member workbook.
func (s *Service) Template(ctx context.Context) ([]byte, error) {
	if _, err := auth.Require(ctx, PermEnrol); err != nil {
		return nil, err
	}
	return sheet.Write("学员", MemberColumns(), nil)
}

// Remove takes a person out before the class has begun. Fault:
// training.class.enrol.state.
func (s *Service) Remove(ctx context.Context, id, member string) error {
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		c, err := s.locked(ctx, tx, PermEnrol, id)
		if err != nil {
			return err
		}
		if c.State != Open {
			return fault.Newf(fault.Precondition, "training.class.enrol.state", "班级当前为“%s”，只有“报名中”的班级可以编入或移出学员", StateName(c.State))
		}
		tag, err := tx.Exec(ctx, removeMemberSQL, id, member)
		if err != nil {
			return fmt.Errorf("remove member: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return db.Missing()
		}
		return s.audit.Record(ctx, tx, "training.class.remove", member, map[string]any{"class": id})
	})
}
