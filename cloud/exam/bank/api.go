package bank

import (
	"context"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/transfer"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/sm"
)

// FilterIn narrows a list of questions; huma reads only exported parts.
type FilterIn struct {
	Industry   string `query:"industry" maxLength:"20"`
	Category   string `query:"category" maxLength:"5"`
	Subject    string `query:"subject" maxLength:"20"`
	Chapter    string `query:"chapter" maxLength:"100"`
	Type       string `query:"type" enum:"TF,SINGLE,MULTI,CASE" required:"false"`
	Status     string `query:"status" enum:"DRAFT,REVIEW,ON,OFF" required:"false"`
	Batch      string `query:"batch" maxLength:"40"`
	Difficulty int    `query:"difficulty" minimum:"0" maximum:"5"`
}

type listIn struct {
	db.Page
	FilterIn
}

type (
	listOut struct{ Body db.List[Row] }
	idIn    struct {
		ID string `path:"id" maxLength:"40"`
	}
	shownOut  struct{ Body Shown }
	batchesIn struct {
		db.Page
		State string `query:"state" enum:"DRAFT,REVIEW,ON,REJECTED" required:"false"`
	}
	batchesOut struct{ Body db.List[Batch] }
	decideIn   struct {
		ID   string `path:"id" maxLength:"40"`
		Body struct {
			Approve bool   `json:"approve" doc:"true 通过，false 退回"`
			Note    string `json:"note,omitempty" maxLength:"500" doc:"审核意见；退回必填"`
		}
	}
	batchOut struct{ Body Batch }
	retireIn struct {
		ID   string `path:"id" maxLength:"40"`
		Body struct {
			Reason string `json:"reason" minLength:"1" maxLength:"500"`
		}
	}
	overviewIn struct {
		Category string `query:"category" maxLength:"5"`
	}
	overviewSheetIn struct {
		db.Page
		Category string `query:"category" maxLength:"5"`
	}
	overviewOut struct {
		Body struct {
			Items []Count `json:"items"`
		}
	}
	chaptersIn struct {
		Category string `query:"category" maxLength:"5"`
		Subject  string `query:"subject" maxLength:"20"`
	}
	chaptersOut struct {
		Body struct {
			Items []string `json:"items"`
		}
	}
)

// Upload sizes, in bytes of the whole request.
const maxUpload = 96 << 20

// Register adds the bank's operations.
func Register(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: PermList, Method: http.MethodGet, Path: "/api/v1/exam/questions", Summary: "查询试题"},
		func(ctx context.Context, in *listIn) (*listOut, error) {
			list, err := s.List(ctx, Filter(in.FilterIn), in.Page)
			return &listOut{list}, err
		})
	web.Register(w, web.Op{ID: PermShow, Method: http.MethodGet, Path: "/api/v1/exam/questions/{id}", Summary: "查看一道试题", Audit: PermShow},
		func(ctx context.Context, in *idIn) (*shownOut, error) {
			q, err := s.Show(ctx, in.ID)
			return &shownOut{q}, err
		})
	web.Register(w, web.Op{ID: "exam.bank.retire", Method: http.MethodPost, Path: "/api/v1/exam/questions/{id}/retire", Perm: PermReview, Summary: "停用试题", Status: http.StatusNoContent},
		func(ctx context.Context, in *retireIn) (*struct{}, error) {
			return nil, s.Retire(ctx, in.ID, in.Body.Reason)
		})
	web.Register(w, web.Op{ID: "exam.bank.overview", Method: http.MethodGet, Path: "/api/v1/exam/bank/overview", Perm: PermList, Summary: "题库数量统计"},
		func(ctx context.Context, in *overviewIn) (*overviewOut, error) {
			var err error
			out := new(overviewOut)
			out.Body.Items, err = s.Overview(ctx, in.Category)
			return out, err
		})
	web.Register(w, web.Op{ID: "exam.bank.chapters", Method: http.MethodGet, Path: "/api/v1/exam/bank/chapters", Perm: PermList, Summary: "在用章节"},
		func(ctx context.Context, in *chaptersIn) (*chaptersOut, error) {
			var err error
			out := new(chaptersOut)
			out.Body.Items, err = s.Chapters(ctx, in.Category, in.Subject)
			return out, err
		})
	web.Register(w, web.Op{ID: "exam.bank.batches", Method: http.MethodGet, Path: "/api/v1/exam/batches", Perm: PermList, Summary: "试题导入批次"},
		func(ctx context.Context, in *batchesIn) (*batchesOut, error) {
			list, err := s.Batches(ctx, in.State, in.Page)
			return &batchesOut{list}, err
		})
	web.Register(w, web.Op{ID: PermReview, Method: http.MethodPost, Path: "/api/v1/exam/batches/{id}/decide", Summary: "审核一批试题"},
		func(ctx context.Context, in *decideIn) (*batchOut, error) {
			b, err := s.Decide(ctx, in.ID, in.Body.Approve, in.Body.Note)
			return &batchOut{b}, err
		})
	registerFiles(w, s)
	registerWriting(w, s)
	registerListings(w, s)
}

