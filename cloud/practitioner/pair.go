package practitioner

import (
	"bytes"
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// Reasons why two files may be of one person.
const (
	becauseNumber = "姓名、出生日期相同，身份证号只差一处"
	becauseTurned = "姓名相同，身份证号只差一处（出生日期可能登记有误）"
	becauseMobile = "姓名、手机号相同"
	becausePhoto  = "照片相同"
)

// Pair is two files that may be of one person.
type Pair struct {
	ID         string     `json:"id" db:"id"`
	One        string     `json:"one" db:"one"`
	OneName    string     `json:"one_name" db:"one_name"`
	OneIDNo    string     `json:"one_id_no" db:"one_idno"`
	OneBirth   clock.Date `json:"one_birth" db:"one_birth"`
	OneHeld    int        `json:"one_held" db:"one_held" doc:"名下证件数"`
	Other      string     `json:"other" db:"other"`
	OtherName  string     `json:"other_name" db:"other_name"`
	OtherIDNo  string     `json:"other_id_no" db:"other_idno"`
	OtherBirth clock.Date `json:"other_birth" db:"other_birth"`
	OtherHeld  int        `json:"other_held" db:"other_held"`
	Reasons    []string   `json:"reasons" db:"reasons"`
	State      string     `json:"state" db:"state" enum:"OPEN,PROPOSED,DIFFERENT,MERGED"`
	FoundAt    time.Time  `json:"found_at" db:"found_at"`
	Why        string     `json:"why" db:"why"`
	By         string     `json:"by" db:"by_name"`
	At         *time.Time `json:"at,omitempty" db:"at"`
}

type alike struct {
	ID     string     `db:"id"`
	Name   string     `db:"name"`
	Birth  clock.Date `db:"birth"`
	IDNo   []byte     `db:"idno"`
	Mobile []byte     `db:"mobile_blind"`
	Photo  []byte     `db:"photo_blind"`
}

// pair looks for files that may be of the same person as this one, when it was
// made or changed. A pair that was told apart stays told apart.
func (s *Service) pair(ctx context.Context, tx pgx.Tx, id string) error {
	me, err := db.Row[alike](ctx, tx, alikeSQL, id)
	if err != nil {
		return err
	}
	others, err := db.All[alike](ctx, tx, candidatesSQL, me.ID, me.Name, me.Photo)
	if err != nil {
		return err
	}
	mine := ""
	for _, o := range others {
		why, err := s.reasons(me, o, &mine)
		if err != nil {
			return err
		}
		if len(why) == 0 {
			continue
		}
		one, other := o.ID, me.ID // ids of version 7 grow with time
		if other < one {
			one, other = other, one
		}
		if _, err := tx.Exec(ctx, insertPairSQL, newID(), one, other, why, s.now()); err != nil {
			return wrap("insert pair", err)
		}
	}
	return nil
}

// reasons compares two files; numbers are opened only where the birthdays are
// near enough for them to be one apart. mine keeps the first one's number.
func (s *Service) reasons(me, o alike, mine *string) ([]string, error) {
	var why []string
	if me.Photo != nil && bytes.Equal(me.Photo, o.Photo) {
		why = append(why, becausePhoto)
	}
	if me.Name != o.Name {
		return why, nil
	}
	if me.Mobile != nil && bytes.Equal(me.Mobile, o.Mobile) {
		why = append(why, becauseMobile)
	}
	if !oneApart(me.Birth.String(), o.Birth.String()) {
		return why, nil
	}
	for _, x := range []struct {
		of   alike
		into *string
	}{{me, mine}, {o, new(string)}} {
		if *x.into == "" {
			plain, err := s.keys.OpenAt([]string{placeIDNo, x.of.ID}, x.of.IDNo)
			if err != nil {
				return nil, wrap("open id number", err)
			}
			*x.into = string(plain)
		}
		if x.of.ID == o.ID && near(*mine, *x.into) {
			if me.Birth == o.Birth {
				return append(why, becauseNumber), nil
			}
			return append(why, becauseTurned), nil
		}
	}
	return why, nil
}

// PairFilter narrows the work list; empty is what is to be done.
type PairFilter struct{ State string }

// Pairs is the work list of files that may be of one person.
func (s *Service) Pairs(ctx context.Context, f PairFilter, page db.Page) (db.List[Pair], error) {
	if _, err := auth.Require(ctx, PermPropose); err != nil {
		return db.List[Pair]{}, err
	}
	w := new(db.Where)
	if f.State == "" {
		w.And("d.state IN ('OPEN', 'PROPOSED')")
	} else {
		w.Eq("d.state", f.State)
	}
	var any Filter
	if s.sought(&any, page.Q); any.Blind != nil {
		w.And("(a.idno_blind = ? OR b.idno_blind = ?)", any.Blind, any.Blind)
	} else if any.Name != "" {
		w.And("(a.name LIKE ? OR b.name LIKE ?)", db.Begins(any.Name), db.Begins(any.Name))
	}
	return db.Select[Pair](ctx, s.db, pairsSQL, w, pairSorts, page)
}

// Distinguish says that two files are of two people. Faults: record.missing,
// practitioner.pair.state.
func (s *Service) Distinguish(ctx context.Context, id, why string) error {
	actor, err := auth.Require(ctx, PermPropose)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		p, err := db.Row[pairRow](ctx, tx, lockPairSQL, id)
		if err != nil {
			return err
		}
		if p.State != "OPEN" {
			return fault.New(fault.Precondition, "practitioner.pair.state", "这一对档案已经处理过或正在合并，请刷新")
		}
		if _, err := tx.Exec(ctx, settlePairSQL, p.One, p.Other, "DIFFERENT", why, actor.ID, actor.Name, s.now()); err != nil {
			return wrap("settle pair", err)
		}
		for _, of := range []string{p.One, p.Other} {
			if err := s.Note(ctx, tx, of, Event{Kind: "DIFFERENT", Text: "与疑似重复的档案认定为不同的人：" + why}); err != nil {
				return err
			}
		}
		return s.audit.Record(ctx, tx, "practitioner.pair.different", id, map[string]any{"one": p.One, "other": p.Other, "why": why})
	})
}

