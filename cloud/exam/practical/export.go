package practical

import (
	"context"
	"strings"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/web"
)

var (
	stateNames  = map[string]string{Submitted: "待确认", Confirmed: "已确认", Rejected: "已退回"}
	schemeNames = map[string]string{Draft: "草稿", InUse: "在用", Succeeded: "已被取代"}
)

// registerExports exports the lists. Results of people are with whole names, for
// those who may export them.
func registerExports(w *web.Web, s *Service) {
	sheets := web.Op{ID: PermExport, Path: root + "/sheets"}
	listing.Export(w, sheets, sheetColumns(), s.audit.RecordNow, func(ctx context.Context, in *sheetsIn) (db.List[Sheet], error) {
		return s.whole(ctx, in.filter(), in.Page)
	})
	arranged := web.Op{ID: "exam.practical.sittings.export", Path: root + "/sittings", Perm: PermList}
	listing.Export(w, arranged, listing.Sheet[Arrangement]{Name: "应会场次", Columns: []listing.Column[Arrangement]{
		listing.Col("场次编号", 16, func(a Arrangement) any { return a.Number }),
		listing.Col("场次", 30, func(a Arrangement) any { return a.Title }),
		listing.Col("分考场", 28, func(a Arrangement) any { return a.VenueName }),
		listing.Col("类别", 28, func(a Arrangement) any { return vocabulary.NameOf(vocabulary.Categories(), a.Category) }),
		listing.Col("开考时间", 20, func(a Arrangement) any { return listing.At(&a.StartsAt) }),
		listing.Col("评分方案", 28, func(a Arrangement) any { return a.SchemeName }),
		listing.Col("版本", 8, func(a Arrangement) any { return a.Version }),
		listing.Col("考生", 8, func(a Arrangement) any { return a.Candidates }),
		listing.Col("待确认", 8, func(a Arrangement) any { return a.Waiting }),
		listing.Col("已确认", 8, func(a Arrangement) any { return a.Confirmed }),
		listing.Col("已退回", 8, func(a Arrangement) any { return a.Rejected }),
		listing.Col("安排人", 14, func(a Arrangement) any { return a.By }),
	}}, s.audit.RecordNow, func(ctx context.Context, in *arrangedIn) (db.List[Arrangement], error) {
		return s.Arranged(ctx, Filter{Venue: in.Venue, Category: in.Category}, in.Page)
	})
	schemes := web.Op{ID: "exam.practical.scheme.export", Path: root + "/schemes", Perm: PermList}
	listing.Export(w, schemes, listing.Sheet[Standard]{Name: "应会评分方案", Columns: []listing.Column[Standard]{
		listing.Col("名称", 32, func(v Standard) any { return v.Name }),
		listing.Col("类别", 28, func(v Standard) any { return vocabulary.NameOf(vocabulary.Categories(), v.Category) }),
		listing.Col("版本", 8, func(v Standard) any { return v.Version }),
		listing.Col("满分", 8, func(v Standard) any { return listing.Points(v.Full) }),
		listing.Col("合格分", 8, func(v Standard) any { return listing.Points(v.Scheme.Pass) }),
		listing.Col("状态", 10, func(v Standard) any { return listing.Word(schemeNames, v.State) }),
		listing.Col("使用场次", 10, func(v Standard) any { return v.Sittings }),
		listing.Col("保存人", 14, func(v Standard) any { return v.SavedName }),
		listing.Col("保存时间", 20, func(v Standard) any { return listing.At(&v.SavedAt) }),
	}}, s.audit.RecordNow, func(ctx context.Context, in *schemesIn) (db.List[Standard], error) {
		return s.Schemes(ctx, in.Category, in.All, in.Page)
	})
}

func sheetColumns() listing.Sheet[Sheet] {
	return listing.Sheet[Sheet]{Name: "应会成绩", Whole: true, Columns: []listing.Column[Sheet]{
		listing.Col("场次编号", 16, func(r Sheet) any { return r.Number }),
		listing.Col("分考场", 20, func(r Sheet) any { return r.VenueName }),
		listing.Col("类别", 22, func(r Sheet) any { return vocabulary.NameOf(vocabulary.Categories(), r.Category) }),
		listing.Col("准考证号", 20, func(r Sheet) any { return r.Admission }),
		listing.Col("姓名", 12, func(r Sheet) any { return r.Name }),
		listing.Col("身份证号", 24, func(r Sheet) any { return r.IDNo }),
		listing.Col("版次", 8, func(r Sheet) any { return r.Revision }),
		listing.Col("成绩", 8, func(r Sheet) any { return listing.Points(r.Score) }),
		listing.Col("结论", 10, func(r Sheet) any { return listing.Or(r.Passed, "合格", "不合格") }),
		listing.Col("状态", 10, func(r Sheet) any { return listing.Word(stateNames, r.State) }),
		listing.Col("考官", 24, func(r Sheet) any { return strings.Join(r.Examiners, "、") }),
		listing.Col("签名时间", 20, func(r Sheet) any { return listing.At(&r.SignedAt) }),
		listing.Col("确认人", 12, func(r Sheet) any { return r.DecidedName }),
		listing.Col("退回原因", 30, func(r Sheet) any { return r.Reason }),
		listing.Col("问题", 40, func(r Sheet) any { return r.Difference }),
	}}
}
