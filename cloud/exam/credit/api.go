package credit

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/transfer"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/fault"
)

type (
	// FilterIn is a filter as requests carry it; huma reads only exported parts.
	FilterIn struct {
		Venue    string `query:"venue" maxLength:"40"`
		Category string `query:"category" maxLength:"5"`
		Subject  string `query:"subject" maxLength:"20"`
		State    State  `query:"state" enum:"VALID,EXPIRED,WITHDRAWN" required:"false"`
		Whole    string `query:"whole" enum:"yes,no" required:"false" doc:"yes 本类别全部科目合格且有效，no 还有科目没有合格"`
	}
	listIn struct {
		db.Page
		FilterIn
	}
	listOut struct{ Body db.List[Credit] }
	// ExamFilterIn is a filter as requests carry it.
	ExamFilterIn struct {
		Venue    string    `query:"venue" maxLength:"40"`
		Category string    `query:"category" maxLength:"5"`
		Outcome  string    `query:"outcome" enum:"WAITING,PASSED,FAILED,VOID,ZERO,ABSENT,NOT_STARTED,WITHHELD" required:"false"`
		From     time.Time `query:"from"`
		To       time.Time `query:"to"`
	}
	examsIn struct {
		db.Page
		ExamFilterIn
	}
	examsOut struct{ Body db.List[Exam] }
	careerIn struct {
		db.Page
		ID        string `path:"id" maxLength:"40"`
		Candidate string `path:"candidate" maxLength:"40"`
	}
)

// Register adds the operations of passed subjects.
func Register(w *web.Web, s *Service) {
	const sittings = "/api/v1/exam/sittings/{id}"
	web.Register(w, web.Op{ID: PermList, Method: http.MethodGet, Path: "/api/v1/exam/credits", Summary: "合格成绩"},
		func(ctx context.Context, in *listIn) (*listOut, error) {
			out, err := s.List(ctx, Filter(in.FilterIn), in.Page)
			return &listOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.credit.exams", Method: http.MethodGet, Path: "/api/v1/exam/careers", Perm: PermList, Summary: "考试履历"},
		func(ctx context.Context, in *examsIn) (*examsOut, error) {
			out, err := s.Exams(ctx, ExamFilter(in.ExamFilterIn), in.Page)
			return &examsOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.credit.career", Method: http.MethodGet, Path: sittings + "/candidates/{candidate}/career", Perm: PermList, Summary: "一名考生的考试履历"},
		func(ctx context.Context, in *careerIn) (*examsOut, error) {
			out, err := s.Career(ctx, in.ID, in.Candidate, in.Page)
			return &examsOut{out}, err
		})
	web.Raw(w, web.Op{ID: PermExport, Method: http.MethodGet, Path: "/api/v1/exam/credits/export", Summary: "导出合格成绩", Audit: PermExport},
		func(c *gin.Context) {
			f := Filter{c.Query("venue"), c.Query("category"), c.Query("subject"), State(c.Query("state")), c.Query("whole")}
			book, err := s.Export(c.Request.Context(), f, page(c))
			transfer.Workbook(c, "合格成绩.xlsx", book, err)
		})
	web.Raw(w, web.Op{ID: "exam.credit.exams.export", Method: http.MethodGet, Path: "/api/v1/exam/careers/export", Perm: PermExport, Summary: "导出考试履历", Audit: PermExport},
		func(c *gin.Context) {
			book, err := exportExams(c, s)
			transfer.Workbook(c, "考试履历.xlsx", book, err)
		})
	for _, p := range []struct{ id, path, summary string }{
		{PermNotice, sittings + "/notices", "打印全场成绩通知单"},
		{"exam.credit.notice.one", sittings + "/candidates/{candidate}/notice", "打印成绩通知单"},
	} {
		web.Raw(w, web.Op{ID: p.id, Method: http.MethodGet, Path: p.path, Perm: PermNotice, Summary: p.summary}, func(c *gin.Context) {
			out, err := s.Notices(c.Request.Context(), c.Param("id"), c.Param("candidate"))
			transfer.PDF(c, out.Name, out.Data, err)
		})
	}
}

func page(c *gin.Context) db.Page { return db.Page{Q: c.Query("q"), Sort: c.Query("sort")} }

func exportExams(c *gin.Context, s *Service) ([]byte, error) {
	f := ExamFilter{Venue: c.Query("venue"), Category: c.Query("category"), Outcome: c.Query("outcome")}
	for name, to := range map[string]*time.Time{"from": &f.From, "to": &f.To} {
		text := c.Query(name)
		if text == "" {
			continue
		}
		var err error
		if *to, err = time.Parse(time.RFC3339, text); err != nil {
			return nil, fault.New(fault.Invalid, "exam.credit.exams.period", "时间范围的格式不正确，请重新选择日期")
		}
	}
	return s.ExportExams(c.Request.Context(), f, page(c))
}
