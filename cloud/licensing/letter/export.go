package letter

import (
	"context"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/web"
)

var stateNames = map[State]string{Issued: "有效", Void: "已作废"} //nolint:gochecknoglobals // a dictionary

func registerExport(w *web.Web, s *Service) {
	sheet := listing.Sheet[Letter]{Name: "法律文书", Columns: []listing.Column[Letter]{
		listing.Col("文书", 20, func(l Letter) any { return l.KindName }),
		listing.Col("编号", 26, func(l Letter) any { return l.Number }),
		listing.Col("行业", 20, func(l Letter) any { return l.TradeName }),
		listing.Col("申请人", 12, func(l Letter) any { return l.Applicant }),
		listing.Col("证件号码", 24, func(l Letter) any { return l.IDNo }),
		listing.Col("统一审批编码", 20, func(l Letter) any { return l.ApplyNo }),
		listing.Col("成文日期", 14, func(l Letter) any { return l.Date }),
		listing.Col("制作时间", 20, func(l Letter) any { return listing.At(&l.IssuedAt) }),
		listing.Col("制作人", 14, func(l Letter) any { return l.IssuedBy }),
		listing.Col("状态", 10, func(l Letter) any { return listing.Word(stateNames, l.State) }),
		listing.Col("作废时间", 20, func(l Letter) any { return listing.At(l.VoidedAt) }),
		listing.Col("作废人", 14, func(l Letter) any { return l.VoidedBy }),
		listing.Col("作废原因", 30, func(l Letter) any { return l.VoidWhy }),
	}}
	listing.Export(w, web.Op{ID: "licensing.letter.export", Path: listPath, Perm: PermList}, sheet, s.audit.RecordNow,
		func(ctx context.Context, in *listIn) (db.List[Letter], error) {
			return s.List(ctx, Filter(in.FilterIn), in.Page)
		})
}
