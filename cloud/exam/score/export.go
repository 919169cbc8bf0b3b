package score

import (
	"context"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/web"
)

// registerExport exports the results of a sitting, with whole names.
func registerExport(w *web.Web, s *Service) {
	op := web.Op{ID: PermExport, Path: "/api/v1/exam/sittings/{id}/scores"}
	listing.Export(w, op, listing.Sheet[Row]{Name: "成绩", Whole: true, Columns: []listing.Column[Row]{
		listing.Col("准考证号", 20, func(r Row) any { return r.Admission }),
		listing.Col("姓名", 12, func(r Row) any { return r.Name }),
		listing.Col("身份证号", 24, func(r Row) any { return r.IDNo }),
		listing.Col("座位", 8, func(r Row) any { return r.Seat }),
		listing.Col("中心复算", 10, func(r Row) any { return listing.Points(r.Score) }),
		listing.Col("成绩", 8, func(r Row) any {
			if !vocabulary.Marked(string(r.Outcome)) {
				return "不计"
			}
			return listing.Points(r.Score)
		}),
		listing.Col("满分", 8, func(r Row) any { return listing.Points(r.Full) }),
		listing.Col("合格分", 8, func(r Row) any { return listing.Points(r.Pass) }),
		listing.Col("结果", 10, func(r Row) any { return OutcomeName(r.Outcome) }),
		listing.Col("违纪", 8, func(r Row) any { return r.Voided }),
		listing.Col("差异", 40, func(r Row) any { return r.Difference }),
	}}, s.audit.RecordNow, func(ctx context.Context, in *listIn) (db.List[Row], error) {
		return s.whole(ctx, in.ID, Filter{in.Different, Outcome(in.Outcome)}, in.Page)
	})
}
