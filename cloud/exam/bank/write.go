package bank

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/exam/picture"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// A hand-written question is a batch of one: DRAFT while its author works on it,
// REVIEW once submitted, and back to DRAFT when the reviewer returns it.
const (
	kindFile   = "FILE"
	kindHand   = "HAND"
	batchDraft = "DRAFT"
)

// Written is a draft as it was stored, and what it resembles.
type Written struct {
	Row     Row       `json:"row"`
	Similar []Similar `json:"similar"`
}

// Write stores a new question as the author's draft. Faults: those of
// exam.Question.Validate, exam.bank.write.dictionary, .picture, .duplicate.
func (s *Service) Write(ctx context.Context, q exam.Question) (Written, error) {
	q.Version = 1
	return s.draft(ctx, q, nil)
}

// Revise begins the next version of a question in use as the author's draft. The
// version in use stays so until the new one is approved. Faults:
// exam.bank.revise.state, .pending.
func (s *Service) Revise(ctx context.Context, id string) (Written, error) {
	if _, err := auth.Require(ctx, PermImport); err != nil {
		return Written{}, err
	}
	row, err := readQuestion(ctx, s.db, questionSQL, id)
	if err != nil {
		return Written{}, err
	}
	if row.Status != On {
		return Written{}, fault.New(fault.Precondition, "exam.bank.revise.state", "只有在用的试题可以修订，请在列表中选择在用的版本")
	}
	q, err := s.openQuestion(row.ID, row.Content)
	if err != nil {
		return Written{}, err
	}
	return s.draft(ctx, q, &row)
}

// draft inserts a question with a batch of its own. old is what it replaces.
func (s *Service) draft(ctx context.Context, q exam.Question, old *Row) (Written, error) {
	actor, err := auth.Require(ctx, PermImport)
	if err != nil {
		return Written{}, err
	}
	q.ID = newID()
	var out Written
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		batch, now := newID(), s.clock.Now()
		var replaces *string
		title, number := "新题："+exam.TypeName(q.Type)+"，"+q.Chapter, int64(0)
		if old != nil {
			if q.Version, err = s.nextVersion(ctx, tx, old); err != nil {
				return err
			}
			replaces, number = &old.ID, old.Number
			title = fmt.Sprintf("修订：%s 第 %d 版", Number(number), q.Version)
		}
		content, blind, err := s.checked(ctx, tx, &q, number)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, insertDraftBatchSQL, batch, title, len(mediaOf(&q)), actor.ID, actor.Name, now); err != nil {
			return fmt.Errorf("insert batch: %w", err)
		}
		_, err = tx.Exec(ctx, insertDraftSQL, q.ID, number, q.Version, batch, q.Industry, q.Categories, q.Subject, q.Chapter, q.Difficulty,
			string(q.Type), len(q.Sub), blind, content, mediaOf(&q), now, actor.ID, replaces)
		if db.IsUnique(err, "exam_question_number_version") {
			return pending()
		}
		if err != nil {
			return fmt.Errorf("insert draft: %w", err)
		}
		return s.written(ctx, tx, &out, &q, "exam.bank.write")
	})
}

func (s *Service) nextVersion(ctx context.Context, tx pgx.Tx, old *Row) (int, error) {
	if _, err := readQuestion(ctx, tx, lockQuestionSQL, old.ID); err != nil { // one revision at a time
		return 0, err
	}
	var next int
	var waiting bool
	if err := tx.QueryRow(ctx, nextVersionSQL, old.Number).Scan(&next, &waiting); err != nil {
		return 0, fmt.Errorf("next version: %w", err)
	}
	if waiting {
		return 0, pending()
	}
	return next, nil
}

func pending() error {
	return fault.New(fault.Conflict, "exam.bank.revise.pending", "这道题已有一个修订版本在编写或待审核，请等它审核完再修订")
}

