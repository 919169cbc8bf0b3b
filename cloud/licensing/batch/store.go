package batch

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

const (
	final = `('NOT_ACCEPTED', 'COMPLETED', 'WITHDRAWN', 'TERMINATED')`

	batchesSQL = `SELECT x.id, x.number, x.company, x.company_code, x.contact, x.phone_mask, x.by_kind, x.by_id, x.by_name, x.created_at, x.rows, x.pending, x.failed,
		x.unfinished, CASE WHEN x.pending > 0 THEN 'OPENING' WHEN x.unfinished > 0 THEN 'RUNNING' ELSE 'DONE' END AS state, x.mac
		FROM (SELECT b.*, n.rows, n.pending, n.failed, n.unfinished FROM licensing_batch b CROSS JOIN LATERAL (SELECT count(*)::int AS rows,
			count(*) FILTER (WHERE r.state = 'PENDING')::int AS pending, count(*) FILTER (WHERE r.state = 'FAILED')::int AS failed,
			count(*) FILTER (WHERE r.state = 'PENDING' OR c.state NOT IN ` + final + `)::int AS unfinished
			FROM licensing_batch_row r LEFT JOIN licensing_case c ON c.id = r.case_id WHERE r.batch = b.id) n) x`
	batchSQL       = batchesSQL + ` WHERE x.id = $1`
	lockBatchSQL   = `SELECT id FROM licensing_batch WHERE id = $1 FOR UPDATE`
	insertBatchSQL = `INSERT INTO licensing_batch (id, number, company, company_code, contact, phone, phone_mask, by_kind, by_id, by_name, created_at, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	// the series is that of application: taken in the transaction, no gaps
	numberSQL = `INSERT INTO licensing_number (series, last) VALUES ($1, 1) ON CONFLICT (series) DO UPDATE SET last = licensing_number.last + 1 RETURNING last`

	rowsSQL = `SELECT r.batch, r.no, r.company_code, r.name, r.idno_blind, r.idno_mask, r.matter, r.category, r.body, r.state, r.reason, r.tries,
		coalesce(r.case_id, '') AS case_id, coalesce(c.apply_no, '') AS apply_no, coalesce(c.state, '') AS case_state, r.mark, r.note, r.mac
		FROM licensing_batch_row r LEFT JOIN licensing_case c ON c.id = r.case_id`
	draftsSQL      = rowsSQL + ` WHERE r.batch = $1 AND c.state = 'DRAFT' ORDER BY r.no`
	nextSQL        = rowsSQL + ` WHERE r.batch = $1 AND r.no > $2 AND c.state = ANY($3) ORDER BY r.no LIMIT $4`
	lockRowSQL     = rowsSQL + ` WHERE r.batch = $1 AND r.no = $2 FOR UPDATE OF r`
	lockPendingSQL = rowsSQL + ` WHERE r.batch = $1 AND r.no = $2 AND r.state = 'PENDING' FOR UPDATE OF r SKIP LOCKED`
	pendingSQL     = `SELECT r.batch, r.no FROM licensing_batch_row r WHERE r.state = 'PENDING' ORDER BY r.batch, r.no LIMIT $1`
	insertRowSQL   = `INSERT INTO licensing_batch_row (batch, no, company_code, name, idno_blind, idno_mask, matter, category, body, state, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	settleSQL = `UPDATE licensing_batch_row SET state = $3, case_id = nullif($4, ''), reason = $5, body = NULL, mac = $6 WHERE batch = $1 AND no = $2`
	triedSQL  = `UPDATE licensing_batch_row SET tries = least(tries + 1, $3) WHERE batch = $1 AND no = $2 AND state = 'PENDING'`
	markSQL   = `UPDATE licensing_batch_row SET mark = $3, note = $4, mac = $5 WHERE batch = $1 AND no = $2`
	openSQL   = `SELECT r.idno_blind, r.matter, r.category, b.number FROM licensing_batch_row r JOIN licensing_batch b ON b.id = r.batch
		LEFT JOIN licensing_case c ON c.id = r.case_id WHERE r.company_code = $1 AND r.idno_blind = ANY($2)
		AND (r.state = 'PENDING' OR c.state NOT IN ` + final + `)`
	countsSQL = `SELECT coalesce(c.state, r.state) AS state, count(*)::int AS rows FROM licensing_batch_row r LEFT JOIN licensing_case c ON c.id = r.case_id
		WHERE r.batch = $1 GROUP BY 1 ORDER BY 1`

	insertFileSQL = `INSERT INTO licensing_batch_file (batch, no, code, blob) VALUES ($1, $2, $3, $4) ON CONFLICT (batch, no, code) DO UPDATE SET blob = excluded.blob`
	filesSQL      = `SELECT code, blob FROM licensing_batch_file WHERE batch = $1 AND no = $2 ORDER BY code`
	dropFilesSQL  = `DELETE FROM licensing_batch_file WHERE batch = $1 AND no = $2`

	collectionsSQL = `SELECT id, batch, event_id, collector, phone_mask, signature, taken, short, wrong, at, by_id, by_name, mac FROM licensing_batch_collection`
	collectionSQL  = collectionsSQL + ` WHERE batch = $1 AND id = $2`
	collectedSQL   = collectionsSQL + ` WHERE batch = $1 AND event_id = $2`
	ofBatchSQL     = collectionsSQL + ` WHERE batch = $1 ORDER BY at DESC, id`

	insertCollectionSQL = `INSERT INTO licensing_batch_collection (id, batch, event_id, collector, phone, phone_mask, signature, taken, short, wrong, at, by_id, by_name, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`
)

var (
	batchSorts = db.Sorts{"": "x.created_at DESC, x.id DESC", "number": "x.number", "company": "x.company", "created_at": "x.created_at", "rows": "x.rows"}
	rowSorts   = db.Sorts{"": "r.no", "no": "r.no", "name": "r.name", "case_state": "c.state"}
)

func (s *Service) now() time.Time { return s.Clock.Now().UTC().Truncate(time.Microsecond) }

// batch reads one; of a company's agent, scope is the company, and another's is as
// good as none. Faults: missing, licensing.batch.tampered.
func (s *Service) batch(ctx context.Context, q db.Q, id, scope string) (Batch, error) {
	b, err := db.Row[Batch](ctx, q, batchSQL, id)
	if err == nil {
		err = s.whole(&b)
	}
	if err == nil && scope != "" && scope != b.CompanyCode {
		err = db.Missing()
	}
	return b, err
}

func (s *Service) whole(b *Batch) error {
	if s.Keys.CheckRowMAC(b.MAC, b.parts()...) {
		return nil
	}
	return fault.Newf(fault.Internal, "licensing.batch.tampered", "批次 %s 的数据被改动过，已停止办理，请联系安全管理员", b.Number)
}

// insertBatch numbers a batch by day: PL, the day, four running digits.
func (s *Service) insertBatch(ctx context.Context, tx pgx.Tx, b *Batch, phone string) error {
	on := clock.DateOf(b.CreatedAt)
	n, err := db.Value[int](ctx, tx, numberSQL, "batch-"+on.String())
	if err != nil {
		return err
	}
	b.Number = fmt.Sprintf("PL%04d%02d%02d%04d", on.Year, on.Month, on.Day, n)
	sealed, err := s.Keys.SealAt([]string{placePhone, b.ID}, []byte(phone))
	if err != nil {
		return fmt.Errorf("seal phone: %w", err)
	}
	_, err = tx.Exec(ctx, insertBatchSQL, b.ID, b.Number, b.Company, b.CompanyCode, b.Contact, sealed, b.Phone, b.ByKind, b.ByID, b.By, b.CreatedAt,
		s.Keys.RowMAC(b.parts()...))
	if err != nil {
		return fmt.Errorf("insert batch: %w", err)
	}
	return nil
}
