package batch

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/transfer"
	"huyun.internal/cloud/platform/web"
	pexam "huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
)

type (
	listIn struct {
		db.Page
		Company string `query:"company" maxLength:"18"`
		State   State  `query:"state" enum:"OPENING,RUNNING,DONE" required:"false"`
	}
	listOut struct{ Body db.List[Batch] }
	// IDIn names a batch; huma reads only exported parts.
	IDIn struct {
		ID string `path:"id" maxLength:"40"`
	}
	pageOut struct{ Body Page }
	rowsIn  struct {
		db.Page
		IDIn
		State string `query:"state" maxLength:"12"`
		Mark  string `query:"mark" enum:"TAKEN,SHORT,WRONG" required:"false"`
	}
	rowsOut struct{ Body db.List[Row] }
	actIn   struct {
		IDIn
		Body Asked
	}
	seenIn struct {
		IDIn
		Body Seen
	}
	resultsOut struct{ Body Results }
	fetchIn    struct {
		IDIn
		Body Fetched
	}
	collectionOut struct{ Body Collection }
)

const (
	batches = "/api/v1/licensing/batches"
	one     = batches + "/{id}"

	maxWorkbook, maxZip, maxAbout = 8 << 20, 128 << 20, 4096
)

// Register adds the operations of batches.
func Register(w *web.Web, s *Service) {
	list := func(ctx context.Context, in *listIn) (db.List[Batch], error) {
		return s.List(ctx, Filter{in.Company, in.State}, in.Page)
	}
	rows := func(ctx context.Context, in *rowsIn) (db.List[Row], error) {
		return s.Rows(ctx, in.ID, RowFilter{in.State, in.Mark}, in.Page)
	}
	web.Register(w, web.Op{ID: PermList, Method: http.MethodGet, Path: batches, Summary: "查询企业批次"},
		func(ctx context.Context, in *listIn) (*listOut, error) {
			out, err := list(ctx, in)
			return &listOut{out}, err
		})
	web.Register(w, web.Op{ID: "licensing.batch.show", Method: http.MethodGet, Path: one, Perm: PermList, Summary: "查看企业批次"},
		func(ctx context.Context, in *IDIn) (*pageOut, error) {
			out, err := s.Show(ctx, in.ID)
			return &pageOut{out}, err
		})
	web.Register(w, web.Op{ID: "licensing.batch.row.list", Method: http.MethodGet, Path: one + "/rows", Perm: PermList, Summary: "企业批次的人员"},
		func(ctx context.Context, in *rowsIn) (*rowsOut, error) {
			out, err := rows(ctx, in)
			return &rowsOut{out}, err
		})
	registerActs(w, s)
	registerFiles(w, s)
	exports(w, s, list, rows)
}

// registerActs adds one operation for each permission: who may do a step of a
// single case may do it to a batch.
func registerActs(w *web.Web, s *Service) {
	for _, op := range []struct{ id, path, perm, summary string }{
		{"submit", "/submit", application.PermSubmit, "批量提交申请"},
		{"accept", "/accept", application.PermAccept, "批量收件、受理"},
		{"certify", "/certify", application.PermCertify, "批量制证"},
	} {
		web.Register(w, web.Op{ID: "licensing.batch." + op.id, Method: http.MethodPost, Path: one + op.path, Perm: op.perm, Summary: op.summary},
			func(ctx context.Context, in *actIn) (*resultsOut, error) {
				if steps[in.Body.Event].perm != op.perm {
					return nil, fault.New(fault.Invalid, "licensing.batch.event", "这一步不能在这里批量办理，请刷新页面后重试")
				}
				out, err := s.Act(ctx, in.ID, in.Body)
				return &resultsOut{out}, err
			})
	}
	web.Register(w, web.Op{ID: "licensing.batch.originals", Method: http.MethodPost, Path: one + "/originals", Perm: application.PermSubmit, Summary: "批量核对原件"},
		func(ctx context.Context, in *seenIn) (*resultsOut, error) {
			out, err := s.Originals(ctx, in.ID, in.Body)
			return &resultsOut{out}, err
		})
	web.Register(w, web.Op{ID: "licensing.batch.collect", Method: http.MethodPost, Path: one + "/collections", Perm: application.PermCertify, Summary: "企业领取证件", Status: http.StatusCreated, MaxBody: 1 << 20},
		func(ctx context.Context, in *fetchIn) (*collectionOut, error) {
			out, err := s.Collect(ctx, in.ID, in.Body)
			return &collectionOut{out}, err
		})
}

