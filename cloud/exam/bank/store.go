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
		(id, file_name, file_digest, questions, pictures, state, imported_by, imported_name, imported_at, alike)
		VALUES ($1, $2, $3, $4, $5, 'REVIEW', $6, $7, $8, $9)`
	insertDraftBatchSQL = `INSERT INTO exam_batch
		(id, kind, file_name, file_digest, questions, pictures, state, imported_by, imported_name, imported_at)
		VALUES ($1, 'HAND', $2, '', 1, $3, 'DRAFT', $4, $5, $6)`
	batchStateSQL = `UPDATE exam_batch SET state = $2 WHERE id = $1`
	similarSQL    = `UPDATE exam_batch SET alike = $2 WHERE id = $1`
	listBatchSQL  = `SELECT id, kind, file_name, questions, pictures, state, imported_by, imported_name, imported_at,
		reviewed_by, reviewed_name, reviewed_at, note, alike FROM exam_batch`
	lockBatchSQL   = listBatchSQL + ` WHERE id = $1 FOR UPDATE`
	reviewBatchSQL = `UPDATE exam_batch SET state = $2, reviewed_by = $3, reviewed_name = $4, reviewed_at = $5, note = $6
		WHERE id = $1`
	statusOfBatchSQL = `UPDATE exam_question SET status = $2, status_at = $3, status_by = $4
		WHERE batch = $1 AND status = 'REVIEW'`
	retireReplacedSQL = `UPDATE exam_question o SET status = 'OFF', status_at = $2, status_by = $3
		FROM exam_question n WHERE n.batch = $1 AND n.replaces = o.id AND o.status = 'ON'`
	listQuestionSQL = `SELECT id, number, version, batch, industry, categories, subject, chapter, difficulty, type, subs,
		status, created_at, replaces, content FROM exam_question`
	questionSQL     = listQuestionSQL + ` WHERE id = $1`
	lockQuestionSQL = questionSQL + ` FOR UPDATE`
	versionsSQL     = listQuestionSQL + ` WHERE number = $1 ORDER BY version DESC`
	nextVersionSQL  = `SELECT max(version)::int + 1, bool_or(status IN ('DRAFT', 'REVIEW')) FROM exam_question WHERE number = $1`
	insertDraftSQL  = `INSERT INTO exam_question (id, number, version, batch, industry, categories, subject, chapter, difficulty,
		type, subs, status, stem_blind, content, media, created_at, status_at, status_by, replaces) OVERRIDING SYSTEM VALUE
		VALUES ($1, CASE WHEN $2 = 0::bigint THEN nextval(pg_get_serial_sequence('exam_question', 'number')) ELSE $2 END,
			$3, $4, $5, $6, $7, $8, $9, $10, $11, 'DRAFT', $12, $13, $14, $15, $15, $16, $17)`
	amendSQL = `UPDATE exam_question SET industry = $2, categories = $3, subject = $4, chapter = $5, difficulty = $6, type = $7,
		subs = $8, stem_blind = $9, content = $10, media = $11 WHERE id = $1`
	sawSQL     = `INSERT INTO exam_question_seen (question, who, name, how, at) SELECT unnest($1::text[]), $2, $3, $4, $5`
	custodySQL = `SELECT s.question, q.number, q.version, q.type, q.chapter, s.who, s.name, s.how, s.at
		FROM exam_question_seen s JOIN exam_question q ON q.id = s.question`
	waitingSQL   = `SELECT id, chapter, number::text, content FROM exam_question WHERE status IN ('ON', 'REVIEW') AND number <> $1`
	sealedSQL    = `SELECT id, chapter, number::text, content FROM exam_question`
	setStatusSQL = `UPDATE exam_question SET status = $2, status_at = $3, status_by = $4 WHERE id = $1`
	knownSQL     = `SELECT stem_blind, number FROM exam_question WHERE stem_blind = ANY($1) AND status IN ('ON', 'REVIEW')`
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
	mediaSQL = `SELECT blob, type FROM exam_media WHERE digest = $1`
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

// numberSQL is Number in SQL.
const numberSQL = `'Q' || lpad(number::text, greatest(6, length(number::text)), '0')`

var questionSorts = db.Sorts{
	"": "number, version", "number": "number", "chapter": "chapter", "difficulty": "difficulty", "type": "type",
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
		w.Like(page.Q, "chapter", numberSQL)
	} else {
		w.And("id = ANY(?)", ids)
	}
	return db.Select[Row](ctx, q, listQuestionSQL, w, questionSorts, page)
}

// sealedUnder reads the content of every question under a filter.
func sealedUnder(ctx context.Context, q db.Q, f Filter) ([]sealedQuestion, error) {
	clause, args := where(f).SQL()
	return db.Rows(ctx, q, pgx.RowToStructByPos[sealedQuestion], sealedSQL+clause, args...)
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

func setStatus(ctx context.Context, q db.Q, id string, s Status, at time.Time, by string) error {
	if _, err := q.Exec(ctx, setStatusSQL, id, s, at, by); err != nil {
		return fmt.Errorf("set status: %w", err)
	}
	return nil
}
