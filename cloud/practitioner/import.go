package practitioner

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/fault"
)

// Imported is the answer to an upload: taken whole, or what is wrong. What was
// there already, to the letter, is counted and not taken again.
type Imported struct {
	OK       bool            `json:"ok"`
	People   int             `json:"people"`
	Licences int             `json:"licences"`
	Same     int             `json:"same"`
	Problems []sheet.Problem `json:"problems"`
	Errors   int             `json:"errors"`
	Report   string          `json:"report,omitempty"`
}

const problemsShown = 100

// Import takes over the records of a workbook, all or none. Rows in error are
// not a fault: the result lists them. Faults: those of sheet.Read.
func (s *Service) Import(ctx context.Context, workbook []byte) (Imported, error) {
	if _, err := auth.Require(ctx, PermImport); err != nil {
		return Imported{}, err
	}
	rows, err := sheet.Read(workbook, ImportColumns(), importLimits)
	if err != nil {
		return Imported{}, err
	}
	r := roster{today: s.today(), seen: map[string]int{}}
	for _, row := range rows {
		r.row(row)
	}
	out, problems := Imported{}, r.problems
	if len(problems) == 0 {
		if out, problems, err = s.takeAll(ctx, r.entries); err != nil {
			return Imported{}, err
		}
	}
	if len(problems) > 0 {
		return s.report(ctx, workbook, problems)
	}
	return out, nil
}

// errRows rolls a transaction back whose rows have problems.
var errRows = fault.New(fault.Invalid, "practitioner.file.import.rows", "工作簿中有错误，整个文件没有导入")

// takeAll takes every row, and goes on after a row that cannot be taken only to
// find the others: then nothing is kept.
func (s *Service) takeAll(ctx context.Context, entries []entry) (out Imported, problems []sheet.Problem, err error) {
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		out, problems = Imported{OK: true, Problems: []sheet.Problem{}}, nil
		for _, e := range entries {
			if err := s.takeOne(ctx, tx, e, &out); err != nil {
				f := fault.From(err)
				if f.Kind.Ours() {
					return err
				}
				problems = append(problems, sheet.Problem{Row: e.row, Text: f.Text})
			}
		}
		if len(problems) > 0 {
			return errRows
		}
		return s.audit.Record(ctx, tx, PermImport, "", map[string]any{"rows": len(entries), "people": out.People, "licences": out.Licences, "same": out.Same})
	})
	if fault.Is(err, errRows.Code) {
		err = nil
	}
	return out, problems, err
}

// takeOne takes a row inside a savepoint: a refused one leaves the transaction
// usable.
func (s *Service) takeOne(ctx context.Context, tx pgx.Tx, e entry, out *Imported) error {
	return pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error {
		p, made, err := s.ensure(ctx, tx, e.basic)
		if err != nil {
			return err
		}
		if p.Name != e.basic.Name {
			return fault.Newf(fault.Conflict, "practitioner.file.import.name", "这个身份证号的档案姓名是“%s”，与表中不同，请核对", p.Name)
		}
		list, err := s.Licences(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		if err := s.learnt(ctx, tx, p.ID, e); err != nil {
			return err
		}
		if slices.ContainsFunc(list, func(l Licence) bool { return l.is(e.grant, s.keys.Blind) }) {
			out.Same++
			return nil
		}
		if e.grant.Person = p.ID; made {
			out.People++
		}
		if _, err := s.Issue(ctx, tx, e.grant); err != nil {
			return err
		}
		out.Licences++
		return s.beside(ctx, tx, p.ID, e)
	})
}

// is says that a certificate is the one of a row: it was taken before.
func (l Licence) is(g Grant, blind func(kind, value string) []byte) bool {
	if l.Type != g.Type || l.FirstIssue != g.Taken.FirstIssue || l.ValidFrom != g.Taken.ValidFrom || l.ValidTo != g.Taken.ValidTo || l.State != g.Taken.State {
		return false
	}
	if g.Taken.Number != "" && string(l.NumberBlind) != string(blind(numberIndex, g.Taken.Number)) {
		return false
	}
	for code, own := range g.Taken.Each {
		if c, there := l.Category(code); !there || c.FirstIssue != own.FirstIssue || c.ValidTo != own.ValidTo {
			return false
		}
	}
	return slices.Equal(l.snapshot().Categories, g.Categories)
}

// beside keeps what a row says beside the certificate.
func (s *Service) beside(ctx context.Context, tx pgx.Tx, person string, e entry) error {
	if e.driving != nil {
		known, found, err := s.Driving(ctx, tx, person)
		if err != nil {
			return err
		}
		if !found || known.Class != e.driving.Class || known.First != e.driving.First {
			if err := s.PutDriving(ctx, tx, person, *e.driving); err != nil {
				return err
			}
		}
	}
	if e.employer == nil || e.grant.Taken.State != InForce {
		return nil
	}
	now, found, err := s.Employer(ctx, tx, person, e.employer.Category)
	if err != nil || found && now.Employer == e.employer.Employer {
		return err
	}
	return s.PutRegistration(ctx, tx, person, *e.employer)
}

func (s *Service) reports() sheet.Reports { return sheet.Reports{Keys: s.keys, Kind: "practitioner"} }

func (s *Service) report(ctx context.Context, workbook []byte, problems []sheet.Problem) (Imported, error) {
	actor, _ := auth.From(ctx)
	book, err := sheet.Annotate(workbook, importLimits, problems)
	if err != nil {
		return Imported{}, err
	}
	out := Imported{Problems: problems[:min(len(problems), problemsShown)], Errors: len(problems)}
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		if out.Report, err = s.reports().Keep(ctx, tx, actor.ID, book, s.clock.Now()); err != nil {
			return fmt.Errorf("keep report: %w", err)
		}
		return s.audit.Record(ctx, tx, PermImport, "", map[string]any{"errors": len(problems)})
	})
}

// Report is the error workbook of an upload, for the person who uploaded.
func (s *Service) Report(ctx context.Context, id string) ([]byte, error) {
	actor, err := auth.Require(ctx, PermImport)
	if err != nil {
		return nil, err
	}
	return s.reports().Read(ctx, s.db, actor.ID, id)
}

// Template is an empty workbook of existing records.
func (s *Service) Template(ctx context.Context) ([]byte, error) {
	if _, err := auth.Require(ctx, PermImport); err != nil {
		return nil, err
	}
	return sheet.Write("从业人员", ImportColumns(), nil)
}