type pairRow struct {
	One   string `db:"one"`
	Other string `db:"other"`
	State string `db:"state"`
}

const (
	alikeSQL = `SELECT id, name, birth, idno, mobile_blind, photo_blind FROM practitioner WHERE id = $1`
	// two branches, each by its own index
	candidatesSQL = `SELECT id, name, birth, idno, mobile_blind, photo_blind FROM practitioner WHERE name = $2 AND id <> $1 AND merged_into IS NULL
		UNION SELECT id, name, birth, idno, mobile_blind, photo_blind FROM practitioner WHERE photo_blind = $3 AND id <> $1 AND merged_into IS NULL`
	insertPairSQL = `INSERT INTO practitioner_pair (id, one, other, reasons, state, found_at) VALUES ($1, $2, $3, $4, 'OPEN', $5)
		ON CONFLICT (one, other) DO UPDATE SET reasons = excluded.reasons WHERE practitioner_pair.state = 'OPEN'`
	pairsSQL = `SELECT d.id, d.one, a.name AS one_name, a.idno_mask AS one_idno, a.birth AS one_birth,
		(SELECT count(*)::int FROM practitioner_licence l WHERE l.person = d.one) AS one_held,
		d.other, b.name AS other_name, b.idno_mask AS other_idno, b.birth AS other_birth,
		(SELECT count(*)::int FROM practitioner_licence l WHERE l.person = d.other) AS other_held,
		d.reasons, d.state, d.found_at, d.why, d.by_name, d.at
		FROM practitioner_pair d JOIN practitioner a ON a.id = d.one JOIN practitioner b ON b.id = d.other`
	lockPairSQL   = `SELECT one, other, state FROM practitioner_pair WHERE id = $1 FOR UPDATE`
	settlePairSQL = `UPDATE practitioner_pair SET state = $3, why = $4, by_id = $5, by_name = $6, at = $7
		WHERE one = least($1, $2) AND other = greatest($1, $2)`
)

var pairSorts = db.Sorts{"": "d.found_at DESC, d.id DESC", "found_at": "d.found_at", "name": "a.name"}
