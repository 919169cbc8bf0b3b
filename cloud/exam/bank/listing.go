package bank

import (
	"context"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/web"
)

var (
	batchNames = map[string]string{"DRAFT": "草稿", "REVIEW": "待审核", "ON": "已通过", "REJECTED": "已退回"}
	howNames   = map[string]string{"SHOW": "打开试题", "PREVIEW": "预览试卷", "EXPORT": "导出"}
)

// registerListings exports the lists that are not questions; those are
// registerFiles', in a form that can be imported again.
func registerListings(w *web.Web, s *Service) {
	batches := web.Op{ID: "exam.bank.batches.export", Path: "/api/v1/exam/batches", Perm: PermList}
	listing.Export(w, batches, listing.Sheet[Batch]{Name: "试题批次", Columns: []listing.Column[Batch]{
		listing.Col("工作簿或试题", 36, func(b Batch) any { return b.FileName }),
		listing.Col("试题", 8, func(b Batch) any { return b.Questions }),
		listing.Col("图片", 8, func(b Batch) any { return b.Pictures }),
		listing.Col("近似", 8, func(b Batch) any { return len(b.Similar) }),
		listing.Col("状态", 10, func(b Batch) any { return listing.Word(batchNames, b.State) }),
		listing.Col("导入人", 14, func(b Batch) any { return b.ImportedName }),
		listing.Col("导入时间", 20, func(b Batch) any { return listing.At(&b.ImportedAt) }),
		listing.Col("审核人", 14, func(b Batch) any { return told(b.ReviewedName) }),
		listing.Col("审核时间", 20, func(b Batch) any { return listing.At(b.ReviewedAt) }),
		listing.Col("审核意见", 36, func(b Batch) any { return b.Note }),
	}}, s.audit.RecordNow, func(ctx context.Context, in *batchesIn) (db.List[Batch], error) {
		return s.Batches(ctx, in.State, in.Page)
	})
	custody := web.Op{ID: "exam.bank.custody.export", Path: "/api/v1/exam/bank/custody", Perm: PermCustody}
	listing.Export(w, custody, listing.Sheet[Seen]{Name: "试题查看记录", Columns: []listing.Column[Seen]{
		listing.Col("时间", 20, func(v Seen) any { return listing.At(&v.At) }),
		listing.Col("账号", 16, func(v Seen) any { return v.Who }),
		listing.Col("姓名", 14, func(v Seen) any { return v.Name }),
		listing.Col("方式", 12, func(v Seen) any { return listing.Word(howNames, v.How) }),
		listing.Col("题号", 12, func(v Seen) any { return Number(v.Number) }),
		listing.Col("版本", 8, func(v Seen) any { return v.Version }),
		listing.Col("题型", 8, func(v Seen) any { return vocabulary.TypeName(v.Type) }),
		listing.Col("章节", 28, func(v Seen) any { return v.Chapter }),
	}}, s.audit.RecordNow, func(ctx context.Context, in *custodyIn) (db.List[Seen], error) {
		return s.Custody(ctx, in.SeenFilter, in.Page)
	})
	registerOverview(w, s)
}

// tally is a line of the overview: a chapter and its questions by type.
type tally struct {
	Category, Subject, Chapter string
	Of                         map[string]int
	Sum                        int
}

// tallies adds the counts up by chapter, as the page does.
func tallies(counts []Count) []tally {
	out, at := []tally{}, map[[3]string]int{}
	for _, c := range counts {
		key := [3]string{c.Category, c.Subject, c.Chapter}
		i, ok := at[key]
		if !ok {
			i, at[key] = len(out), len(out)
			out = append(out, tally{Category: c.Category, Subject: c.Subject, Chapter: c.Chapter, Of: map[string]int{}})
		}
		out[i].Of[c.Type] += c.Questions
		out[i].Sum += c.Questions
	}
	return out
}

func registerOverview(w *web.Web, s *Service) {
	op := web.Op{ID: "exam.bank.overview.export", Path: "/api/v1/exam/bank/overview", Perm: PermList}
	columns := []listing.Column[tally]{
		listing.Col("类别", 28, func(t tally) any { return vocabulary.NameOf(vocabulary.Categories(), t.Category) }),
		listing.Col("科目", 14, func(t tally) any { return t.Subject }),
		listing.Col("章节", 28, func(t tally) any { return t.Chapter }),
	}
	for _, e := range vocabulary.Types() {
		columns = append(columns, listing.Col(vocabulary.TypeName(e.Code), 10, func(t tally) any { return t.Of[e.Code] }))
	}
	columns = append(columns, listing.Col("小计", 10, func(t tally) any { return t.Sum }))
	listing.Export(w, op, listing.Sheet[tally]{Name: "题量统计", Columns: columns}, s.audit.RecordNow, func(ctx context.Context, in *overviewSheetIn) (db.List[tally], error) {
		counts, err := s.Overview(ctx, in.Category)
		out := tallies(counts)
		return db.List[tally]{Items: out, Total: len(out)}, err
	})
}

func told(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
