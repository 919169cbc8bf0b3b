package sitting

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"huyun.internal/cloud/platform/transfer"
	"huyun.internal/cloud/platform/web"
)

type absentOut struct {
	Body struct {
		Items []Candidate `json:"items"`
	}
}

// registerPrint adds what is printed of a sitting.
func registerPrint(w *web.Web, s *Service) {
	const one = "/api/v1/exam/sittings/{id}"
	web.Register(w, web.Op{ID: "exam.sitting.absent", Method: http.MethodGet, Path: one + "/absentees", Perm: PermPrint, Summary: "缺考名单"},
		func(ctx context.Context, in *idIn) (*absentOut, error) {
			out := new(absentOut)
			var err error
			out.Body.Items, err = s.Absentees(ctx, in.ID)
			return out, err
		})
	for _, p := range []struct {
		id, path, summary string
		make              func(*gin.Context) (Sheet, error)
	}{
		{"exam.sitting.ticket", "/candidates/{candidate}/ticket", "打印准考证", func(c *gin.Context) (Sheet, error) {
			return s.Tickets(c.Request.Context(), c.Param("id"), c.Param("candidate"))
		}},
		{"exam.sitting.tickets", "/tickets", "打印全场准考证", func(c *gin.Context) (Sheet, error) {
			return s.Tickets(c.Request.Context(), c.Param("id"), "")
		}},
		{"exam.sitting.plan", "/seat-plan", "打印座位表", func(c *gin.Context) (Sheet, error) {
			return s.SeatPlan(c.Request.Context(), c.Param("id"))
		}},
		{"exam.sitting.absent.sheet", "/absentees/sheet", "打印缺考名单", func(c *gin.Context) (Sheet, error) {
			return s.AbsentSheet(c.Request.Context(), c.Param("id"))
		}},
	} {
		web.Raw(w, web.Op{ID: p.id, Method: http.MethodGet, Path: one + p.path, Perm: PermPrint, Summary: p.summary}, func(c *gin.Context) {
			out, err := p.make(c)
			transfer.Show(c, out.Name, out.Data, err)
		})
	}
}
