package practitioner

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
)

// PermRehired lets staff read who was hired again, and by which company.
const PermRehired = "practitioner.rehire.list"

// RehireFilter narrows the list of rehires; empty fields do not.
type RehireFilter struct {
	Company  string // the whole code
	Category string
	State    RehireState
	Days     int // ends within so many days from today
}

// Rehires are those who were hired again, the newest first. The search text is a
// whole ID number, or part of a name of a person or a company.
func (s *Service) Rehires(ctx context.Context, f RehireFilter, page db.Page) (db.List[Rehire], error) {
	if _, err := auth.Require(ctx, PermRehired); err != nil {
		return db.List[Rehire]{}, err
	}
	out, err := listRehires(ctx, s.db, s.keys, f, s.today(), page)
	for i := range out.Items {
		s.look(&out.Items[i])
	}
	return out, err
}

func listRehires(ctx context.Context, q db.Q, k *keys.Ring, f RehireFilter, today clock.Date, page db.Page) (db.List[Rehire], error) {
	w := new(db.Where).Eq("r.company_code", f.Company).Eq("r.category", f.Category).Eq("r.state", string(f.State))
	if f.Days > 0 {
		w.And("r.state = 'ACTIVE' AND r.to_day <= ?", today.Add(f.Days))
	}
	if blind := k.Sought(page.Q); blind != nil {
		w.And("p.idno_blind = ?", blind)
	} else {
		w.Like(page.Q, "p.name", "r.company", "r.company_code")
	}
	return db.Select[Rehire](ctx, q, rehiresSQL, w, rehireSorts, page)
}

// RehireCompany is a company with how many people it has hired again.
type RehireCompany struct {
	Company     string `json:"company" db:"company"`
	CompanyCode string `json:"company_code" db:"company_code"`
	Active      int    `json:"active" db:"active"`
	Expiring    int    `json:"expiring" db:"expiring" doc:"30 日内到期"`
	Ended       int    `json:"ended" db:"ended"`
}

// SoonDays is how long before its end a rehire is listed as ending.
const SoonDays = 30

// RehireCompanies are the companies that have or had rehired people.
func (s *Service) RehireCompanies(ctx context.Context, page db.Page) (db.List[RehireCompany], error) {
	if _, err := auth.Require(ctx, PermRehired); err != nil {
		return db.List[RehireCompany]{}, err
	}
	// the day is the program's own, not the database's
	base := fmt.Sprintf(rehireCompaniesSQL, s.today().Add(SoonDays))
	return db.Select[RehireCompany](ctx, s.db, base, new(db.Where).Like(page.Q, "c.company", "c.company_code"), rehireCompanySorts, page)
}

// rehiresOf are those of a person, the newest first.
func (s *Service) rehiresOf(ctx context.Context, q db.Q, of string) ([]Rehire, error) {
	list, err := db.All[Rehire](ctx, q, ofPersonRehiresSQL, of)
	for i := range list {
		s.look(&list[i])
	}
	return list, err
}

// ExpireRehires ends what has run out: once each, however often and in however
// many copies it runs. One that cannot be ended keeps no other. It answers how many
// ended.
func (s *Service) ExpireRehires(ctx context.Context) (int, error) {
	ctx = auth.System(ctx, "rehire")
	ids, err := db.All[struct{ ID, Person string }](ctx, s.db, overRehiresSQL, s.today())
	ended := 0
	for _, id := range ids {
		did, failed := s.expireRehire(ctx, id.ID, id.Person)
		if did {
			ended++
		}
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("rehire %s: %w", id.ID, failed))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return ended, err
}

