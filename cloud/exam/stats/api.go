package stats

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/transfer"
	"huyun.internal/cloud/platform/web"
)

// FilterIn is a filter as requests carry it; huma reads only exported parts.
type FilterIn struct {
	From     time.Time `query:"from" required:"true" doc:"开考时间不早于"`
	To       time.Time `query:"to" required:"true" doc:"开考时间早于"`
	Venue    string    `query:"venue" maxLength:"40"`
	Category string    `query:"category" maxLength:"10"`
	Subject  string    `query:"subject" maxLength:"20"`
}

// by takes apart what to group by.
func by(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

type (
	summaryIn struct {
		FilterIn
		By string `query:"by" maxLength:"40" doc:"用逗号隔开：venue、category、subject，以及 month、quarter、year 之一"`
	}
	summaryOut struct{ Body Summary }
	listIn     struct {
		FilterIn
		Page     int     `query:"page" minimum:"1" maximum:"100000" default:"1" doc:"页码，从 1 开始"`
		PageSize int     `query:"page_size" minimum:"1" maximum:"200" default:"20" doc:"每页条数"`
		Detail   string  `query:"detail" maxLength:"60" doc:"指标中的一种，如 V02；与汇总 kinds 中的一致"`
		Q        string  `query:"q" maxLength:"60" doc:"场次、考场、姓名或准考证号中的文字"`
		Measure  Measure `query:"measure" required:"true" maxLength:"20" doc:"统计指标，如 absent"`
	}
	listOut struct{ Body db.List[Fact] }

	// QuestionsIn narrows the questions.
	QuestionsIn struct {
		Category string `query:"category" maxLength:"10"`
		Type     string `query:"type" enum:"TF,SINGLE,MULTI,CASE" required:"false"`
		Chapter  string `query:"chapter" maxLength:"100"`
		Question string `query:"question" maxLength:"40" doc:"试题 id"`
		Flag     string `query:"flag" enum:"NOBODY,EVERYBODY,REVERSED,WEAK,FEW,OK" required:"false"`
	}
	questionsIn struct {
		db.Page
		QuestionsIn
	}
	questionsOut struct{ Body db.List[Question] }
	spreadOut    struct {
		Body struct {
			Items []Cell `json:"items"`
			Demo  bool   `json:"demo" doc:"统计中有演示数据"`
		}
	}
)

// Register adds the operations of statistics.
func Register(w *web.Web, s *Service) {
	const path = "/api/v1/exam/stats"
	web.Register(w, web.Op{ID: PermRead, Method: http.MethodGet, Path: path, Summary: "考试统计汇总"},
		func(ctx context.Context, in *summaryIn) (*summaryOut, error) {
			out, err := s.Summary(ctx, Filter(in.FilterIn), by(in.By))
			return &summaryOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.stats.list", Method: http.MethodGet, Path: path + "/list", Perm: PermRead, Summary: "查询统计数字的明细"},
		func(ctx context.Context, in *listIn) (*listOut, error) {
			out, err := s.List(ctx, Filter(in.FilterIn), Counted{in.Measure, in.Detail}, db.Page{Page: in.Page, PageSize: in.PageSize, Q: in.Q})
			return &listOut{out}, err
		})
	web.Register(w, web.Op{ID: PermQuestions, Method: http.MethodGet, Path: path + "/questions", Summary: "试题质量分析"},
		func(ctx context.Context, in *questionsIn) (*questionsOut, error) {
			out, err := s.Questions(ctx, QuestionFilter(in.QuestionsIn), in.Page)
			return &questionsOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.stats.spread", Method: http.MethodGet, Path: path + "/questions/spread", Perm: PermQuestions, Summary: "试题正确率分布"},
		func(ctx context.Context, in *QuestionsIn) (*spreadOut, error) {
			var err error
			out := new(spreadOut)
			out.Body.Items, out.Body.Demo, err = s.Spread(ctx, QuestionFilter(*in))
			return out, err
		})
	registerExport(w, s)
	web.Raw(w, web.Op{ID: PermExport, Method: http.MethodGet, Path: path + "/export", Summary: "导出考试统计", Audit: PermExport},
		func(c *gin.Context) {
			book, err := export(c, s)
			transfer.Workbook(c, bookName(Measure(c.Query("measure"))), book, err)
		})
}

func export(c *gin.Context, s *Service) ([]byte, error) {
	f := Filter{Venue: c.Query("venue"), Category: c.Query("category"), Subject: c.Query("subject")}
	var bad error
	f.From, bad = time.Parse(time.RFC3339, c.Query("from"))
	if bad == nil {
		f.To, bad = time.Parse(time.RFC3339, c.Query("to"))
	}
	if bad != nil {
		return nil, Filter{}.check()
	}
	return s.Export(c.Request.Context(), f, by(c.Query("by")), Counted{Measure(c.Query("measure")), c.Query("detail")}, c.Query("q"))
}

// bookName tells the workbook of one figure from that of all.
func bookName(m Measure) string {
	for _, f := range catalogue {
		if f.measure == m {
			return "考试统计明细-" + f.name + ".xlsx"
		}
	}
	return "考试统计.xlsx"
}