// Amend replaces the content of the author's own draft. Faults: those of Write,
// exam.bank.draft.state, .other.
func (s *Service) Amend(ctx context.Context, id string, q exam.Question) (Written, error) {
	var out Written
	return out, s.own(ctx, id, func(tx pgx.Tx, row Row) error {
		q.ID, q.Version = row.ID, row.Version
		number := int64(0)
		if row.Replaces != nil {
			number = row.Number
		}
		content, blind, err := s.checked(ctx, tx, &q, number)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, amendSQL, id, q.Industry, q.Categories, q.Subject, q.Chapter, q.Difficulty,
			string(q.Type), len(q.Sub), blind, content, mediaOf(&q))
		if err != nil {
			return fmt.Errorf("amend draft: %w", err)
		}
		return s.written(ctx, tx, &out, &q, "exam.bank.amend")
	})
}

// written reads back a draft, notes what it resembles for its reviewer, and
// records the act.
func (s *Service) written(ctx context.Context, tx pgx.Tx, out *Written, q *exam.Question, act string) error {
	row, err := readQuestion(ctx, tx, questionSQL, q.ID)
	if err != nil {
		return err
	}
	out.Similar, err = s.similar(ctx, tx, []said{{pairs: pairsOf(q)}}, row.Number)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, similarSQL, row.Batch, out.Similar); err != nil {
		return fmt.Errorf("note similar: %w", err)
	}
	row.Content = nil
	out.Row = row
	return s.audit.Record(ctx, tx, act, q.ID, map[string]any{"number": Number(row.Number), "version": row.Version})
}

// own locks a draft of the acting person and lets do change it.
func (s *Service) own(ctx context.Context, id string, do func(tx pgx.Tx, row Row) error) error {
	actor, err := auth.Require(ctx, PermImport)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		row, err := readQuestion(ctx, tx, lockQuestionSQL, id)
		if err != nil {
			return err
		}
		if row.Status != Draft {
			return fault.New(fault.Precondition, "exam.bank.draft.state", "只有草稿可以修改、提交或删除；在用的试题请先点“修订”")
		}
		b, err := lockBatch(ctx, tx, row.Batch)
		if err != nil {
			return err
		}
		if b.ImportedBy != actor.ID {
			return fault.Newf(fault.Forbidden, "exam.bank.draft.other", "这是%s的草稿，只有本人可以修改、提交或删除", b.ImportedName)
		}
		return do(tx, row)
	})
}

// Submit hands the author's draft to a reviewer. Faults: exam.bank.draft.state,
// .other, exam.bank.write.duplicate.
func (s *Service) Submit(ctx context.Context, id string) error {
	return s.own(ctx, id, func(tx pgx.Tx, row Row) error {
		if _, err := tx.Exec(ctx, batchStateSQL, row.Batch, batchReview); err != nil {
			return fmt.Errorf("submit batch: %w", err)
		}
		actor, _ := auth.From(ctx)
		if err := setStatus(ctx, tx, id, Review, s.clock.Now(), actor.ID); err != nil {
			return duplicated(err)
		}
		return s.audit.Record(ctx, tx, "exam.bank.submit", id, map[string]any{"number": Number(row.Number), "version": row.Version})
	})
}

// Discard takes back the author's draft; it stays on record, out of use.
func (s *Service) Discard(ctx context.Context, id string) error {
	return s.own(ctx, id, func(tx pgx.Tx, row Row) error {
		if _, err := tx.Exec(ctx, batchStateSQL, row.Batch, batchRejected); err != nil {
			return fmt.Errorf("discard batch: %w", err)
		}
		actor, _ := auth.From(ctx)
		if err := setStatus(ctx, tx, id, Off, s.clock.Now(), actor.ID); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, "exam.bank.discard", id, map[string]any{"number": Number(row.Number), "version": row.Version})
	})
}

