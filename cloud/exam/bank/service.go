package bank

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/blob"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// Service is the bank.
type Service struct {
	db    *db.DB
	keys  *keys.Ring
	audit *audit.Log
	blobs blob.Store
	clock clock.Clock
}

// New makes the bank.
func New(d *db.DB, k *keys.Ring, a *audit.Log, b blob.Store, c clock.Clock) *Service {
	return &Service{db: d, keys: k, audit: a, blobs: b, clock: c}
}

// Number is how people name a question.
func Number(n int64) string { return fmt.Sprintf("Q%0*d", numberDigits, n) }

const numberDigits = 6

// Shown is a question with its content, as one person saw it at one moment.
type Shown struct {
	Row
	Question exam.Question        `json:"question"`
	Mark     vocabulary.Watermark `json:"watermark"`
	Mine     bool                 `json:"mine" doc:"是本人的草稿，可以修改和提交"`
	Note     string               `json:"note" doc:"审核意见"`
	Versions []Row                `json:"versions" doc:"同一题号的各个版本，新的在前"`
}

// List finds questions. Only readers with exam.bank.show get excerpts.
func (s *Service) List(ctx context.Context, f Filter, page db.Page) (db.List[Row], error) {
	actor, err := auth.Require(ctx, PermList)
	if err != nil {
		return db.List[Row]{}, err
	}
	page.Q = full(page.Q)
	var ids []string
	if actor.Can(PermShow) && page.Q != "" {
		if ids, err = s.search(ctx, f, page.Q); err != nil {
			return db.List[Row]{}, err
		}
	}
	out, err := listQuestions(ctx, s.db, f, ids, page)
	if err != nil {
		return out, err
	}
	for i := range out.Items {
		row := &out.Items[i]
		if actor.Can(PermShow) {
			q, err := s.openQuestion(row.ID, row.Content)
			if err != nil {
				return out, err
			}
			row.Excerpt = excerpt(q.Stem)
		}
		row.Content = nil
	}
	return out, nil
}

// full makes Q000120 of Q120 and leaves other words alone: a number as it is
// shown is one question's, while 120 is part of many.
func full(text string) string {
	text = strings.TrimSpace(text)
	n, isNumber := strings.CutPrefix(strings.ToUpper(text), "Q")
	if !isNumber || n == "" || strings.Trim(n, "0123456789") != "" {
		return text
	}
	return "Q" + padded(strings.TrimLeft(n, "0"))
}

// padded is a number's digits as Number writes them.
func padded(digits string) string {
	return strings.Repeat("0", max(numberDigits-len(digits), 0)) + digits
}

// search looks into the sealed text, which no index of the database can: it
// opens every question under the filter. That takes about a tenth of a second
// for ten thousand, and only those who may open them anyway can ask for it.
func (s *Service) search(ctx context.Context, f Filter, text string) ([]string, error) {
	sealed, err := sealedUnder(ctx, s.db, f)
	if err != nil {
		return nil, err
	}
	ids, want := []string{}, normalise(text)
	for _, c := range sealed {
		q, err := s.openQuestion(c.ID, c.Content)
		if err != nil {
			return nil, err
		}
		if strings.Contains(c.Chapter, text) || strings.Contains("Q"+padded(c.Number), text) || (want != "" && mentions(&q, want)) {
			ids = append(ids, c.ID)
		}
	}
	return ids, nil
}

// mentions tells whether a question's own words hold a normalised text.
func mentions(q *exam.Question, want string) bool {
	if strings.Contains(normalise(q.Stem), want) || strings.Contains(normalise(q.LawRef), want) {
		return true
	}
	return slices.ContainsFunc(q.Options, func(o exam.Option) bool { return strings.Contains(normalise(o.Text), want) }) ||
		slices.ContainsFunc(q.Sub, func(s exam.Question) bool { return mentions(&s, want) })
}

// Show opens one question; the audit line is its custody record.
func (s *Service) Show(ctx context.Context, id string) (Shown, error) {
	actor, err := auth.Require(ctx, PermShow)
	if err != nil {
		return Shown{}, err
	}
	var out Shown
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		row, err := readQuestion(ctx, tx, questionSQL, id)
		if err != nil {
			return err
		}
		if out.Question, err = s.openQuestion(row.ID, row.Content); err != nil {
			return err
		}
		row.Content, row.Excerpt = nil, excerpt(out.Question.Stem)
		out.Row, out.Mark = row, vocabulary.Mark(actor.Username, actor.Name, s.clock.Now())
		b, err := lockBatch(ctx, tx, row.Batch)
		if err != nil {
			return err
		}
		out.Mine, out.Note = row.Status == Draft && b.ImportedBy == actor.ID, b.Note
		if out.Versions, err = db.Rows(ctx, tx, pgx.RowToStructByName[Row], versionsSQL, row.Number); err != nil {
			return err
		}
		for i := range out.Versions {
			out.Versions[i].Content = nil
		}
		if err := s.Saw(ctx, tx, []string{id}, "SHOW"); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermShow, id, map[string]any{"number": Number(row.Number), "version": row.Version})
	})
}

// Batches lists imports.
func (s *Service) Batches(ctx context.Context, state string, page db.Page) (db.List[Batch], error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return db.List[Batch]{}, err
	}
	return listBatches(ctx, s.db, state, page)
}

