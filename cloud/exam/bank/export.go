package bank

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// PermExport takes questions out of the bank into a workbook.
const PermExport = "exam.bank.export"

// maxBook is what an import takes: an export is made to be imported again.
const maxBook = 32 << 20

// exportColumns are the import's and, ignored when it is imported, what the
// questions are called here and who took them out.
func exportColumns() []sheet.Column {
	return append(Columns(), sheet.Column{Name: "题号", Width: 10}, sheet.Column{Name: "版本", Width: 6},
		sheet.Column{Name: "状态", Width: 8}, sheet.Column{Name: "导出人", Width: 36})
}

var statusNames = map[Status]string{Draft: "草稿", Review: "待审核", On: "在用", Off: "停用"}

// Export writes the questions under a filter and a search word as a workbook that Import takes, pictures
// included. Each question's custody list says so. Faults: exam.bank.export.none,
// .size.
func (s *Service) Export(ctx context.Context, f Filter, text string) ([]byte, error) {
	actor, err := auth.Require(ctx, PermExport)
	if err != nil {
		return nil, err
	}
	if !actor.Can(PermShow) {
		return nil, auth.Forbidden()
	}
	var book []byte
	return book, s.db.InTx(ctx, func(tx pgx.Tx) error {
		rows, err := s.exported(ctx, tx, f, text)
		if err != nil {
			return err
		}
		e := exporter{mark: vocabulary.Mark(actor.Username, actor.Name, s.clock.Now()).Text}
		ids := make([]string, len(rows))
		for i := range rows {
			q, err := s.openQuestion(rows[i].ID, rows[i].Content)
			if err != nil {
				return err
			}
			ids[i] = rows[i].ID
			e.question(&rows[i], &q)
		}
		if len(e.rows) > limits.Rows {
			return fault.Newf(fault.TooLarge, "exam.bank.export.size", "共 %d 行，超过一个工作簿的 %d 行，请按类别、科目或章节筛选后分别导出", len(e.rows), limits.Rows)
		}
		pictures, err := s.exportPictures(ctx, e.media)
		if err != nil {
			return err
		}
		if book, err = sheet.WriteWith("试题", exportColumns(), e.rows, pictures); err != nil {
			return err
		}
		if len(book) > maxBook {
			return tooBig()
		}
		if err := s.Saw(ctx, tx, ids, "EXPORT"); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermExport, "", map[string]any{"questions": len(rows), "rows": len(e.rows), "digest": sm.Sum(book).String()})
	})
}

func tooBig() error {
	return fault.Newf(fault.TooLarge, "exam.bank.export.size", "图片较多，工作簿超过 %d MB，请按类别、科目或章节筛选后分别导出", maxBook>>20)
}

func (s *Service) exported(ctx context.Context, tx pgx.Tx, f Filter, text string) ([]Row, error) {
	w := where(f)
	if text != "" {
		ids, err := s.search(ctx, f, full(text))
		if err != nil {
			return nil, err
		}
		w.And("id = ANY(?)", ids)
	}
	clause, args := w.SQL()
	rows, err := db.Rows(ctx, tx, pgx.RowToStructByName[Row], listQuestionSQL+clause+" ORDER BY number, version", args...)
	if err == nil && len(rows) == 0 {
		err = fault.New(fault.Precondition, "exam.bank.export.none", "没有符合条件的试题，请调整筛选条件后再导出")
	}
	return rows, err
}

// exporter writes questions as rows of the import format.
type exporter struct {
	mark  string
	rows  [][]any
	media map[int][]exam.Media
	cases int
}

func (e *exporter) question(row *Row, q *exam.Question) {
	number := ""
	if q.Type == exam.Case {
		e.cases++
		number = "K" + strconv.Itoa(e.cases)
	}
	last := []any{Number(row.Number), strconv.Itoa(row.Version), statusNames[row.Status], e.mark}
	e.add(q, number, last)
	for i := range q.Sub {
		e.add(&q.Sub[i], number, last)
	}
}

func (e *exporter) add(q *exam.Question, number string, last []any) {
	level := ""
	if q.Difficulty > 0 {
		level = strconv.Itoa(q.Difficulty)
	}
	industry := ""
	if q.Industry != "" {
		industry = vocabulary.NameOf(vocabulary.Industries(), q.Industry)
	}
	row := []any{
		vocabulary.NameOf(vocabulary.Types(), string(q.Type)), industry, strings.Join(q.Categories, "、"),
		q.Subject, q.Chapter, level, q.Stem,
	}
	for i := range optionLetters {
		text := ""
		if i < len(q.Options) {
			text = q.Options[i].Text
		}
		row = append(row, text)
	}
	right := strings.Join(q.Answer, "")
	if q.Type == exam.TF {
		right = map[string]string{"T": "对", "F": "错"}[right]
	}
	if len(q.Media) > 0 {
		if e.media == nil {
			e.media = map[int][]exam.Media{}
		}
		e.media[len(e.rows)] = q.Media
	}
	e.rows = append(e.rows, append(append(row, right, q.LawRef, q.Explain, "", number), last...))
}

func (s *Service) exportPictures(ctx context.Context, media map[int][]exam.Media) (sheet.Pictures, error) {
	out, size := sheet.Pictures{Column: colPicture, ByRow: map[int][]sheet.Picture{}}, 0
	for row, list := range media {
		for _, m := range list {
			digest, err := sm.ParseDigest(m.Digest)
			if err != nil {
				return out, fmt.Errorf("picture of a question: %w", err)
			}
			data, kind, err := s.Media(ctx, digest)
			if err != nil {
				return out, err
			}
			if size += len(data); size > maxBook {
				return out, tooBig()
			}
			out.ByRow[row] = append(out.ByRow[row], sheet.Picture{Extension: "." + strings.TrimPrefix(kind, "image/"), Data: data})
		}
	}
	return out, nil
}