func registerFiles(w *web.Web, s *Service) {
	web.Raw(w, web.Op{ID: "licensing.batch.upload", Method: http.MethodPost, Path: batches, Perm: application.PermSubmit, Summary: "上传企业名册", MaxBody: maxZip + maxWorkbook},
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
			up.Workbook, up.Files = in["workbook"].Data, in["files"].Data
			out, err := s.Take(c.Request.Context(), up)
			transfer.Answer(c, out, err)
		})
	web.Raw(w, web.Op{ID: "licensing.batch.files", Method: http.MethodPost, Path: one + "/files", Perm: application.PermSubmit, Summary: "补充企业批次的照片和材料", MaxBody: maxZip + 4096},
		func(c *gin.Context) {
			in, err := transfer.Receive(c.Request, map[string]int64{"files": maxZip})
			if err != nil {
				web.Fail(c, err)
				return
			}
			out, err := s.Supply(c.Request.Context(), c.Param("id"), in["files"].Data)
			transfer.Answer(c, out, err)
		})
	web.Raw(w, web.Op{ID: "licensing.batch.template", Method: http.MethodGet, Path: "/api/v1/licensing/batch-template", Perm: application.PermSubmit, Summary: "下载企业名册模板"},
		func(c *gin.Context) {
			book, err := s.Template(c.Request.Context())
			transfer.Workbook(c, "企业名册模板.xlsx", book, err)
		})
	web.Raw(w, web.Op{ID: "licensing.batch.report", Method: http.MethodGet, Path: "/api/v1/licensing/batch-reports/{id}", Perm: application.PermSubmit, Summary: "下载企业名册错误工作簿"},
		func(c *gin.Context) {
			book, err := s.Report(c.Request.Context(), c.Param("id"))
			transfer.Workbook(c, "企业名册错误.xlsx", book, err)
		})
	web.Raw(w, web.Op{ID: "licensing.batch.signature", Method: http.MethodGet, Path: one + "/collections/{collection}/signature", Perm: PermList, Summary: "查看领证签名"},
		func(c *gin.Context) {
			_, data, err := s.Signature(c.Request.Context(), c.Param("id"), c.Param("collection"))
			transfer.Show(c, "", data, err)
		})
}

// about reads what comes beside the workbook.
func about(data []byte) (up Upload, err error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&up); err != nil {
		return up, fault.New(fault.Invalid, "licensing.batch.about", "请填写企业名称、统一社会信用代码、经办人和手机号后再上传").With(err)
	}
	return up, nil
}

var states = map[string]string{"OPENING": "正在建立办件", "RUNNING": "办理中", "DONE": "已办结"}

func exports(w *web.Web, s *Service, list func(context.Context, *listIn) (db.List[Batch], error), rows func(context.Context, *rowsIn) (db.List[Row], error)) {
	listing.Export(w, web.Op{ID: "licensing.batch.export", Path: batches, Perm: PermList}, listing.Sheet[Batch]{Name: "企业批次", Columns: []listing.Column[Batch]{
		listing.Col("批次号", 18, func(b Batch) any { return b.Number }),
		listing.Col("企业", 36, func(b Batch) any { return b.Company }),
		listing.Col("统一社会信用代码", 24, func(b Batch) any { return b.CompanyCode }),
		listing.Col("经办人", 12, func(b Batch) any { return b.Contact }),
		listing.Col("手机号", 16, func(b Batch) any { return b.Phone }),
		listing.Col("人数", 8, func(b Batch) any { return b.Rows }),
		listing.Col("未办结", 8, func(b Batch) any { return b.Unfinished }),
		listing.Col("未能建立", 10, func(b Batch) any { return b.Failed }),
		listing.Col("状态", 14, func(b Batch) any { return listing.Word(states, string(b.State)) }),
		listing.Col("收取人", 12, func(b Batch) any { return b.By }),
		listing.Col("收取时间", 20, func(b Batch) any { return listing.At(&b.CreatedAt) }),
	}}, s.Audit.RecordNow, list)
	listing.Export(w, web.Op{ID: "licensing.batch.row.export", Path: one + "/rows", Perm: PermList}, listing.Sheet[Row]{Name: "企业批次人员", Columns: []listing.Column[Row]{
		listing.Col("行", 6, func(r Row) any { return r.No }),
		listing.Col("姓名", 12, func(r Row) any { return r.Name }),
		listing.Col("身份证号", 24, func(r Row) any { return r.IDNo }),
		listing.Col("岗位", 26, func(r Row) any { return pexam.CategoryName(r.Category) }),
		listing.Col("办理事项", 12, func(r Row) any { return matterName(r.Matter) }),
		listing.Col("统一审批编码", 20, func(r Row) any { return r.ApplyNo }),
		listing.Col("状态", 14, func(r Row) any { return rowState(r) }),
		listing.Col("还缺", 60, func(r Row) any { return missing(r) }),
		listing.Col("说明", 40, func(r Row) any { return r.Reason + r.Note }),
	}}, s.Audit.RecordNow, rows)
}

func matterName(of string) string {
	for _, m := range matters {
		if m.code == of {
			return m.name
		}
	}
	return of
}

func rowState(r Row) string {
	switch r.State {
	case rowPending:
		return "等待建立办件"
	case rowFailed:
		return "未能建立办件"
	}
	return licensing.Name(licensing.States(), string(r.CaseState))
}

func missing(r Row) string {
	out := ""
	for i, d := range r.Missing {
		if i > 0 {
			out += "、"
		}
		out += d.Name
	}
	return out
}
