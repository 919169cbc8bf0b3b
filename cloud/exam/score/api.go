package score

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/transfer"
	"huyun.internal/cloud/platform/web"
)

type (
	idIn struct {
		ID string `path:"id" maxLength:"40"`
	}
	resultOut struct{ Body Result }
	listIn    struct {
		db.Page
		ID        string `path:"id" maxLength:"40"`
		Different bool   `query:"different" doc:"只看有差异的"`
		Passed    string `query:"passed" enum:"yes,no" required:"false"`
	}
	listOut   struct{ Body db.List[Row] }
	confirmIn struct {
		ID   string `path:"id" maxLength:"40"`
		Body struct {
			Waiver string `json:"waiver,omitempty" maxLength:"1000" doc:"有差异时写明核实情况"`
		}
	}
)

// Register adds the operations of scores.
func Register(w *web.Web, s *Service) {
	const one = "/api/v1/exam/sittings/{id}"
	web.Register(w, web.Op{ID: "exam.score.round", Method: http.MethodGet, Path: one + "/score", Perm: PermList, Summary: "成绩复算情况"},
		func(ctx context.Context, in *idIn) (*resultOut, error) {
			out, err := s.Round(ctx, in.ID)
			return &resultOut{out}, err
		})
	web.Register(w, web.Op{ID: PermList, Method: http.MethodGet, Path: one + "/scores", Summary: "查询成绩"},
		func(ctx context.Context, in *listIn) (*listOut, error) {
			out, err := s.List(ctx, in.ID, Filter{in.Different, in.Passed}, in.Page)
			return &listOut{out}, err
		})
	web.Register(w, web.Op{ID: PermRun, Method: http.MethodPost, Path: one + "/score", Summary: "复算成绩"},
		func(ctx context.Context, in *idIn) (*resultOut, error) {
			out, err := s.Run(ctx, in.ID)
			return &resultOut{out}, err
		})
	web.Register(w, web.Op{ID: PermConfirm, Method: http.MethodPost, Path: one + "/score/confirm", Summary: "确认成绩"},
		func(ctx context.Context, in *confirmIn) (*resultOut, error) {
			out, err := s.Confirm(ctx, in.ID, in.Body.Waiver)
			return &resultOut{out}, err
		})
	web.Register(w, web.Op{ID: PermPublish, Method: http.MethodPost, Path: one + "/score/publish", Summary: "发布成绩"},
		func(ctx context.Context, in *idIn) (*resultOut, error) {
			out, err := s.Publish(ctx, in.ID)
			return &resultOut{out}, err
		})
	web.Raw(w, web.Op{ID: PermExport, Method: http.MethodGet, Path: one + "/scores/export", Summary: "导出成绩", Audit: PermExport},
		func(c *gin.Context) {
			book, number, err := s.Export(c.Request.Context(), c.Param("id"))
			transfer.Workbook(c, "成绩-"+number+".xlsx", book, err)
		})
}
