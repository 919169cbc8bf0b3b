package stats

import (
	"context"
	"fmt"
	"math"
	"strings"

	"huyun.internal/cloud/exam"
	"huyun.internal/cloud/exam/bank"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/web"
)

// registerExport exports how questions have done: figures, no question.
func registerExport(w *web.Web, s *Service) {
	op := web.Op{ID: "exam.stats.questions.export", Path: "/api/v1/exam/stats/questions", Perm: PermQuestions}
	listing.Export(w, op, listing.Sheet[Question]{Name: "试题分析", Columns: []listing.Column[Question]{
		listing.Col("题号", 10, func(q Question) any { return bank.Number(q.Number) }),
		listing.Col("版本", 6, func(q Question) any { return q.Version }),
		listing.Col("小题", 6, func(q Question) any { return q.part() }),
		listing.Col("题型", 8, func(q Question) any { return exam.TypeName(q.Type) }),
		listing.Col("类别", 20, func(q Question) any { return strings.Join(q.Categories, "、") }),
		listing.Col("科目", 14, func(q Question) any { return q.Subject }),
		listing.Col("章节", 20, func(q Question) any { return q.Chapter }),
		listing.Col("标注难度", 10, func(q Question) any { return q.Difficulty }),
		listing.Col("使用场次", 10, func(q Question) any { return q.Sittings }),
		listing.Col("作答人次", 10, func(q Question) any { return q.Shown }),
		listing.Col("答对人次", 10, func(q Question) any { return q.Right }),
		listing.Col("正确率", 10, func(q Question) any { return fmt.Sprintf("%.1f%%", 100*q.Rate) }),
		listing.Col("区分度", 10, func(q Question) any { return q.separates() }),
		listing.Col("结论", 12, func(q Question) any { return flagNames[q.Flag] }),
	}}, s.audit.RecordNow, func(ctx context.Context, in *questionsIn) (db.List[Question], error) {
		return s.Questions(ctx, QuestionFilter(in.QuestionsIn), in.Page)
	})
}

func (q *Question) part() string {
	if q.Sub == 0 {
		return ""
	}
	return fmt.Sprintf("第 %d 问", q.Sub)
}

func (q *Question) separates() any {
	if q.Power == nil {
		return "—"
	}
	return math.Round(*q.Power*100) / 100
}
