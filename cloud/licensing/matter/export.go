package matter

import (
	"context"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/web"
)

func registerExport(w *web.Web, c *Catalogue) {
	listing.Export(w, web.Op{ID: PermExport, Path: listPath}, sheet(), c.audit.RecordNow, func(ctx context.Context, in *listIn) (db.List[Summary], error) {
		return c.list(ctx, PermExport, Filter(in.FilterIn), in.Page)
	})
}

var stateNames = map[string]string{InUse: "现行", Retired: "已停办"}

func sheet() listing.Sheet[Summary] {
	return listing.Sheet[Summary]{Name: "事项目录", Columns: []listing.Column[Summary]{
		listing.Col("情形代码", 10, func(s Summary) any { return s.Code }),
		listing.Col("事项名称", 44, func(s Summary) any { return s.Name }),
		listing.Col("统一事项编码", 18, func(s Summary) any { return s.ItemCode }),
		listing.Col("行业", 18, func(s Summary) any { return s.TradeName }),
		listing.Col("办理类型", 14, func(s Summary) any { return s.ActionName }),
		listing.Col("从业资格类别", 40, func(s Summary) any { return categoryWords(s.Categories) }),
		listing.Col("办理渠道", 30, func(s Summary) any { return join(s.Channels, licensing.Channels()) }),
		listing.Col("法定期限（工作日）", 16, func(s Summary) any { return s.LegalDays }),
		listing.Col("承诺期限（工作日）", 16, func(s Summary) any { return s.PromisedDays }),
		listing.Col("收费", 8, func(s Summary) any { return listing.Or(s.Charged, "收费", "不收费") }),
		listing.Col("文书", 10, func(s Summary) any { return s.Letters }),
		listing.Col("证件", 30, func(s Summary) any { return s.Certificate }),
		listing.Col("版本", 8, func(s Summary) any { return s.Version }),
		listing.Col("状态", 10, func(s Summary) any { return listing.Word(stateNames, s.State) }),
	}}
}
