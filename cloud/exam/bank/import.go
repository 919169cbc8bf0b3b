package bank

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/exam/picture"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// Bounds of a question picture: a photograph of a scene on a 1080p terminal.
var pictureLimits = picture.Limits{Bytes: 4 << 20, Min: 16, Max: 4000, Pixels: 12 << 20}

// Upload is a workbook and, when it names pictures, a zip of them.
type Upload struct {
	FileName string
	Workbook []byte
	Pictures []byte
}

// Imported is the answer to an upload: either a batch, or what is wrong with
// every row and where to fetch the workbook that says so.
type Imported struct {
	OK        bool            `json:"ok"`
	Batch     string          `json:"batch,omitempty"`
	Questions int             `json:"questions"`
	Pictures  int             `json:"pictures"`
	Problems  []sheet.Problem `json:"problems"`
	Errors    int             `json:"errors"`           // all of them; Problems shows the first
	Report    string          `json:"report,omitempty"` // id of the error workbook
	Similar   []Similar       `json:"similar"`          // taken all the same; the reviewer sees them too
}

const (
	problemsShown = 100
	reportKind    = "bank"
	blindStem     = "exam.question.stem"
)

// Places bind ciphertexts to where they lie (keys.Ring.Seal).
const (
	placeQuestion = "exam_question.content"
	placeMedia    = "exam_media"
)

// media are cleaned pictures by the digest of their plain bytes.
type media map[sm.Digest]picture.Picture

// Import takes a workbook in whole or not at all. Rows in error are not a
// fault: the result lists them. Faults: those of sheet.Read and
// picture.Archive, exam.bank.import.race.
func (s *Service) Import(ctx context.Context, up Upload) (Imported, error) {
	actor, err := auth.Require(ctx, PermImport)
	if err != nil {
		return Imported{}, err
	}
	rows, err := sheet.Read(up.Workbook, Columns(), limits)
	if err != nil {
		return Imported{}, err
	}
	named := map[string][]byte{}
	if len(up.Pictures) > 0 {
		if named, err = picture.Archive(up.Pictures, pictureLimits.Bytes); err != nil {
			return Imported{}, err
		}
	}
	drafts, problems := parse(rows)
	pics := media{}
	for i := range drafts {
		problems = append(problems, drafts[i].attach(named, pics)...)
	}
	blinds, twice, err := s.duplicates(ctx, drafts)
	if err != nil {
		return Imported{}, err
	}
	if problems = append(problems, twice...); len(problems) > 0 {
		slices.SortStableFunc(problems, func(a, b sheet.Problem) int { return a.Row - b.Row })
		return s.report(ctx, actor, up, problems)
	}
	fresh := make([]said, len(drafts))
	for i := range drafts {
		fresh[i] = said{name: fmt.Sprintf("第 %d 行", drafts[i].row), row: drafts[i].row, pairs: pairsOf(&drafts[i].question)}
	}
	near, err := s.similar(ctx, s.db, fresh, 0)
	if err != nil {
		return Imported{}, err
	}
	out, err := s.keep(ctx, actor, up, drafts, blinds, pics, near)
	out.Similar = near
	return out, err
}

// attach cleans a draft's pictures and hangs them on the question and its subs.
func (d *draft) attach(named map[string][]byte, pics media) []sheet.Problem {
	var problems []sheet.Problem
	add := func(row int, p pictures) (out []exam.Media) {
		raw := p.embedded
		for _, n := range p.named {
			data, ok := named[picture.Key(n)]
			if !ok {
				problems = append(problems, sheet.Problem{Row: row, Column: colPicture, Text: "压缩包里没有图片 " + n + "，请一并上传或改为插入单元格"})
				continue
			}
			raw = append(raw, data)
		}
		for _, data := range raw {
			clean, err := picture.Clean(data, pictureLimits)
			if err != nil {
				problems = append(problems, sheet.Problem{Row: row, Column: colPicture, Text: fault.From(err).Text})
				continue
			}
			digest := sm.Sum(clean.Data)
			pics[digest] = clean
			out = append(out, exam.Media{Digest: digest.String(), Type: clean.Type})
		}
		return out
	}
	d.question.Media = add(d.row, d.pictures)
	for i := range d.subRows {
		d.question.Sub[i].Media = add(d.subRows[i], d.subPics[i])
	}
	return problems
}

// duplicates finds questions that are twice in the file or already in the
// bank, and returns the blind index of each draft.
func (s *Service) duplicates(ctx context.Context, drafts []draft) ([][]byte, []sheet.Problem, error) {
	blinds, rows := make([][]byte, len(drafts)), map[string]int{}
	var problems []sheet.Problem
	for i := range drafts {
		blinds[i] = s.keys.Blind(blindStem, Fingerprint(&drafts[i].question))
		if first, twice := rows[string(blinds[i])]; twice {
			problems = append(problems, sheet.Problem{Row: drafts[i].row, Column: colStem, Text: fmt.Sprintf("与第 %d 行是同一道题", first)})
			continue
		}
		rows[string(blinds[i])] = drafts[i].row
	}
	have, err := known(ctx, s.db, blinds)
	if err != nil {
		return nil, nil, err
	}
	for i := range drafts {
		if number, ok := have[string(blinds[i])]; ok {
			problems = append(problems, sheet.Problem{Row: drafts[i].row, Column: colStem, Text: fmt.Sprintf("题库中已有同样的试题 %s", Number(number))})
		}
	}
	return blinds, problems, nil
}

func (s *Service) reports() sheet.Reports { return sheet.Reports{Keys: s.keys, Kind: reportKind} }