// checked cleans and judges a hand-written question as an import is judged, and
// seals it. number is that of the question it replaces, or 0.
func (s *Service) checked(ctx context.Context, tx pgx.Tx, q *exam.Question, number int64) ([]byte, []byte, error) {
	if err := tidy(q); err != nil {
		return nil, nil, err
	}
	if err := q.Validate(); err != nil {
		return nil, nil, err
	}
	if err := inDictionaries(q); err != nil {
		return nil, nil, err
	}
	media := mediaOf(q)
	have, err := db.Rows(ctx, tx, pgx.RowTo[[]byte], knownMediaSQL, media)
	if err != nil {
		return nil, nil, err
	}
	for _, m := range media {
		if !slices.ContainsFunc(have, func(h []byte) bool { return string(h) == string(m) }) {
			return nil, nil, fault.New(fault.Invalid, "exam.bank.write.picture", "有一张图片没有上传成功，请删除后重新上传")
		}
	}
	blind := s.keys.Blind(blindStem, Fingerprint(q))
	twins, err := known(ctx, tx, [][]byte{blind})
	if err != nil {
		return nil, nil, err
	}
	if twin, ok := twins[string(blind)]; ok && twin != number {
		return nil, nil, fault.Newf(fault.Conflict, "exam.bank.write.duplicate", "题库中已有同样的试题 %s，请修订那一道", Number(twin))
	}
	content, err := s.sealQuestion(q)
	return content, blind, err
}

// tidy cleans every text as a workbook's cell is cleaned, so that what was typed
// survives export and import.
func tidy(q *exam.Question) error {
	texts := []*string{&q.Stem, &q.LawRef, &q.Explain, &q.Chapter}
	for i := range q.Options {
		texts = append(texts, &q.Options[i].Text)
	}
	for _, t := range texts {
		clean, err := sheet.Text(*t, maxCellRunes)
		if err != nil {
			return fault.Newf(fault.Invalid, "exam.question.text", "文字%s", err.Error()).With(err)
		}
		*t = clean
	}
	slices.Sort(q.Categories)
	slices.Sort(q.Answer)
	for i := range q.Sub {
		if err := tidy(&q.Sub[i]); err != nil {
			return err
		}
	}
	return nil
}

func inDictionaries(q *exam.Question) error {
	known := vocabulary.Code(vocabulary.Industries(), q.Industry) == q.Industry && vocabulary.IsSubject(q.Subject)
	for _, c := range q.Categories {
		known = known && vocabulary.Code(vocabulary.Categories(), c) == c
	}
	for _, o := range append([]exam.Question{*q}, q.Sub...) {
		known = known && len(o.Options) <= len(optionLetters)
	}
	if !known {
		return fault.New(fault.Invalid, "exam.bank.write.dictionary", "行业、类别和科目请从列表中选择，选项最多 6 个")
	}
	return nil
}

// duplicated turns the database's word that a question is there twice into ours.
func duplicated(err error) error {
	if db.IsUnique(err, "exam_question_stem") {
		return fault.New(fault.Conflict, "exam.bank.write.duplicate", "题库中已有同样的试题，请在试题列表中查找并修订那一道").With(err)
	}
	return err
}

// AddPicture cleans and keeps one picture for a question that is being written.
// Faults: those of picture.Clean.
func (s *Service) AddPicture(ctx context.Context, data []byte) (exam.Media, error) {
	if _, err := auth.Require(ctx, PermImport); err != nil {
		return exam.Media{}, err
	}
	clean, err := picture.Clean(data, pictureLimits)
	if err != nil {
		return exam.Media{}, err
	}
	digest := sm.Sum(clean.Data)
	blobs, err := s.storeMedia(ctx, media{digest: clean})
	if err != nil {
		return exam.Media{}, err
	}
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		return errors.Join(s.insertMedia(ctx, tx, media{digest: clean}, blobs),
			s.audit.Record(ctx, tx, "exam.bank.picture", digest.String(), map[string]any{"bytes": len(clean.Data)}))
	})
	return exam.Media{Digest: digest.String(), Type: clean.Type}, err
}
