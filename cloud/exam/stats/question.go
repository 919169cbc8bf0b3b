package stats

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
)

// PermQuestions shows how questions do. It shows no question.
const PermQuestions = "exam.stats.questions"

// Enough is how often an item must have been answered before its figures say
// anything about it: below, one candidate moves the correct rate by five points.
const enough = 20

// weak is the discrimination below which an item hardly tells those who know
// from those who do not (Ebel's usual bound is 0.2, for a difference of groups;
// 0.1 is its counterpart for a correlation).
const weak = 0.1

// Question is how an item did in published sittings. A sub-question of a case
// stands by itself.
type Question struct {
	ID         string   `json:"id" db:"id"`
	Number     int64    `json:"number" db:"number"`
	Version    int      `json:"version" db:"version" doc:"试题版本；各版本分别统计"`
	Sub        int      `json:"sub" db:"sub" doc:"案例的第几问；0 为整题"`
	Type       string   `json:"type" db:"type" enum:"TF,SINGLE,MULTI,CASE"`
	Chapter    string   `json:"chapter" db:"chapter"`
	Subject    string   `json:"subject" db:"subject"`
	Categories []string `json:"categories" db:"categories"`
	Difficulty int      `json:"difficulty" db:"difficulty"`
	Status     string   `json:"status" db:"status"`
	Sittings   int      `json:"sittings" db:"sittings" doc:"使用场次"`
	Shown      int      `json:"shown" db:"shown" doc:"作答人次"`
	Right      int      `json:"right" db:"hits" doc:"答对人次"`
	Rate       float64  `json:"rate" db:"rate" doc:"正确率，0 到 1"`
	Power      *float64 `json:"power,omitempty" db:"power" doc:"区分度：答对与总分的点二列相关，-1 到 1；无法计算时为空"`
	Flag       string   `json:"flag" db:"flag" enum:"NOBODY,EVERYBODY,REVERSED,WEAK,FEW,OK"`
}

// The flags, worst first; FEW has too few answers to say.
const questionsSQL = `SELECT * FROM (SELECT t.*, CASE WHEN shown < %d THEN 'FEW' WHEN hits = 0 THEN 'NOBODY' WHEN hits = shown THEN 'EVERYBODY'
		WHEN power < 0 THEN 'REVERSED' WHEN power < %g THEN 'WEAK' ELSE 'OK' END AS flag
	FROM (SELECT q.id, q.number, q.version, i.sub::int AS sub, q.type, q.chapter, q.subject, q.categories, q.difficulty::int AS difficulty,
			q.status, i.sittings, i.shown, i.hits, i.hits::float8 / i.shown AS rate,
			CASE WHEN i.hits BETWEEN 1 AND i.shown - 1 AND i.sum_xx / i.shown - (i.sum_x / i.shown) ^ 2 > 1e-9
				THEN (i.sum_hit / i.hits - i.sum_x / i.shown) / sqrt(i.sum_xx / i.shown - (i.sum_x / i.shown) ^ 2)
					* sqrt(i.hits::float8 / (i.shown - i.hits)) END AS power
		FROM (SELECT i.question, i.sub, count(*)::int AS sittings, sum(i.shown)::int AS shown, sum(i.hits)::int AS hits,
				sum(i.sum_x) AS sum_x, sum(i.sum_xx) AS sum_xx, sum(i.sum_hit) AS sum_hit
			FROM exam_item_stat i JOIN exam_sitting s ON s.id = i.sitting AND s.state = 'PUBLISHED'
			GROUP BY i.question, i.sub) i
		JOIN exam_question q ON q.id = i.question) t) u`

func questionSQL() string { return fmt.Sprintf(questionsSQL, enough, weak) }

var questionSorts = db.Sorts{
	"": "number, version, sub", "number": "number", "shown": "shown", "rate": "rate", "power": "power", "difficulty": "difficulty", "chapter": "chapter",
}

// numberSQL is a question's number as pages show it and people type it: Q000120.
const numberSQL = `'Q' || lpad(number::text, greatest(6, length(number::text)), '0')`

// QuestionFilter narrows the questions; empty fields do not.
type QuestionFilter struct{ Category, Type, Chapter, Question, Flag string }

func (f QuestionFilter) where(q string) *db.Where {
	w := new(db.Where).Eq("type", f.Type).Eq("chapter", f.Chapter).Eq("id", f.Question).Eq("flag", f.Flag).Like(q, "chapter", numberSQL)
	if f.Category != "" {
		w.And("categories @> ARRAY[?]", f.Category)
	}
	return w
}

// Questions lists how items have done, over all venues: whoever sees one venue
// only does not see them.
func (s *Service) Questions(ctx context.Context, f QuestionFilter, page db.Page) (db.List[Question], error) {
	if _, err := auth.RequireCity(ctx, PermQuestions); err != nil {
		return db.List[Question]{}, err
	}
	return db.Select[Question](ctx, s.db, questionSQL(), f.where(page.Q), questionSorts, page)
}

var flagNames = map[string]string{
	"NOBODY": "无人答对", "EVERYBODY": "全部答对", "REVERSED": "区分度为负", "WEAK": "区分度低", "FEW": "样本不足", "OK": "正常",
}

// Cell counts items by correct rate, in tenths, and by flag: what the chart
// over the list shows.
type Cell struct {
	Tenth int    `json:"tenth" db:"tenth" doc:"正确率的第几个十分位，0 到 9"`
	Flag  string `json:"flag" db:"flag"`
	Count int    `json:"count" db:"count"`
}

// Spread is the distribution of the items under a filter, and whether any of
// their answers were invented for a demonstration.
func (s *Service) Spread(ctx context.Context, f QuestionFilter) (cells []Cell, demo bool, err error) {
	if _, err := auth.RequireCity(ctx, PermQuestions); err != nil {
		return nil, false, err
	}
	if demo, err = db.Value[bool](ctx, s.db, anyDemoSQL); err != nil {
		return nil, false, err
	}
	clause, args := f.where("").SQL()
	sql := `SELECT least(floor(rate * 10), 9)::int AS tenth, flag, count(*)::int AS count FROM (` + questionSQL() + clause + `) c
		GROUP BY 1, 2 ORDER BY 1, 2`
	rows, err := s.db.Query(ctx, sql, args...)
	if err != nil {
		return nil, demo, fmt.Errorf("spread of questions: %w", err)
	}
	cells, err = pgx.CollectRows(rows, pgx.RowToStructByName[Cell])
	return cells, demo, err
}

const anyDemoSQL = `SELECT EXISTS (SELECT FROM exam_sitting WHERE demo AND state = 'PUBLISHED')`