// Decide approves or rejects an imported batch. Faults: exam.bank.review.self,
// .state, .note.
func (s *Service) Decide(ctx context.Context, id string, approve bool, note string) (Batch, error) {
	actor, err := auth.Require(ctx, PermReview)
	if err != nil {
		return Batch{}, err
	}
	var b Batch
	return b, s.db.InTx(ctx, func(tx pgx.Tx) error {
		if b, err = lockBatch(ctx, tx, id); err != nil {
			return err
		}
		if err := b.review(actor.ID, approve, note); err != nil {
			return err
		}
		now, status := s.clock.Now(), map[string]Status{batchOn: On, batchDraft: Draft, batchRejected: Off}[b.State]
		if _, err := tx.Exec(ctx, reviewBatchSQL, id, b.State, actor.ID, actor.Name, now, note); err != nil {
			return fmt.Errorf("review batch: %w", err)
		}
		if approve { // before the new one is in use: never two of one number
			if _, err := tx.Exec(ctx, retireReplacedSQL, id, now, actor.ID); err != nil {
				return fmt.Errorf("retire replaced: %w", err)
			}
		}
		if _, err := tx.Exec(ctx, statusOfBatchSQL, id, status, now, actor.ID); err != nil {
			return duplicated(fmt.Errorf("review questions: %w", err))
		}
		b.ReviewedBy, b.ReviewedName, b.ReviewedAt, b.Note = &actor.ID, &actor.Name, &now, note
		return s.audit.Record(ctx, tx, PermReview, id, map[string]any{"approve": approve, "questions": b.Questions, "note": note})
	})
}

// Retire takes a question out of use. Faults: exam.bank.retire.state, .reason.
func (s *Service) Retire(ctx context.Context, id, reason string) error {
	actor, err := auth.Require(ctx, PermReview)
	if err != nil {
		return err
	}
	if strings.TrimSpace(reason) == "" {
		return fault.New(fault.Invalid, "exam.bank.retire.reason", "停用试题须写明原因")
	}
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		row, err := readQuestion(ctx, tx, lockQuestionSQL, id)
		if err != nil {
			return err
		}
		if row.Status != On {
			return fault.New(fault.Precondition, "exam.bank.retire.state", "只有在用的试题可以停用，请刷新列表")
		}
		if err := setStatus(ctx, tx, id, Off, s.clock.Now(), actor.ID); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, "exam.bank.retire", id, map[string]any{"number": Number(row.Number), "reason": reason})
	})
}

// Overview counts the questions in use by category, subject, type, chapter and
// difficulty; an empty category counts all.
func (s *Service) Overview(ctx context.Context, category string) ([]Count, error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return nil, err
	}
	return db.Rows(ctx, s.db, pgx.RowToStructByName[Count], overviewSQL, category)
}

// Chapters lists the chapters in use, for forms.
func (s *Service) Chapters(ctx context.Context, category, subject string) ([]string, error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return nil, err
	}
	return db.Rows(ctx, s.db, pgx.RowTo[string], chaptersSQL, category, subject)
}

// Template is an empty import workbook with two examples.
func (s *Service) Template(ctx context.Context) ([]byte, error) {
	if _, err := auth.Require(ctx, PermImport); err != nil {
		return nil, err
	}
	return sheet.Write("试题", Columns(), examples())
}

// Report is the error workbook of an upload, for the person who uploaded.
func (s *Service) Report(ctx context.Context, id string) ([]byte, error) {
	actor, err := auth.Require(ctx, PermImport)
	if err != nil {
		return nil, err
	}
	return s.reports().Read(ctx, s.db, actor.ID, id)
}

// Range is every question in use for a category and subject, in order of id.
// It is read by paper and sitting inside the cloud; no route leads to it.
func (s *Service) Range(ctx context.Context, q db.Q, category, subject string) ([]exam.Question, error) {
	sealed, err := db.Rows(ctx, q, pgx.RowToStructByPos[sealedQuestion], rangeSQL, category, subject)
	if err != nil {
		return nil, err
	}
	out := make([]exam.Question, len(sealed))
	for i, c := range sealed {
		if out[i], err = s.openQuestion(c.ID, c.Content); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Media is the plain bytes and the type of a question picture. It has no
// permission of its own: its callers have asked for theirs.
func (s *Service) Media(ctx context.Context, digest sm.Digest) ([]byte, string, error) {
	var blob []byte
	var kind string
	_, err := db.One(kind, s.db.QueryRow(ctx, mediaSQL, digest[:]).Scan(&blob, &kind))
	if err != nil {
		return nil, "", err
	}
	r, size, err := s.blobs.Open(ctx, sm.Digest(blob))
	if err != nil {
		return nil, "", fmt.Errorf("open picture: %w", err)
	}
	defer r.Close()
	sealed, err := io.ReadAll(io.LimitReader(r, size))
	if err != nil {
		return nil, "", fmt.Errorf("read picture: %w", err)
	}
	plain, err := s.keys.OpenAt([]string{placeMedia, digest.String()}, sealed)
	if err != nil {
		return nil, "", fmt.Errorf("open picture: %w", err)
	}
	if sm.Sum(plain) != digest {
		return nil, "", errSealed
	}
	return plain, kind, nil
}
