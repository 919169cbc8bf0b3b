package class

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Result is how members finished: the same for all that are named.
type Result struct {
	Members []string `json:"members" minItems:"1" maxItems:"500"`
	Hours   int      `json:"hours" minimum:"0" maximum:"500"`
	Result  string   `json:"result" enum:"PASSED,FAILED"`
}

// Decide records how members finished, while the class goes on. Faults:
// training.class.result.state, .hours.
func (s *Service) Decide(ctx context.Context, id string, r Result) error {
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		c, err := s.locked(ctx, tx, PermResult, id)
		if err != nil {
			return err
		}
		if c.State != Running {
			return fault.Newf(fault.Precondition, "training.class.result.state", "班级当前为“%s”，开班后、结业前才能登记结业结果", StateName(c.State))
		}
		if r.Result == Passed && r.Hours < c.Hours {
			return fault.Newf(fault.Invalid, "training.class.result.hours", "结业须满 %d 学时，登记的是 %d 学时；学时不足的请登记为“不合格”", c.Hours, r.Hours)
		}
		actor, _ := auth.From(ctx)
		for _, m := range r.Members {
			tag, err := tx.Exec(ctx, resultSQL, id, m, r.Hours, r.Result, actor.Name, s.clock.Now())
			if err != nil {
				return fmt.Errorf("record result: %w", err)
			}
			if tag.RowsAffected() == 0 {
				return db.Missing()
			}
		}
		return s.audit.Record(ctx, tx, PermResult, id, map[string]any{"number": c.Number, "members": r.Members, "hours": r.Hours, "result": r.Result})
	})
}

// Graduate is somebody who finished a class and passed.
type Graduate struct {
	Member string
	Name   string
	ID     person.ID
	Mobile person.Mobile
}

type sealedRow struct {
	ID     string
	Name   string
	IDNo   []byte
	Mobile []byte
}

// Graduates are those of a finished class who passed, of members, or all of
// them; for the exam, which asks its own right first. Faults:
// training.class.graduates.state, .none.
func (s *Service) Graduates(ctx context.Context, tx pgx.Tx, id string, members []string) (Class, []Graduate, error) {
	c, err := s.readable(ctx, tx, PermList, classSQL, id)
	if err != nil {
		return c, nil, err
	}
	if c.State != Finished {
		return c, nil, notFinished(c)
	}
	if members == nil {
		members = []string{}
	}
	rows, err := db.Rows(ctx, tx, pgx.RowToStructByPos[sealedRow], sealedSQL, id, members)
	if err != nil {
		return c, nil, err
	}
	if len(rows) == 0 || len(rows) < len(members) {
		return c, nil, fault.New(fault.Precondition, "training.class.graduates.none", "所选学员中有未结业合格的，只有结业合格的学员可以报名考试")
	}
	out := make([]Graduate, len(rows))
	for i, r := range rows {
		if out[i], err = s.graduate(r); err != nil {
			return c, nil, err
		}
	}
	return c, out, nil
}

// Graduate is the member that a person passed a finished class as. Faults:
// training.class.graduates.state, training.class.member.none.
func (s *Service) Graduate(ctx context.Context, tx pgx.Tx, id string, no person.ID) (Class, string, error) {
	c, err := s.readable(ctx, tx, PermList, classSQL, id)
	if err != nil {
		return c, "", err
	}
	if c.State != Finished {
		return c, "", notFinished(c)
	}
	people, err := s.numbers(ctx, tx, [][]byte{s.keys.Person(no)})
	if err != nil {
		return c, "", err
	}
	member, err := db.Value[string](ctx, tx, graduateSQL, id, people.All())
	if fault.Is(err, db.Missing().Code) {
		err = fault.Newf(fault.Precondition, "training.class.member.none", "该身份证号不在班级 %s 的结业合格名单中，请核对或不选班级", c.Number)
	}
	return c, member, err
}

// Passed says whether somebody passed a finished class of a category. It checks no
// right.
func (s *Service) Passed(ctx context.Context, q db.Q, blind []byte, category string) (bool, error) {
	return db.Value[bool](ctx, q, graduatedSQL, blind, category)
}

func notFinished(c Class) error {
	return fault.Newf(fault.Precondition, "training.class.graduates.state", "班级 %s 当前为“%s”，结业后才能报名考试", c.Number, StateName(c.State))
}

func (s *Service) graduate(r sealedRow) (Graduate, error) {
	g := Graduate{Member: r.ID, Name: r.Name}
	idno, err := s.keys.OpenAt([]string{placeIDNo, r.ID}, r.IDNo)
	if err != nil {
		return g, fmt.Errorf("open id number: %w", err)
	}
	if g.ID, err = person.ParseID(string(idno)); err != nil {
		return g, err
	}
	if r.Mobile == nil {
		return g, nil
	}
	mobile, err := s.keys.OpenAt([]string{placeMobile, r.ID}, r.Mobile)
	if err != nil {
		return g, fmt.Errorf("open mobile: %w", err)
	}
	g.Mobile, err = person.ParseMobile(string(mobile))
	return g, err
}
