package credit

import (
	"context"
	"strings"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/exam"
)

// registerExports exports both lists with whole names, for those who may export
// them.
func registerExports(w *web.Web, s *Service) {
	listing.Export(w, web.Op{ID: PermExport, Path: listPath}, creditSheet(), s.audit.RecordNow, func(ctx context.Context, in *listIn) (db.List[Credit], error) {
		return s.list(ctx, PermExport, Filter(in.FilterIn), in.Page)
	})
	careers := web.Op{ID: "exam.credit.exams.export", Path: careersPath, Perm: PermExport}
	listing.Export(w, careers, examSheet(), s.audit.RecordNow, func(ctx context.Context, in *examsIn) (db.List[Exam], error) {
		actor, err := auth.Require(ctx, PermExport)
		if err != nil {
			return db.List[Exam]{}, err
		}
		numbers, err := s.sought(ctx, in.Q)
		if err != nil {
			return db.List[Exam]{}, err
		}
		return exams(ctx, s.db, actor.Scope, ExamFilter(in.ExamFilterIn), numbers, in.Page)
	})
}

func category(code string) string { return vocabulary.NameOf(vocabulary.Categories(), code) }

func creditSheet() listing.Sheet[Credit] {
	return listing.Sheet[Credit]{Name: "合格成绩", Whole: true, Columns: []listing.Column[Credit]{
		listing.Col("姓名", 12, func(c Credit) any { return c.Name }),
		listing.Col("身份证号", 24, func(c Credit) any { return c.IDNo }),
		listing.Col("类别", 28, func(c Credit) any { return category(c.Category) }),
		listing.Col("科目", 16, func(c Credit) any { return c.Subject }),
		listing.Col("场次编号", 16, func(c Credit) any { return c.Number }),
		listing.Col("分考场", 28, func(c Credit) any { return c.VenueName }),
		listing.Col("准考证号", 20, func(c Credit) any { return c.Admission }),
		listing.Col("考试日期", 14, func(c Credit) any { return c.PassedOn.Format(day) }),
		listing.Col("有效期至", 14, func(c Credit) any { return c.LastDay }),
		listing.Col("状态", 10, func(c Credit) any { return stateNames[c.State] }),
		listing.Col("本类别", 24, func(c Credit) any {
			if len(c.Missing) == 0 {
				return "全部合格"
			}
			return "还缺 " + strings.Join(c.Missing, "、")
		}),
		listing.Col("公布时间", 20, func(c Credit) any { return listing.At(&c.GrantedAt) }),
		listing.Col("撤销原因", 30, func(c Credit) any { return c.Why }),
	}}
}

func examSheet() listing.Sheet[Exam] {
	return listing.Sheet[Exam]{Name: "考试履历", Whole: true, Columns: []listing.Column[Exam]{
		listing.Col("姓名", 12, func(e Exam) any { return e.Name }),
		listing.Col("身份证号", 24, func(e Exam) any { return e.IDNo }),
		listing.Col("场次编号", 16, func(e Exam) any { return e.Number }),
		listing.Col("分考场", 28, func(e Exam) any { return e.VenueName }),
		listing.Col("类别", 28, func(e Exam) any { return category(e.Category) }),
		listing.Col("科目", 16, func(e Exam) any { return e.Subject }),
		listing.Col("开考时间", 20, func(e Exam) any { return listing.At(&e.StartsAt) }),
		listing.Col("准考证号", 20, func(e Exam) any { return e.Admission }),
		listing.Col("首考或补考", 12, func(e Exam) any { return turnNames[e.Turn] }),
		listing.Col("结果", 12, func(e Exam) any { return vocabulary.OutcomeName(e.Outcome) }),
		listing.Col("成绩", 10, func(e Exam) any { return mark(e.Score) }),
		listing.Col("应会", 10, func(e Exam) any { return practicalNames[e.Practical] }),
		listing.Col("有效期至", 14, func(e Exam) any { return e.LastDay }),
	}}
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