// report keeps the annotated workbook for the person who uploaded it.
func (s *Service) report(ctx context.Context, actor auth.Actor, up Upload, problems []sheet.Problem) (Imported, error) {
	book, err := sheet.Annotate(up.Workbook, limits, problems)
	if err != nil {
		return Imported{}, err
	}
	out := Imported{Problems: problems[:min(len(problems), problemsShown)], Errors: len(problems), Similar: []Similar{}}
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		if out.Report, err = s.reports().Keep(ctx, tx, actor.ID, book, s.clock.Now()); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermImport, out.Report, map[string]any{"file": up.FileName, "errors": len(problems)})
	})
}

// keep stores pictures, then batch and questions in one transaction.
func (s *Service) keep(ctx context.Context, actor auth.Actor, up Upload, drafts []draft, blinds [][]byte, pics media, near []Similar) (Imported, error) {
	blobs, err := s.storeMedia(ctx, pics)
	if err != nil {
		return Imported{}, err
	}
	batch, now := newID(), s.clock.Now()
	rows := make([][]any, len(drafts))
	for i := range drafts {
		q := &drafts[i].question
		q.ID = newID()
		if err := q.Validate(); err != nil {
			return Imported{}, err // the row rules let something pass: refuse all
		}
		content, err := s.sealQuestion(q)
		if err != nil {
			return Imported{}, err
		}
		rows[i] = []any{
			q.ID, q.Version, batch, q.Industry, q.Categories, q.Subject, q.Chapter, q.Difficulty, string(q.Type), len(q.Sub),
			string(Review), blinds[i], content, mediaOf(q), now, now, actor.ID,
		}
	}
	digest := sm.Sum(up.Workbook)
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, insertBatchSQL, batch, up.FileName, digest[:], len(drafts), len(pics), actor.ID, actor.Name, now, near)
		if err != nil {
			return fmt.Errorf("insert batch: %w", err)
		}
		if err := s.insertMedia(ctx, tx, pics, blobs); err != nil {
			return err
		}
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{"exam_question"}, questionColumns, pgx.CopyFromRows(rows)); err != nil {
			return fmt.Errorf("insert questions: %w", err)
		}
		return s.audit.Record(ctx, tx, PermImport, batch, map[string]any{"file": up.FileName, "questions": len(drafts), "digest": digest.String()})
	})
	if db.IsUnique(err, "exam_question_stem") {
		return Imported{}, fault.New(fault.Conflict, "exam.bank.import.race", "另一批导入刚刚加入了同样的试题，请重新上传查看是哪几行").With(err)
	}
	if err != nil {
		return Imported{}, err
	}
	return Imported{OK: true, Batch: batch, Questions: len(drafts), Pictures: len(pics), Problems: []sheet.Problem{}}, nil
}

// storeMedia seals and stores the pictures that the bank does not have yet. A
// blob left by a transaction that then fails is garbage, never a wrong picture.
func (s *Service) storeMedia(ctx context.Context, pics media) (map[sm.Digest]sm.Digest, error) {
	var all [][]byte
	for d := range pics {
		all = append(all, d[:])
	}
	have, err := db.Rows(ctx, s.db, pgx.RowTo[[]byte], knownMediaSQL, all)
	if err != nil {
		return nil, err
	}
	stored := map[string]bool{}
	for _, d := range have {
		stored[string(d)] = true
	}
	out := map[sm.Digest]sm.Digest{}
	for d, p := range pics {
		if stored[string(d[:])] {
			continue
		}
		sealed, err := s.keys.SealAt([]string{placeMedia, d.String()}, p.Data)
		if err != nil {
			return nil, fmt.Errorf("seal picture: %w", err)
		}
		if out[d], _, err = s.blobs.Put(ctx, bytes.NewReader(sealed)); err != nil {
			return nil, fmt.Errorf("store picture: %w", err)
		}
	}
	return out, nil
}

// insertMedia names the pictures that were stored for the first time.
func (s *Service) insertMedia(ctx context.Context, tx pgx.Tx, pics media, blobs map[sm.Digest]sm.Digest) error {
	for d, blob := range blobs {
		p := pics[d]
		if _, err := tx.Exec(ctx, insertMediaSQL, d[:], blob[:], p.Type, p.Width, p.Height, len(p.Data), s.clock.Now()); err != nil {
			return fmt.Errorf("insert picture: %w", err)
		}
	}
	return nil
}

func (s *Service) sealQuestion(q *exam.Question) ([]byte, error) {
	plain, err := json.Marshal(q)
	if err != nil {
		return nil, fmt.Errorf("encode question: %w", err)
	}
	sealed, err := s.keys.SealAt([]string{placeQuestion, q.ID}, plain)
	if err != nil {
		return nil, fmt.Errorf("seal question: %w", err)
	}
	return sealed, nil
}

func (s *Service) openQuestion(id string, sealed []byte) (exam.Question, error) {
	var q exam.Question
	plain, err := s.keys.OpenAt([]string{placeQuestion, id}, sealed)
	if err != nil {
		return q, errors.Join(errSealed, err)
	}
	if err := json.Unmarshal(plain, &q); err != nil {
		return q, errors.Join(errSealed, err)
	}
	return q, nil
}

var errSealed = fault.New(fault.Internal, "exam.bank.sealed", "试题无法解密，请联系系统管理员检查密钥")

func mediaOf(q *exam.Question) [][]byte {
	out := [][]byte{}
	for _, m := range q.Media {
		if d, err := sm.ParseDigest(m.Digest); err == nil {
			out = append(out, d[:])
		}
	}
	for i := range q.Sub {
		out = append(out, mediaOf(&q.Sub[i])...)
	}
	return out
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
