package enrolment

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/proof"
	"huyun.internal/protocol/clock"
)

const (
	stateOf = `CASE WHEN e.ended_at IS NOT NULL THEN 'ENDED' WHEN e.notice_no = '' THEN 'TO_PAY'
		WHEN held.subjects < cardinality(e.subjects) THEN 'WAITING' WHEN held.published THEN 'ENDED' ELSE 'ARRANGED' END`

	tables = ` FROM exam_enrolment e LEFT JOIN LATERAL (
		SELECT count(DISTINCT s.subject)::int AS subjects, bool_and(s.state = 'PUBLISHED') AS published,
			coalesce(jsonb_agg(jsonb_build_object('sitting', s.id, 'number', s.number, 'subject', s.subject, 'starts_at', s.starts_at, 'venue', v.name,
				'address', v.address, 'room', s.room, 'candidate', c.id, 'admission', c.admission, 'seat', c.seat) ORDER BY s.starts_at, s.id), '[]') AS places
		FROM exam_enrolment_place p JOIN exam_candidate c ON c.id = p.candidate JOIN exam_sitting s ON s.id = c.sitting JOIN exam_venue v ON v.id = s.venue
		WHERE p.enrolment = e.id AND s.state <> 'CANCELLED') held ON true`

	listSQL = `SELECT e.id, e.ref, e.apply_no, e.person, e.name, e.idno_blind, e.idno_mask, e.category, e.part, e.subjects, e.again, e.consent, e.fen, e.arrange_by,
		e.opened_at, e.notice_no, e.paid_on, e.paid_by, e.paid_name, e.paid_at, e.ended_at, e.why, e.version, e.mac, held.places, ` + stateOf + ` AS state` + tables
	countSQL   = `SELECT 1 FROM exam_enrolment e`
	oneSQL     = listSQL + ` WHERE e.id = $1`
	ofCaseSQL  = listSQL + ` WHERE e.ref = $1`
	someSQL    = listSQL + ` WHERE e.id = ANY($1) ORDER BY e.id`
	runningSQL = listSQL + ` WHERE e.idno_blind = ANY($1) AND e.category = $2 AND e.ref <> $3 AND ` + stateOf + ` <> 'ENDED' ORDER BY e.opened_at DESC LIMIT 1`
	lockSQL    = `SELECT FROM exam_enrolment WHERE id = ANY($1) ORDER BY id FOR UPDATE`
	noticeSQL  = `SELECT EXISTS (SELECT FROM exam_enrolment WHERE notice_no = $1 AND id <> $2)`

	insertSQL = `INSERT INTO exam_enrolment (id, ref, apply_no, person, name, idno_blind, idno_mask, category, part, subjects, again, consent, fen, arrange_by,
		opened_at, version, mac) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`
	updateSQL = `UPDATE exam_enrolment SET notice_no = $2, paid_on = $3, paid_by = $4, paid_name = $5, paid_at = $6, ended_at = $7, why = $8, version = $9, mac = $10
		WHERE id = $1`
	placeSQL = `INSERT INTO exam_enrolment_place (enrolment, sitting, candidate, at, by) VALUES ($1, $2, $3, $4, $5)`

	noticeIndex = "exam_enrolment_notice"
)

var sorts = db.Sorts{
	"": "e.opened_at DESC, e.id", "opened_at": "e.opened_at", "arrange_by": "e.arrange_by", "name": "e.name", "apply_no": "e.apply_no", "fen": "e.fen", "paid_on": "e.paid_on",
}

// Filter narrows the enrolments; empty fields do not.
type Filter struct {
	State    State  `query:"state" enum:"TO_PAY,WAITING,ARRANGED,ENDED" required:"false"`
	Category string `query:"category" maxLength:"5"`
	Overdue  string `query:"overdue" enum:"yes" required:"false" doc:"已过应安排日期"`
}

// list are enrolments without a place, and those with one at the reader's venues. They
// are found by what the database keeps of where each stands (migration 0123), so that a
// page costs the same however many there are; what is shown is read from the sittings.
func list(ctx context.Context, q db.Q, scope auth.Scope, f Filter, numbers [][]byte, today clock.Date, page db.Page) (db.List[Enrolment], error) {
	w := new(db.Where).Eq("e.standing", string(f.State)).Eq("e.category", f.Category)
	if f.Overdue != "" {
		w.And("e.arrange_by < ?", today).And("e.standing = 'WAITING'")
	}
	if !scope.All {
		w.And("(e.venues = '{}' OR e.venues && ?)", scope.Venues)
	}
	switch text := strings.TrimSpace(page.Q); {
	case numbers != nil:
		w.And("e.idno_blind = ANY(?)", numbers)
	case text != "":
		begins := db.Begins(text)
		w.And("(e.name LIKE ? OR e.apply_no LIKE ? OR e.notice_no LIKE ? AND e.notice_no <> '')", begins, begins, begins)
	}
	return db.SelectSome[Enrolment](ctx, q, listSQL, countSQL, w, sorts, page)
}

func (s *Service) insert(ctx context.Context, tx pgx.Tx, e *Enrolment) error {
	_, err := tx.Exec(ctx, insertSQL, e.ID, e.Ref, e.ApplyNo, e.Person, e.Name, e.Blind, e.IDNo, e.Category, e.Part, e.Subjects, e.Again, e.Consent, e.Fen, e.ArrangeBy,
		e.OpenedAt, e.Version, s.keys.RowMAC(e.parts()...))
	if err != nil {
		return fmt.Errorf("insert enrolment: %w", err)
	}
	return nil
}

func (s *Service) update(ctx context.Context, tx pgx.Tx, e *Enrolment) error {
	e.Version++
	_, err := tx.Exec(ctx, updateSQL, e.ID, e.NoticeNo, e.PaidOn, e.PaidBy, e.PaidName, e.PaidAt, e.EndedAt, e.Why, e.Version, s.keys.RowMAC(e.parts()...))
	if err != nil {
		return fmt.Errorf("update enrolment: %w", err)
	}
	return nil
}

// genuine checks a row and fills in what follows from it and today.
func (s *Service) genuine(e *Enrolment) error {
	if !s.keys.CheckRowMAC(e.MAC, e.parts()...) {
		return errTampered
	}
	e.Overdue = e.State == Waiting && e.ArrangeBy.Before(s.today())
	return nil
}

// Prove checks every enrolment. It checks no right.
func (s *Service) Prove(ctx context.Context, q db.Q) ([]proof.Table, error) {
	return proof.All(func() (proof.Table, error) {
		return proof.Of(ctx, q, "exam_enrolment", listSQL, func(e *Enrolment) (string, bool) { return e.ApplyNo, s.genuine(e) == nil })
	})
}
