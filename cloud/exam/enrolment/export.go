package enrolment

import (
	"context"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/web"
)

// registerExport exports the list with whole names, for those who may export it.
func registerExport(w *web.Web, s *Service) {
	listing.Export(w, web.Op{ID: PermExport, Path: root}, workbook(), s.audit.RecordNow, func(ctx context.Context, in *listIn) (db.List[Enrolment], error) {
		return s.list(ctx, PermExport, in.Filter, in.Page)
	})
}

func workbook() listing.Sheet[Enrolment] {
	return listing.Sheet[Enrolment]{Name: "考试报名", Whole: true, Columns: []listing.Column[Enrolment]{
		listing.Col("统一审批编码", 24, func(e Enrolment) any { return e.ApplyNo }),
		listing.Col("姓名", 12, func(e Enrolment) any { return e.Name }),
		listing.Col("身份证号", 24, func(e Enrolment) any { return e.IDNo }),
		listing.Col("类别", 28, func(e Enrolment) any { return vocabulary.NameOf(vocabulary.Categories(), e.Category) }),
		listing.Col("报名", 10, func(e Enrolment) any { return listing.Or(e.Again, "补考", "首考") }),
		listing.Col("报考科目", 14, func(e Enrolment) any { return partNames[e.Part] }),
		listing.Col("人脸核验", 12, func(e Enrolment) any { return listing.Or(e.Consent, "同意", "人工核验") }),
		listing.Col("应缴（元）", 12, func(e Enrolment) any { return float64(e.Fen) / 100 }),
		listing.Col("缴款书号码", 24, func(e Enrolment) any { return e.NoticeNo }),
		listing.Col("缴款日期", 14, func(e Enrolment) any {
			if e.PaidOn.IsZero() {
				return ""
			}
			return e.PaidOn.String()
		}),
		listing.Col("登记人", 12, func(e Enrolment) any { return e.PaidName }),
		listing.Col("应安排日期", 14, func(e Enrolment) any { return e.ArrangeBy.String() }),
		listing.Col("状态", 12, func(e Enrolment) any { return stateNames[e.State] }),
		listing.Col("逾期", 8, func(e Enrolment) any { return listing.Or(e.Overdue, "逾期", "") }),
		listing.Col("考试安排", 60, func(e Enrolment) any { return e.Texts() }),
		listing.Col("报名时间", 20, func(e Enrolment) any { return listing.At(&e.OpenedAt) }),
	}}
}

var (
	stateNames = map[State]string{ToPay: "待缴款", Waiting: "待编场", Arranged: "已编场", Ended: "已结束"}
	partNames  = map[string]string{Theory: "理论", Practice: "应会", Both: "理论和应会"}
)
