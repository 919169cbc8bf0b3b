package bank

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
)

const (
	insertBatchSQL = `INSERT INTO exam_batch
		(id, file_name, file_digest, questions, pictures, state, imported_by, imported_name, imported_at)
		VALUES ($1, $2, $3, $4, $5, 'REVIEW', $6, $7, $8)`
	lockBatchSQL = `SELECT id, file_name, questions, pictures, state, imported_by, imported_name, imported_at,
		reviewed_by, reviewed_name, reviewed_at, note FROM exam_batch WHERE id = $1 FOR UPDATE`
	listBatchSQL = `SELECT id, file_name, questions, pictures, state, imported_by, imported_name, imported_at,
		reviewed_by, reviewed_name, reviewed_at, note FROM exam_batch`
	reviewBatchSQL = `UPDATE exam_batch SET state = $2, reviewed_by = $3, reviewed_name = $4, reviewed_at = $5, note = $6
		WHERE id = $1`
	statusOfBatchSQL = `UPDATE exam_question SET status = $2, status_at = $3, status_by = $4
		WHERE batch = $1 AND status = 'REVIEW'`
	lockQuestionSQL = `SELECT id, number, version, batch, industry, categories, subject, chapter, difficulty, type, subs,
		status, created_at, content FROM exam_question WHERE id = $1 FOR UPDATE`
	questionSQL = `SELECT id, number, version, batch, industry, categories, subject, chapter, difficulty, type, subs,
		status, created_at, content FROM exam_question WHERE id = $1`
	listQuestionSQL = `SELECT id, number, version, batch, industry, categories, subject, chapter, difficulty, type, subs,
		status, created_at, content FROM exam_question`
	sealedSQL    = `SELECT id, chapter, number::text, content FROM exam_question`
	setStatusSQL = `UPDATE exam_question SET status = $2, status_at = $3, status_by = $4 WHERE id = $1`
	knownSQL     = `SELECT stem_blind, number FROM exam_question WHERE stem_blind = ANY($1) AND status <> 'OFF'`
	rangeSQL     = `SELECT id, chapter, number::text, content FROM exam_question
		WHERE status = 'ON' AND subject = $2 AND $1 = ANY(categories) ORDER BY id`
	overviewSQL = `SELECT c AS category, subject, type, chapter, difficulty, count(*)::int AS questions
		FROM exam_question, unnest(categories) AS c WHERE status = 'ON' AND ($1 = '' OR c = $1)
		GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5`
	chaptersSQL = `SELECT DISTINCT chapter FROM exam_question
		WHERE status = 'ON' AND ($1 = '' OR $1 = ANY(categories)) AND ($2 = '' OR subject = $2) ORDER BY 1`
	knownMediaSQL  = `SELECT digest FROM exam_media WHERE digest = ANY($1)`
	insertMediaSQL = `INSERT INTO exam_media (digest, blob, type, width, height, size, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (digest) DO NOTHING`
	mediaSQL       = `SELECT blob, type FROM exam_media WHERE digest = $1`
	insertErrorSQL = `INSERT INTO exam_import_error (id, kind, owner, body, at) VALUES ($1, $2, $3, $4, $5)`
	errorSQL       = `SELECT body FROM exam_import_error WHERE id = $1 AND owner = $2`
	sweepErrorSQL  = `DELETE FROM exam_import_error WHERE at < $1`
)

var questionColumns = []string{
	"id", "version", "batch", "industry", "categories", "subject", "chapter", "difficulty", "type", "subs",
	"status", "stem_blind", "content", "media", "created_at", "status_at", "status_by",
}

// sealedQuestion is a question as it lies in the database.
type sealedQuestion struct {
	ID      string
	Chapter string
	Number  string
	Content []byte
}

func lockBatch(ctx context.Context, q db.Q, id string) (Batch, error) {
	rows, err := q.Query(ctx, lockBatchSQL, id)
	if err != nil {
		return Batch{}, fmt.Errorf("lock batch: %w", err)
	}
	return db.One(pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Batch]))
}

func listBatches(ctx context.Context, q db.Q, state string, page db.Page) (db.List[Batch], error) {
	w := new(db.Where).Eq("state", state).Like(page.Q, "file_name", "imported_name")
	return db.Select[Batch](ctx, q, listBatchSQL, w, db.Sorts{"": "imported_at DESC, id", "imported_at": "imported_at"}, page)
}

func readQuestion(ctx context.Context, q db.Q, sql, id string) (Row, error) {
	rows, err := q.Query(ctx, sql, id)
	if err != nil {
		return Row{}, fmt.Errorf("read question: %w", err)
	}
	return db.One(pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Row]))
}

var questionSorts = db.Sorts{
	"": "number", "number": "number", "chapter": "chapter", "difficulty": "difficulty", "type": "type",
	"status": "status", "created_at": "created_at",
}

func where(f Filter) *db.Where {
	w := new(db.Where).Eq("industry", f.Industry).Eq("subject", f.Subject).Eq("chapter", f.Chapter).
		Eq("type", f.Type).Eq("status", f.Status).Eq("batch", f.Batch)
	if f.Category != "" {
		w.And("categories @> ARRAY[?]", f.Category)
	}
	if f.Difficulty != 0 {
		w.And("difficulty = ?", f.Difficulty)
	}
	return w
}

// listQuestions finds questions by chapter and number, and those of ids.
func listQuestions(ctx context.Context, q db.Q, f Filter, ids []string, page db.Page) (db.List[Row], error) {
	w := where(f)
	if ids == nil {
		w.Like(page.Q, "chapter", "number::text")
	} else {
		w.And("id = ANY(?)", ids)
	}
	return db.Select[Row](ctx, q, listQuestionSQL, w, questionSorts, page)
}

// sealedUnder reads the content of every question under a filter.
func sealedUnder(ctx context.Context, q db.Q, f Filter) ([]sealedQuestion, error) {
	clause, args := where(f).SQL()
	return collect(ctx, q, pgx.RowToStructByPos[sealedQuestion], sealedSQL+clause, args...)
}

// known maps the blind index of stems to the numbers of questions that have it.
func known(ctx context.Context, q db.Q, blinds [][]byte) (map[string]int64, error) {
	rows, err := q.Query(ctx, knownSQL, blinds)
	if err != nil {
		return nil, fmt.Errorf("find duplicates: %w", err)
	}
	out, blind, number := map[string]int64{}, []byte(nil), int64(0)
	_, err = pgx.ForEachRow(rows, []any{&blind, &number}, func() error {
		out[string(blind)] = number
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find duplicates: %w", err)
	}
	return out, nil
}

func collect[T any](ctx context.Context, q db.Q, scan pgx.RowToFunc[T], sql string, args ...any) ([]T, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read bank: %w", err)
	}
	out, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, fmt.Errorf("read bank: %w", err)
	}
	if out == nil {
		out = []T{}
	}
	return out, nil
}

func setStatus(ctx context.Context, q db.Q, id string, s Status, at time.Time, by string) error {
	if _, err := q.Exec(ctx, setStatusSQL, id, s, at, by); err != nil {
		return fmt.Errorf("set status: %w", err)
	}
	return nil
}
