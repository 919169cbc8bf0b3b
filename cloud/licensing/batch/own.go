package batch

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/transfer"
	"huyun.internal/cloud/platform/web"
)

type (
	ownListIn struct {
		db.Page
		State State `query:"state" enum:"OPENING,RUNNING,DONE" required:"false"`
	}
	ownRowsIn struct {
		db.Page
		IDIn
		State string `query:"state" maxLength:"12"`
	}
	ownSubmitIn struct {
		IDIn
		Body struct {
			After int `json:"after" minimum:"0"`
		}
	}
)

const (
	ownBatches = "/api/v1/own/batches"
	ownBatch   = ownBatches + "/{id}"
	ownPerm    = application.PermCompany
)

// RegisterOwn adds what a company's own agent can do with its batches, at the
// applicants' door.
func RegisterOwn(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: "own.batch.list", Method: http.MethodGet, Path: ownBatches, Perm: ownPerm, Summary: "本企业的批次"},
		func(ctx context.Context, in *ownListIn) (*listOut, error) {
			out, err := s.List(ctx, Filter{State: in.State}, in.Page)
			return &listOut{out}, err
		})
	web.Register(w, web.Op{ID: "own.batch.show", Method: http.MethodGet, Path: ownBatch, Perm: ownPerm, Summary: "本企业的一个批次"},
		func(ctx context.Context, in *IDIn) (*pageOut, error) {
			out, err := s.Show(ctx, in.ID)
			return &pageOut{out}, err
		})
	web.Register(w, web.Op{ID: "own.batch.rows", Method: http.MethodGet, Path: ownBatch + "/rows", Perm: ownPerm, Summary: "本企业批次的人员"},
		func(ctx context.Context, in *ownRowsIn) (*rowsOut, error) {
			out, err := s.Rows(ctx, in.ID, RowFilter{State: in.State}, in.Page)
			return &rowsOut{out}, err
		})
	submit := web.Op{ID: "own.batch.submit", Method: http.MethodPost, Path: ownBatch + "/submit", Perm: ownPerm, Audit: "licensing.batch.submit", Summary: "提交批次中材料齐全的申请"}
	web.Register(w, submit, func(ctx context.Context, in *ownSubmitIn) (*resultsOut, error) {
		out, err := s.Act(ctx, in.ID, Asked{Event: licensing.Submit, After: in.Body.After})
		return &resultsOut{out}, err
	})
	registerOwnFiles(w, s)
}

func registerOwnFiles(w *web.Web, s *Service) {
	web.Raw(w, web.Op{ID: "own.batch.upload", Method: http.MethodPost, Path: ownBatches, Perm: ownPerm, Audit: "licensing.batch.upload", Summary: "上传本企业名册", MaxBody: maxZip + maxWorkbook},
		func(c *gin.Context) {
			in, err := transfer.Receive(c.Request, map[string]int64{"workbook": maxWorkbook, "files": maxZip, "about": maxAbout})
			var up Upload
			if err == nil {
				up, err = about(in["about"].Data)
			}
			if err != nil {
				web.Fail(c, err)
				return
			}
			// which company it is the platform has said
			a, _ := auth.From(c.Request.Context())
			up.Company, up.Code = a.Name, a.ID
			up.Workbook, up.Files = in["workbook"].Data, in["files"].Data
			out, err := s.Take(c.Request.Context(), up)
			transfer.Answer(c, out, err)
		})
	web.Raw(w, web.Op{ID: "own.batch.files", Method: http.MethodPost, Path: ownBatch + "/files", Perm: ownPerm, Audit: "licensing.batch.files", Summary: "补充照片和材料", MaxBody: maxZip + 4096},
		func(c *gin.Context) {
			in, err := transfer.Receive(c.Request, map[string]int64{"files": maxZip})
			if err != nil {
				web.Fail(c, err)
				return
			}
			out, err := s.Supply(c.Request.Context(), c.Param("id"), in["files"].Data)
			transfer.Answer(c, out, err)
		})
	web.Raw(w, web.Op{ID: "own.batch.template", Method: http.MethodGet, Path: "/api/v1/own/batch-template", Perm: ownPerm, Summary: "下载企业名册模板"}, func(c *gin.Context) {
		book, err := s.Template(c.Request.Context())
		transfer.Workbook(c, "企业名册模板.xlsx", book, err)
	})
	web.Raw(w, web.Op{ID: "own.batch.report", Method: http.MethodGet, Path: "/api/v1/own/batch-reports/{id}", Perm: ownPerm, Summary: "下载错误工作簿"}, func(c *gin.Context) {
		book, err := s.Report(c.Request.Context(), c.Param("id"))
		transfer.Workbook(c, "企业名册错误.xlsx", book, err)
	})
}
