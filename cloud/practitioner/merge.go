package practitioner

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Merge is a proposal that one file goes into another.
type Merge struct {
	ID           string     `json:"id" db:"id"`
	Survivor     string     `json:"survivor" db:"survivor"`
	SurvivorName string     `json:"survivor_name" db:"survivor_name"`
	SurvivorIDNo string     `json:"survivor_id_no" db:"survivor_idno"`
	Loser        string     `json:"loser" db:"loser"`
	LoserName    string     `json:"loser_name" db:"loser_name"`
	LoserIDNo    string     `json:"loser_id_no" db:"loser_idno"`
	Why          string     `json:"why" db:"why"`
	State        string     `json:"state" db:"state" enum:"PROPOSED,CONFIRMED,REFUSED"`
	ProposedBy   string     `json:"proposed_by_id" db:"proposed_by"`
	ProposedName string     `json:"proposed_by" db:"proposed_name"`
	ProposedAt   time.Time  `json:"proposed_at" db:"proposed_at"`
	DecidedName  string     `json:"decided_by" db:"decided_name"`
	DecidedAt    *time.Time `json:"decided_at,omitempty" db:"decided_at"`
	DecidedWhy   string     `json:"decided_why" db:"decided_why"`
}

// Merges are proposals, the open ones first.
func (s *Service) Merges(ctx context.Context, state string, page db.Page) (db.List[Merge], error) {
	if _, err := auth.Require(ctx, PermPropose); err != nil {
		return db.List[Merge]{}, err
	}
	w := new(db.Where).Eq("g.state", state)
	if page.Q != "" {
		w.And("(a.name LIKE ? OR b.name LIKE ?)", db.Begins(page.Q), db.Begins(page.Q))
	}
	return db.Select[Merge](ctx, s.db, mergesSQL, w, mergeSorts, page)
}

// Propose asks for a file to go into another. Faults: practitioner.merge.same,
// .merged, .licences, .twice.
func (s *Service) Propose(ctx context.Context, survivor, loser, why string) (out Merge, err error) {
	actor, err := auth.Require(ctx, PermPropose)
	if err != nil {
		return out, err
	}
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		if err := s.mergeable(ctx, tx, survivor, loser); err != nil {
			return err
		}
		id := newID()
		_, err := tx.Exec(ctx, insertMergeSQL, id, survivor, loser, why, actor.ID, actor.Name, s.now())
		if db.IsUnique(err, "") {
			return fault.New(fault.Conflict, "practitioner.merge.twice", "被并入的档案已有待确认的合并，请先确认或退回那一条")
		}
		if err != nil {
			return wrap("insert merge", err)
		}
		if _, err := tx.Exec(ctx, settlePairSQL, survivor, loser, "PROPOSED", why, actor.ID, actor.Name, s.now()); err != nil {
			return wrap("settle pair", err)
		}
		if out, err = db.Row[Merge](ctx, tx, mergeSQL, id); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermPropose, id, map[string]any{"survivor": survivor, "loser": loser, "why": why})
	})
}

// mergeable locks both files and refuses what cannot be one: a file with itself,
// a merged file, two certificates of one type in force, which it names.
func (s *Service) mergeable(ctx context.Context, tx pgx.Tx, survivor, loser string) error {
	if survivor == loser {
		return fault.New(fault.Invalid, "practitioner.merge.same", "不能把一份档案并入它自己")
	}
	rows, err := db.All[Person](ctx, tx, lockBothSQL, []string{survivor, loser})
	if err != nil {
		return err
	}
	if len(rows) != 2 {
		return db.Missing()
	}
	for _, p := range rows {
		if p.MergedInto != "" {
			return fault.New(fault.Precondition, "practitioner.merge.merged", "其中一份档案已经并入别的档案，请刷新后重试")
		}
	}
	held := map[string]bool{}
	for _, of := range []string{survivor, loser} {
		list, err := s.Licences(ctx, tx, of)
		if err != nil {
			return err
		}
		for _, l := range list {
			key := l.Type + l.Post
			if l.State != InForce {
				continue
			}
			if of == loser && held[key] {
				return fault.Newf(fault.Precondition, "practitioner.merge.licences",
					"两份档案各有一本有效的%s，合并后一人会有两本；请先注销其中一本再合并", TypeName(l.Type))
			}
			held[key] = true
		}
	}
	return nil
}