func (s *Service) expireRehire(ctx context.Context, id, of string) (did bool, err error) {
	return did, s.db.InTx(ctx, func(tx pgx.Tx) error {
		did = false
		p, err := s.locked(ctx, tx, of) // the person first, as Dismiss does
		if err != nil {
			return err
		}
		r, err := db.Row[Rehire](ctx, tx, rehireSQL, id)
		if err != nil || r.State != RehireActive || !r.To.Before(s.today()) {
			return err
		}
		if s.look(&r); r.Broken {
			return tamperedRehire(&r)
		}
		r.State, r.EndedOn = RehireExpired, r.To
		if err := s.saveRehire(ctx, tx, &r); err != nil {
			return err
		}
		did = true
		if err := s.Note(ctx, tx, p.ID, Event{Kind: "REHIRE_END", Text: fmt.Sprintf("返聘期满失效：%s（%s），至 %s", r.Company, r.Category, r.To), Ref: r.Ref}); err != nil {
			return err
		}
		if err := s.voidCards(ctx, tx, p.ID, []string{r.Category}, r.CompanyCode, "返聘期满", r.Ref); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, "practitioner.rehire.expire", r.ID, map[string]any{"person": p.ID, "to": r.To})
	})
}

// mergeRehires gives a survivor what the loser has; of two in force the loser's
// ends with its file.
func (s *Service) mergeRehires(ctx context.Context, tx pgx.Tx, survivor, loser string) error {
	list, err := s.rehiresOf(ctx, tx, loser)
	if err != nil || len(list) == 0 {
		return err
	}
	_, has, err := db.Maybe[Rehire](ctx, tx, activeRehireSQL, survivor)
	for i := range list {
		r := &list[i]
		if err != nil {
			break
		}
		if r.Broken {
			return tamperedRehire(r)
		}
		if r.Person = survivor; has && r.State == RehireActive {
			r.State, r.EndedOn, r.Why = RehireExpired, s.today(), "档案合并，以保留档案的返聘登记为准"
		}
		err = s.saveRehire(ctx, tx, r)
	}
	return err
}

const (
	rehiresSQL = `SELECT r.id, r.person, p.name, p.idno_mask, p.birth, r.category, r.company, r.company_code, r.from_day, r.to_day, r.health_until, r.contract_until, r.state,
		r.ended_on, r.reported_on, r.why, r.ref, r.end_ref, r.version, r.created_at, r.changed_at, r.mac
		FROM practitioner_rehire r JOIN practitioner p ON p.id = r.person`
	rehireSQL          = rehiresSQL + ` WHERE r.id = $1`
	activeRehireSQL    = rehiresSQL + ` WHERE r.person = ` + survivor + ` AND r.state = 'ACTIVE'`
	ofPersonRehiresSQL = rehiresSQL + ` WHERE r.person = $1 ORDER BY r.created_at DESC, r.id DESC`
	overRehiresSQL     = `SELECT id, person FROM practitioner_rehire WHERE state = 'ACTIVE' AND to_day < $1 ORDER BY to_day, id`
	insertRehireSQL    = `INSERT INTO practitioner_rehire (id, person, category, company, company_code, from_day, to_day, health_until, contract_until, state, ref, version,
		created_at, changed_at, mac) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14)`
	updateRehireSQL = `UPDATE practitioner_rehire SET person = $2, state = $3, ended_on = $4, reported_on = $5, why = $6, end_ref = $7, version = $8, changed_at = $9, mac = $10
		WHERE id = $1 AND version = $8 - 1`
	// %s is a day that the program made
	rehireCompaniesSQL = `SELECT c.company, c.company_code, c.active, c.expiring, c.ended FROM (SELECT (array_agg(r.company ORDER BY r.created_at DESC))[1] AS company, r.company_code,
		count(*) FILTER (WHERE r.state = 'ACTIVE')::int AS active, count(*) FILTER (WHERE r.state = 'ACTIVE' AND r.to_day <= '%s')::int AS expiring,
		count(*) FILTER (WHERE r.state <> 'ACTIVE')::int AS ended FROM practitioner_rehire r GROUP BY r.company_code) c`
)

var (
	rehireSorts        = db.Sorts{"": "r.created_at DESC, r.id DESC", "to": "r.to_day", "from": "r.from_day", "company": "r.company", "name": "p.name"}
	rehireCompanySorts = db.Sorts{"": "c.active DESC, c.company_code", "company": "c.company", "active": "c.active", "expiring": "c.expiring", "ended": "c.ended"}
)
