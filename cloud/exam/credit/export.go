package credit

import (
	"context"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/exam"
)

func named(names ...string) []sheet.Column {
	out := make([]sheet.Column, len(names))
	for i, n := range names {
		out[i] = sheet.Column{Name: n, Width: 16}
	}
	return out
}

func category(code string) string { return vocabulary.NameOf(vocabulary.Categories(), code) }

// Export is a workbook of the passed subjects that a filter finds, with full
// names and masked ID numbers. Fault: exam.credit.export.size.
func (s *Service) Export(ctx context.Context, f Filter, page db.Page) ([]byte, error) {
	list, err := gather(func(p db.Page) (db.List[Credit], error) { return s.list(ctx, PermExport, f, p) }, page)
	if err != nil {
		return nil, err
	}
	rows := make([][]any, len(list))
	for i, c := range list {
		whole := "全部合格"
		if len(c.Missing) > 0 {
			whole = "还缺 " + joined(c.Missing)
		}
		rows[i] = []any{
			c.Name, c.IDNo, c.Category, category(c.Category), c.Subject, c.Number, c.VenueName, c.Admission, c.PassedOn.Format(day),
			c.ValidUntil.Format(day), stateNames[c.State], whole, clock.Text(c.GrantedAt), c.Why,
		}
	}
	book, err := sheet.Write("合格成绩", named("姓名", "身份证号", "类别代码", "类别", "科目", "场次编号", "分考场", "准考证号", "考试日期", "有效期至（不含）",
		"状态", "本类别", "公布时间", "撤销原因"), rows)
	if err != nil {
		return nil, err
	}
	return book, s.audit.RecordNow(ctx, PermExport, "", map[string]any{"what": "credits", "rows": len(rows)})
}

// ExportExams is a workbook of the exams that a filter finds. Fault:
// exam.credit.export.size.
func (s *Service) ExportExams(ctx context.Context, f ExamFilter, page db.Page) ([]byte, error) {
	actor, err := auth.Require(ctx, PermExport)
	if err != nil {
		return nil, err
	}
	blind := s.blind(page.Q)
	list, err := gather(func(p db.Page) (db.List[Exam], error) { return exams(ctx, s.db, actor.Scope, f, blind, p) }, page)
	if err != nil {
		return nil, err
	}
	rows := make([][]any, len(list))
	for i, e := range list {
		until := ""
		if e.Until != nil {
			until = e.Until.Format(day)
		}
		rows[i] = []any{
			e.Name, e.IDNo, e.Number, e.VenueName, category(e.Category), e.Subject, clock.Text(e.StartsAt), e.Admission, turnNames[e.Turn],
			vocabulary.OutcomeName(e.Outcome), mark(e.Score), practicalNames[e.Practical], until,
		}
	}
	book, err := sheet.Write("考试履历", named("姓名", "身份证号", "场次编号", "分考场", "类别", "科目", "开考时间", "准考证号", "首考或补考", "结果", "成绩",
		"应会", "有效期至（不含）"), rows)
	if err != nil {
		return nil, err
	}
	return book, s.audit.RecordNow(ctx, PermExport, "", map[string]any{"what": "exams", "rows": len(rows)})
}

func mark(p *exam.Points) any {
	if p == nil {
		return ""
	}
	return float64(*p) / 10
}

var (
	stateNames     = map[State]string{Valid: "有效", Expired: "已过期", Withdrawn: "已撤销"}
	turnNames      = map[int]string{1: "首考", 2: "补考"}
	practicalNames = map[string]string{"WAITING": "待公布", "PASSED": "合格", "FAILED": "不合格"}
)