// Decide confirms or refuses a proposal, by another person than its author.
// Confirmed, everything of the one file is the other's; its timeline stays where
// it was and is read with the other's. Faults: practitioner.merge.self, .state,
// those of Propose.
func (s *Service) Decide(ctx context.Context, id string, confirm bool, why string) (out Merge, err error) {
	actor, err := auth.Require(ctx, PermDecide)
	if err != nil {
		return out, err
	}
	if why = strings.TrimSpace(why); !confirm && why == "" {
		return out, fault.New(fault.Invalid, "practitioner.merge.why", "退回合并须写明原因")
	}
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		m, err := db.Row[Merge](ctx, tx, lockMergeSQL, id)
		if err != nil {
			return err
		}
		switch {
		case m.State != "PROPOSED":
			return fault.New(fault.Conflict, "practitioner.merge.state", "这条合并已经处理过，请刷新")
		case m.ProposedBy == actor.ID:
			return fault.New(fault.Forbidden, "practitioner.merge.self", "合并须由另一人确认，不能确认自己提出的合并")
		}
		state, pair := "REFUSED", "OPEN"
		if confirm {
			state, pair = "CONFIRMED", "MERGED"
			if err := s.mergeable(ctx, tx, m.Survivor, m.Loser); err != nil {
				return err
			}
			if err := s.move(ctx, tx, m); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, decideMergeSQL, id, state, actor.ID, actor.Name, s.now(), why); err != nil {
			return wrap("decide merge", err)
		}
		if _, err := tx.Exec(ctx, settlePairSQL, m.Survivor, m.Loser, pair, why, actor.ID, actor.Name, s.now()); err != nil {
			return wrap("settle pair", err)
		}
		if out, err = db.Row[Merge](ctx, tx, mergeSQL, id); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermDecide, id, map[string]any{"survivor": m.Survivor, "loser": m.Loser, "confirm": confirm, "why": why})
	})
}

// move carries out a merge.
func (s *Service) move(ctx context.Context, tx pgx.Tx, m Merge) error {
	list, err := s.Licences(ctx, tx, m.Loser)
	if err != nil {
		return err
	}
	for i := range list {
		list[i].Person = m.Survivor
		if err := s.save(ctx, tx, &list[i]); err != nil {
			return err
		}
	}
	if err := s.mergeRehires(ctx, tx, m.Survivor, m.Loser); err != nil {
		return err
	}
	if err := s.mergeCards(ctx, tx, m.Survivor, m.Loser); err != nil {
		return err
	}
	if err := s.mergeRegistrations(ctx, tx, m.Survivor, m.Loser); err != nil {
		return err
	}
	if err := s.mergeFacts(ctx, tx, m.Survivor, m.Loser); err != nil {
		return err
	}
	for _, sql := range moveSQL {
		if _, err := tx.Exec(ctx, sql, m.Survivor, m.Loser, s.now()); err != nil {
			return wrap("merge", err)
		}
	}
	if err := s.adopt(ctx, tx, m); err != nil {
		return err
	}
	kept := fmt.Sprintf("并入档案 %s（%s），证件 %d 本；提出人 %s：%s", person.MaskName(m.LoserName), m.LoserIDNo, len(list), m.ProposedName, m.Why)
	if err := s.Note(ctx, tx, m.Survivor, Event{Kind: "MERGE", Text: kept}); err != nil {
		return err
	}
	gone := fmt.Sprintf("本档案已并入 %s（%s），以后的记录在那份档案中", person.MaskName(m.SurvivorName), m.SurvivorIDNo)
	if err := s.Note(ctx, tx, m.Loser, Event{Kind: "MERGED", Text: gone}); err != nil {
		return err
	}
	if err := s.pair(ctx, tx, m.Survivor); err != nil {
		return err
	}
	if err := s.expiry(ctx, tx, m.Survivor); err != nil || s.Merged == nil {
		return err
	}
	p, err := s.Get(ctx, tx, m.Survivor)
	if err != nil {
		return err
	}
	return s.Merged(ctx, tx, p)
}