// registerFiles adds what is not JSON: workbooks and pictures.
func registerFiles(w *web.Web, s *Service) {
	web.Raw(w, web.Op{ID: PermImport, Method: http.MethodPost, Path: "/api/v1/exam/batches", Summary: "导入试题工作簿", MaxBody: maxUpload},
		func(c *gin.Context) {
			files, err := transfer.Receive(c.Request, map[string]int64{"workbook": 32 << 20, "pictures": 64 << 20})
			if err != nil {
				web.Fail(c, err)
				return
			}
			up := Upload{FileName: files["workbook"].Name, Workbook: files["workbook"].Data, Pictures: files["pictures"].Data}
			out, err := s.Import(c.Request.Context(), up)
			transfer.Answer(c, out, err)
		})
	web.Raw(w, web.Op{ID: PermExport, Method: http.MethodGet, Path: "/api/v1/exam/bank/export", Summary: "导出试题", Audit: PermExport},
		func(c *gin.Context) {
			level, _ := strconv.Atoi(c.Query("difficulty"))
			f := Filter{c.Query("industry"), c.Query("category"), c.Query("subject"), c.Query("chapter"), c.Query("type"), c.Query("status"), c.Query("batch"), level}
			book, err := s.Export(c.Request.Context(), f, c.Query("q"))
			transfer.Workbook(c, "试题.xlsx", book, err)
		})
	web.Raw(w, web.Op{ID: "exam.bank.picture", Method: http.MethodPost, Path: "/api/v1/exam/media", Perm: PermImport, Summary: "上传试题图片"},
		func(c *gin.Context) {
			files, err := transfer.Receive(c.Request, map[string]int64{"picture": int64(pictureLimits.Bytes)})
			if err != nil {
				web.Fail(c, err)
				return
			}
			out, err := s.AddPicture(c.Request.Context(), files["picture"].Data)
			transfer.Answer(c, out, err)
		})
	web.Raw(w, web.Op{ID: "exam.bank.template", Method: http.MethodGet, Path: "/api/v1/exam/bank/template", Perm: PermImport, Summary: "下载试题导入模板"},
		func(c *gin.Context) {
			book, err := s.Template(c.Request.Context())
			transfer.Workbook(c, "试题导入模板.xlsx", book, err)
		})
	web.Raw(w, web.Op{ID: "exam.bank.report", Method: http.MethodGet, Path: "/api/v1/exam/bank/reports/{id}", Perm: PermImport, Summary: "下载导入错误工作簿"},
		func(c *gin.Context) {
			book, err := s.Report(c.Request.Context(), c.Param("id"))
			transfer.Workbook(c, "试题导入错误.xlsx", book, err)
		})
	web.Raw(w, web.Op{ID: "exam.bank.media", Method: http.MethodGet, Path: "/api/v1/exam/media/{digest}", Perm: PermShow, Summary: "试题图片"},
		func(c *gin.Context) {
			digest, err := sm.ParseDigest(c.Param("digest"))
			if err != nil {
				web.Fail(c, db.Missing())
				return
			}
			if _, err := auth.Require(c.Request.Context(), PermShow); err != nil {
				web.Fail(c, err)
				return
			}
			data, _, err := s.Media(c.Request.Context(), digest)
			transfer.Show(c, "", data, err)
		})
}
