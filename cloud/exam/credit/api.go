package credit

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/transfer"
	"huyun.internal/cloud/platform/web"
)

type (
	// FilterIn is a filter as requests carry it; huma reads only exported parts.
	FilterIn struct {
		Venue    string `query:"venue" maxLength:"40"`
		Category string `query:"category" maxLength:"5"`
		Subject  string `query:"subject" maxLength:"20"`
		State    State  `query:"state" enum:"VALID,EXPIRED,WITHDRAWN" required:"false"`
		Complete string `query:"complete" enum:"yes,no" required:"false" doc:"yes 本类别全部科目合格且有效，no 还有科目没有合格"`
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
		Outcome  string    `query:"outcome" enum:"WAITING,PASSED,FAILED,VOID,ZERO,MISSED,ABSENT,NOT_STARTED,WITHHELD" required:"false"`
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

const (
	listPath    = "/api/v1/exam/credits"
	careersPath = "/api/v1/exam/careers"
)

// Register adds the operations of passed subjects.
func Register(w *web.Web, s *Service) {
	const sittings = "/api/v1/exam/sittings/{id}"
	web.Register(w, web.Op{ID: PermList, Method: http.MethodGet, Path: listPath, Summary: "合格成绩"},
		func(ctx context.Context, in *listIn) (*listOut, error) {
			out, err := s.List(ctx, Filter(in.FilterIn), in.Page)
			return &listOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.credit.exams", Method: http.MethodGet, Path: careersPath, Perm: PermList, Summary: "考试履历"},
		func(ctx context.Context, in *examsIn) (*examsOut, error) {
			out, err := s.Exams(ctx, ExamFilter(in.ExamFilterIn), in.Page)
			return &examsOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.credit.career", Method: http.MethodGet, Path: sittings + "/candidates/{candidate}/career", Perm: PermList, Summary: "一名考生的考试履历"},
		func(ctx context.Context, in *careerIn) (*examsOut, error) {
			out, err := s.Career(ctx, in.ID, in.Candidate, in.Page)
			return &examsOut{out}, err
		})
	registerExports(w, s)
	for _, p := range []struct{ id, path, summary string }{
		{PermNotice, sittings + "/notices", "打印全场成绩通知单"},
		{"exam.credit.notice.one", sittings + "/candidates/{candidate}/notice", "打印成绩通知单"},
	} {
		web.Raw(w, web.Op{ID: p.id, Method: http.MethodGet, Path: p.path, Perm: PermNotice, Summary: p.summary}, func(c *gin.Context) {
			out, err := s.Notices(c.Request.Context(), c.Param("id"), c.Param("candidate"))
			transfer.Show(c, out.Name, out.Data, err)
		})
	}
}
