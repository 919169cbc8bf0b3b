package paper

import (
	"context"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/web"
)

func registerExport(w *web.Web, s *Service) {
	op := web.Op{ID: "exam.paper.export", Path: "/api/v1/exam/rules", Perm: PermList}
	listing.Export(w, op, listing.Sheet[Rule]{Name: "组卷规则", Columns: []listing.Column[Rule]{
		listing.Col("名称", 32, func(r Rule) any { return r.Name }),
		listing.Col("版本", 8, func(r Rule) any { return r.Version }),
		listing.Col("类别", 28, func(r Rule) any { return vocabulary.NameOf(vocabulary.Categories(), r.Category) }),
		listing.Col("科目", 14, func(r Rule) any { return r.Subject }),
		listing.Col("题数", 8, func(r Rule) any { return r.Body.Items() }),
		listing.Col("分钟", 8, func(r Rule) any { return r.Body.Minutes }),
		listing.Col("合格分", 10, func(r Rule) any { return listing.Points(r.Body.Pass) }),
		listing.Col("使用场次", 10, func(r Rule) any { return r.Sittings }),
		listing.Col("状态", 10, func(r Rule) any { return listing.Or(r.Retired, "停用", "在用") }),
		listing.Col("保存人", 14, func(r Rule) any { return r.SavedName }),
		listing.Col("保存时间", 20, func(r Rule) any { return listing.At(&r.SavedAt) }),
	}}, s.audit.RecordNow, func(ctx context.Context, in *listIn) (db.List[Rule], error) {
		return s.List(ctx, in.Category, in.Subject, in.All, in.Page)
	})
}
