package sitting

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"huyun.internal/cloud/platform/transfer"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/clock"
)

const maxUpload = 96 << 20

// registerFiles adds what is not JSON: workbooks, photographs and the live
// board.
func registerFiles(w *web.Web, s *Service) {
	const people = "/api/v1/exam/sittings/{id}/candidates"
	web.Raw(w, web.Op{ID: "exam.sitting.import", Method: http.MethodPost, Path: people, Perm: PermSave, Summary: "导入考生名单", MaxBody: maxUpload},
		func(c *gin.Context) {
			files, err := transfer.Receive(c.Request, map[string]int64{"workbook": 32 << 20, "photos": 64 << 20})
			if err != nil {
				web.Fail(c, err)
				return
			}
			up := Upload{FileName: files["workbook"].Name, Workbook: files["workbook"].Data, Photos: files["photos"].Data}
			out, err := s.Import(c.Request.Context(), c.Param("id"), up)
			transfer.Answer(c, out, err)
		})
	web.Raw(w, web.Op{ID: "exam.sitting.photos", Method: http.MethodPost, Path: "/api/v1/exam/sittings/{id}/photos", Perm: PermSave, Summary: "补传考生照片", MaxBody: maxUpload},
		func(c *gin.Context) {
			files, err := transfer.Receive(c.Request, map[string]int64{"photos": 64 << 20})
			if err != nil {
				web.Fail(c, err)
				return
			}
			out, err := s.AddPhotos(c.Request.Context(), c.Param("id"), files["photos"].Data)
			transfer.Answer(c, out, err)
		})
	web.Raw(w, web.Op{ID: "exam.sitting.template", Method: http.MethodGet, Path: "/api/v1/exam/candidate-template", Perm: PermSave, Summary: "下载考生名单模板"},
		func(c *gin.Context) {
			book, err := s.Template(c.Request.Context())
			transfer.Workbook(c, "考生名单模板.xlsx", book, err)
		})
	web.Raw(w, web.Op{ID: "exam.sitting.report", Method: http.MethodGet, Path: "/api/v1/exam/candidate-reports/{id}", Perm: PermSave, Summary: "下载名单错误工作簿"},
		func(c *gin.Context) {
			book, err := s.Report(c.Request.Context(), c.Param("id"))
			transfer.Workbook(c, "考生名单错误.xlsx", book, err)
		})
	web.Raw(w, web.Op{ID: "exam.sitting.photo", Method: http.MethodGet, Path: people + "/{candidate}/photo", Perm: PermList, Summary: "考生照片"},
		func(c *gin.Context) {
			data, _, err := s.Photo(c.Request.Context(), c.Param("id"), c.Param("candidate"))
			transfer.Show(c, "", data, err)
		})
	web.Events(w, web.Op{ID: "exam.sitting.stream", Path: "/api/v1/exam/sittings/{id}/stream", Perm: PermWatch, Summary: "场次实况（推送）"},
		func(ctx context.Context, c *gin.Context, out *web.Stream) error {
			return s.watch(ctx, c.Param("id"), out)
		})
}

// watch sends the board whenever it has changed.
func (s *Service) watch(ctx context.Context, id string, out *web.Stream) error {
	var last []byte
	for {
		now, err := s.glance(ctx, id)
		if err != nil {
			return err
		}
		if !bytes.Equal(now, last) {
			if err := out.Send("board", json.RawMessage(now)); err != nil {
				return err
			}
			last = now
		}
		if err := clock.Sleep(ctx, s.Clock, refresh); err != nil {
			return err
		}
	}
}
