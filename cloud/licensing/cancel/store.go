package cancel

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/db"
)

const (
	columns = `SELECT c.id, c.number, c.licence, c.causes, c.state, c.listed_on, c.why, c.proposer, c.proposer_by, c.proposed_at, c.note, c.decider, c.decider_by,
		c.decided_at, c.letter, c.letter_no, c.delivered_at, c.version, c.mac, p.id AS person, p.name, p.idno_mask, l.type, l.number_mask, l.valid_to, l.state AS holds,
		(SELECT coalesce(array_agg(k.category ORDER BY k.category), '{}') FROM practitioner_category k WHERE k.licence = l.id) AS categories
		FROM licensing_cancellation c JOIN practitioner_licence l ON l.id = c.licence JOIN practitioner p ON p.id = l.person`
	itemSQL  = columns + ` WHERE c.id = $1`
	lockSQL  = itemSQL + ` FOR UPDATE OF c`
	openSQL  = columns + ` WHERE c.state IN ('LISTED', 'PROPOSED', 'KEPT') ORDER BY c.id`
	backSQL  = columns + ` WHERE c.state = 'CANCELLED' AND 'REVOKED' = ANY(c.causes) AND l.state = '10' AND ($1 = '' OR l.id = $1) ORDER BY c.id FOR UPDATE OF c`
	aloneSQL = `SELECT pg_advisory_xact_lock(31)`

	numberSQL = `INSERT INTO licensing_cancellation_number (year, last) VALUES ($1, 1)
		ON CONFLICT (year) DO UPDATE SET last = licensing_cancellation_number.last + 1 RETURNING last`
	insertSQL = `INSERT INTO licensing_cancellation (id, number, licence, causes, state, listed_on, version, mac) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	updateSQL = `UPDATE licensing_cancellation SET causes = $2, state = $3, why = $4, proposer = $5, proposer_by = $6, proposed_at = $7, note = $8, decider = $9,
		decider_by = $10, decided_at = $11, letter = $12, letter_no = $13, delivered_at = $14, version = $15, mac = $16 WHERE id = $1 AND version = $15 - 1`
)

var sorts = db.Sorts{"": "c.listed_on DESC, c.id DESC", "listed_on": "c.listed_on", "valid_to": "l.valid_to", "name": "p.name", "number": "c.number"}

// Filter narrows the list; empty fields do not.
type Filter struct {
	State State
	Cause string
	Type  string // of the certificate
}

func list(ctx context.Context, q db.Q, k *keys.Ring, f Filter, page db.Page) (db.List[Item], error) {
	w := new(db.Where).Eq("c.state", string(f.State)).Eq("l.type", f.Type)
	if f.Cause != "" {
		w.And("? = ANY(c.causes)", f.Cause)
	}
	if blind := k.Sought(page.Q); blind != nil {
		w.And("p.idno_blind = ?", blind)
	} else {
		w.Like(page.Q, "p.name", "c.number", "c.letter_no")
	}
	return db.Select[Item](ctx, q, columns, w, sorts, page)
}

func (s *Service) insert(ctx context.Context, tx pgx.Tx, i *Item) error {
	n, err := db.Value[int](ctx, tx, numberSQL, i.ListedOn.Year)
	if err != nil {
		return err
	}
	i.Number, i.Version = fmt.Sprintf("ZX%04d%06d", i.ListedOn.Year, n), 1
	i.MAC = s.Keys.RowMAC(i.parts()...)
	if _, err := tx.Exec(ctx, insertSQL, i.ID, i.Number, i.Licence, i.Causes, i.State, i.ListedOn, i.Version, i.MAC); err != nil {
		return fmt.Errorf("list certificate: %w", err)
	}
	return nil
}

func (s *Service) save(ctx context.Context, tx pgx.Tx, i *Item) error {
	i.Version++
	i.MAC = s.Keys.RowMAC(i.parts()...)
	tag, err := tx.Exec(ctx, updateSQL, i.ID, i.Causes, i.State, i.Why, i.Proposer, i.ProposerBy, i.ProposedAt, i.Note, i.Decider, i.DeciderBy, i.DecidedAt,
		i.Letter, i.LetterNo, i.DeliveredAt, i.Version, i.MAC)
	if err == nil && tag.RowsAffected() == 0 {
		return errStale
	}
	if err != nil {
		return fmt.Errorf("save list: %w", err)
	}
	return nil
}
