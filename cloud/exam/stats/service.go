package stats

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/exam"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Service counts.
type Service struct {
	db    *db.DB
	audit *audit.Log
}

// New makes the service.
func New(d *db.DB, a *audit.Log) *Service { return &Service{db: d, audit: a} }

// Summary counts by dimensions: venue, category, subject, and one of month,
// quarter and year. Faults: exam.stats.period, exam.stats.by.
func (s *Service) Summary(ctx context.Context, f Filter, by []string) (Summary, error) {
	actor, err := auth.Require(ctx, PermRead)
	if err != nil {
		return Summary{}, err
	}
	return s.summary(ctx, actor.Scope, f, by)
}

func (s *Service) summary(ctx context.Context, scope auth.Scope, f Filter, by []string) (out Summary, err error) {
	if err = f.check(); err != nil {
		return out, err
	}
	grouped, err := summarySQL(by)
	if err != nil {
		return out, err
	}
	whole, err := summarySQL(nil)
	if err != nil {
		return out, err
	}
	// One snapshot: the sum and its parts are of the same moment.
	err = s.snapshot(ctx, func(tx pgx.Tx) error {
		total, err := db.All[Group](ctx, tx, whole, f.args(scope)...)
		if err != nil {
			return err
		}
		out.Total = total[0].Figures
		out.Groups, err = db.All[Group](ctx, tx, grouped, f.args(scope)...)
		if err != nil {
			return err
		}
		if out.Kinds, err = db.All[Count](ctx, tx, kindsSQL, f.args(scope)...); err != nil {
			return err
		}
		out.Demo, err = db.Value[int](ctx, tx, demoSQL, f.args(scope)...)
		return err
	})
	return out, err
}

// List is what a figure has counted. Names are masked. Faults:
// exam.stats.period, exam.stats.measure.
func (s *Service) List(ctx context.Context, f Filter, of Counted, page db.Page) (db.List[Fact], error) {
	actor, err := auth.Require(ctx, PermRead)
	if err != nil {
		return db.List[Fact]{}, err
	}
	return s.list(ctx, actor.Scope, f, of, page)
}

func (s *Service) list(ctx context.Context, scope auth.Scope, f Filter, of Counted, page db.Page) (db.List[Fact], error) {
	out := db.List[Fact]{Items: []Fact{}}
	if err := f.check(); err != nil {
		return out, err
	}
	if err := known(of.Measure); err != nil {
		return out, err
	}
	args := append(f.args(scope), of.Measure, of.Detail, db.Contains(page.Q))
	// Counted beside the page, not in it: a page past the end has no row to say so.
	err := s.snapshot(ctx, func(tx pgx.Tx) (err error) {
		if out.Total, err = db.Value[int](ctx, tx, countSQL, args...); err != nil {
			return err
		}
		out.Items, err = db.All[Fact](ctx, tx, listSQL, append(args, page.PageSize, (page.Page-1)*page.PageSize)...)
		return err
	})
	for i := range out.Items {
		out.Items[i].Name = person.MaskName(out.Items[i].Name)
	}
	return out, err
}

// snapshot reads several times of one moment.
func (s *Service) snapshot(ctx context.Context, read func(pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, s.db, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, read)
}

// exportRows is the most lines of one exported list: what a spreadsheet still
// opens without trouble.
const exportRows = 50_000

// Export is a summary as a workbook, or, with a measure, the list behind that
// figure. Every export is recorded. Faults as those of Summary and List,
// exam.stats.export.size.
func (s *Service) Export(ctx context.Context, f Filter, by []string, of Counted, q string) ([]byte, error) {
	actor, err := auth.Require(ctx, PermExport)
	if err != nil {
		return nil, err
	}
	var book []byte
	var lines int
	if of.Measure == "" {
		book, lines, err = s.exportSummary(ctx, actor.Scope, f, by)
	} else {
		book, lines, err = s.exportList(ctx, actor.Scope, f, of, q)
	}
	if err != nil {
		return nil, err
	}
	return book, s.db.InTx(ctx, func(tx pgx.Tx) error {
		return s.audit.Record(ctx, tx, PermExport, string(of.Measure), map[string]any{
			"from": f.From, "to": f.To, "venue": f.Venue, "category": f.Category, "subject": f.Subject, "by": by, "detail": of.Detail, "rows": lines,
		})
	})
}

func (s *Service) exportSummary(ctx context.Context, scope auth.Scope, f Filter, by []string) ([]byte, int, error) {
	sum, err := s.summary(ctx, scope, f, by)
	if err != nil {
		return nil, 0, err
	}
	columns, heads := grouping(by)
	for _, f := range catalogue {
		columns = append(columns, sheet.Column{Name: f.name, Width: 12})
	}
	for _, r := range rates {
		columns = append(columns, sheet.Column{Name: r.name, Width: 10})
	}
	rows := make([][]any, 0, len(sum.Groups)+1)
	for _, g := range sum.Groups {
		rows = append(rows, line(heads(g), g.Figures))
	}
	total := make([]any, len(heads(Group{})))
	total[0] = "合计"
	rows = append(rows, line(total, sum.Total))
	if sum.Demo > 0 {
		rows = append(rows, []any{fmt.Sprintf("注：其中 %d 场是演示数据，不是真实考试", sum.Demo)})
	}
	book, err := sheet.Write("统计汇总", columns, rows)
	return book, len(rows), err
}

func (s *Service) exportList(ctx context.Context, scope auth.Scope, f Filter, of Counted, q string) ([]byte, int, error) {
	list, err := s.list(ctx, scope, f, of, db.Page{Page: 1, PageSize: exportRows, Q: q})
	if err != nil {
		return nil, 0, err
	}
	if list.Total > exportRows {
		return nil, 0, fault.Newf(fault.TooLarge, "exam.stats.export.size", "共 %d 行，超过一次导出的 %d 行，请缩短期间或选择考场后再导出", list.Total, exportRows)
	}
	columns := []sheet.Column{
		{Name: "场次", Width: 16}, {Name: "名称", Width: 30}, {Name: "考场", Width: 24}, {Name: "类别", Width: 26}, {Name: "科目", Width: 12},
		{Name: "开考时间", Width: 18}, {Name: "准考证号", Width: 20}, {Name: "姓名", Width: 12}, {Name: "说明", Width: 24},
	}
	rows := make([][]any, len(list.Items))
	for i, r := range list.Items {
		rows[i] = []any{
			r.Number, r.Title, r.VenueName, exam.NameOf(exam.Categories(), r.Category), r.Subject,
			r.StartsAt.In(clock.Shanghai()).Format("2006-01-02 15:04"), r.Admission, r.Name, r.Detail,
		}
	}
	book, err := sheet.Write("明细", columns, rows)
	return book, len(rows), err
}