// adopt fills what the survivor lacks: sealed text is bound to its row, so it is
// opened and sealed anew.
func (s *Service) adopt(ctx context.Context, tx pgx.Tx, m Merge) error {
	survivor, err := db.Row[Person](ctx, tx, personSQL, m.Survivor)
	if err != nil {
		return err
	}
	loser, err := db.Row[Person](ctx, tx, personSQL, m.Loser)
	if err != nil {
		return err
	}
	mobile, err := s.open(ctx, tx, loser.ID, "mobile")
	if err != nil {
		return err
	}
	address, err := s.open(ctx, tx, loser.ID, "address")
	if err != nil {
		return err
	}
	var number person.Mobile
	if mobile != "" {
		if number, err = person.ParseMobile(mobile); err != nil {
			return err
		}
	}
	c, err := s.sealContact(survivor.ID, number, address)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, fillSQL, survivor.ID, loser.Nation, loser.Residence, c.mobile, c.blind, c.mask, c.address, s.now())
	if err == nil && survivor.ArchiveNo == "" && loser.ArchiveNo != "" {
		// numbers are unique: the one that goes on is the survivor's
		if _, err = tx.Exec(ctx, archiveSQL, loser.ID, ""); err == nil {
			_, err = tx.Exec(ctx, archiveSQL, survivor.ID, loser.ArchiveNo)
		}
	}
	if err != nil || survivor.HasPhoto || !loser.HasPhoto {
		return wrap("adopt", err)
	}
	return s.adoptPhoto(ctx, tx, survivor.ID, loser.ID)
}

func (s *Service) adoptPhoto(ctx context.Context, tx pgx.Tx, survivor, loser string) error {
	row, err := db.Row[sealed](ctx, tx, sealedSQL, loser)
	if err != nil {
		return err
	}
	plain, err := s.keys.OpenAt([]string{placePhoto, loser}, row.Photo)
	if err != nil {
		return wrap("open photo", err)
	}
	again, err := s.keys.SealAt([]string{placePhoto, survivor}, plain)
	if err != nil {
		return wrap("seal photo", err)
	}
	_, err = tx.Exec(ctx, photoSQL, survivor, again, row.PhotoKind, s.keys.Blind(photoIndex, string(plain)), s.now())
	return wrap("adopt photo", err)
}

const (
	mergesSQL = `SELECT g.id, g.survivor, a.name AS survivor_name, a.idno_mask AS survivor_idno, g.loser, b.name AS loser_name, b.idno_mask AS loser_idno,
		g.why, g.state, g.proposed_by, g.proposed_name, g.proposed_at, g.decided_name, g.decided_at, g.decided_why
		FROM practitioner_merge g JOIN practitioner a ON a.id = g.survivor JOIN practitioner b ON b.id = g.loser`
	mergeSQL       = mergesSQL + ` WHERE g.id = $1`
	lockMergeSQL   = mergeSQL + ` FOR UPDATE OF g`
	lockBothSQL    = `SELECT ` + personColumns + ` FROM practitioner p WHERE p.id = ANY($1) ORDER BY p.id FOR UPDATE`
	insertMergeSQL = `INSERT INTO practitioner_merge (id, survivor, loser, why, state, proposed_by, proposed_name, proposed_at)
		VALUES ($1, $2, $3, $4, 'PROPOSED', $5, $6, $7)`
	decideMergeSQL = `UPDATE practitioner_merge SET state = $2, decided_by = $3, decided_name = $4, decided_at = $5, decided_why = $6 WHERE id = $1`
)

// moveSQL makes the loser ($2) a part of the survivor ($1).
var moveSQL = []string{
	// files that went into the loser before point to the survivor
	`UPDATE practitioner SET merged_into = $1, version = version + 1, changed_at = $3 WHERE id = $2 OR merged_into = $2`,
	// other pairs of the loser are the survivor's business no longer found by it
	`UPDATE practitioner_pair SET state = 'MERGED', why = '其中一份档案已并入别的档案', at = $3 WHERE state = 'OPEN' AND (one = $2 OR other = $2) AND one <> $1 AND other <> $1`,
}

var mergeSorts = db.Sorts{"": "g.state = 'PROPOSED' DESC, g.proposed_at DESC, g.id", "proposed_at": "g.proposed_at", "state": "g.state"}
