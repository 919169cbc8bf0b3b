package letter

import (
	"context"
	"encoding/hex"
	"net/http"

	"github.com/gin-gonic/gin"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/transfer"
	"huyun.internal/cloud/platform/web"
)

type (
	// FilterIn is a filter as requests carry it; huma reads only exported parts.
	FilterIn struct {
		Kind  string `query:"kind" maxLength:"3"`
		Year  int    `query:"year" minimum:"0" maximum:"9999"`
		Trade string `query:"trade" maxLength:"20"`
		State State  `query:"state" enum:"ISSUED,VOID" required:"false"`
		Case  string `query:"case" maxLength:"40"`
	}
	listIn struct {
		db.Page
		FilterIn
	}
	listOut struct{ Body db.List[Letter] }
	oneIn   struct {
		ID string `path:"id" maxLength:"40"`
	}
	showOut struct{ Body Shown }
	voidIn  struct {
		ID   string `path:"id" maxLength:"40"`
		Body struct {
			Reason string `json:"reason" minLength:"2" maxLength:"200"`
		}
	}
	registerIn struct {
		Year int `query:"year" minimum:"0" maximum:"9999"`
	}
	registerOut struct{ Body Registers }
	verifyIn    struct {
		Body struct {
			Code string `json:"code" minLength:"1" maxLength:"40" doc:"文书上的查验码"`
		}
	}
	verifyOut struct{ Body Answer }
	formsOut  struct{ Body []FormInfo }
	formIn    struct {
		Code string `path:"code" maxLength:"5"`
		Body struct {
			Values map[string]string `json:"values" maxProperties:"60" text:"id"`
			Photo  []byte            `json:"photo,omitempty" doc:"JPEG 或 PNG"`
			Blank  bool              `json:"blank,omitempty" doc:"打印空白表，手工填写"`
		}
	}
)

// Shown is a letter with its signature.
type Shown struct {
	Letter
	Digest    string `json:"digest" doc:"PDF 文件的 SM3 摘要"`
	Signature string `json:"signature" doc:"对 PDF 文件的 SM2 签名（DER）"`
	Key       string `json:"key" doc:"签名公钥（PEM）"`
	Note      string `json:"note"`
}

// signatureNote says what the signature is worth.
const signatureNote = "由本系统的软件密钥签名，可以证明文件未被改动；不是经认证的电子签章，不能代替机关印章"

const (
	listPath = "/api/v1/licensing/letters"
	formPath = "/api/v1/licensing/forms"
	// what one address may ask of codes in a minute
	verifyPerMin = 20
)

// Register adds the operations of letters and forms.
func Register(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: PermList, Method: http.MethodGet, Path: listPath, Summary: "法律文书"},
		func(ctx context.Context, in *listIn) (*listOut, error) {
			out, err := s.List(ctx, Filter(in.FilterIn), in.Page)
			return &listOut{out}, err
		})
	registerExport(w, s)
	web.Register(w, web.Op{ID: "licensing.letter.show", Method: http.MethodGet, Path: listPath + "/{id}", Perm: PermList, Summary: "一份法律文书"},
		func(ctx context.Context, in *oneIn) (*showOut, error) {
			out, err := s.Show(ctx, in.ID)
			return &showOut{out}, err
		})
	web.Raw(w, web.Op{ID: PermPrint, Method: http.MethodGet, Path: listPath + "/{id}/file", Summary: "打印法律文书"}, func(c *gin.Context) {
		name, data, err := s.Print(c.Request.Context(), c.Param("id"))
		transfer.Show(c, name, data, err)
	})
	web.Register(w, web.Op{ID: PermVoid, Method: http.MethodPost, Path: listPath + "/{id}/void", Summary: "作废法律文书"},
		func(ctx context.Context, in *voidIn) (*showOut, error) {
			out, err := s.VoidOne(ctx, in.ID, in.Body.Reason)
			return &showOut{out}, err
		})
	web.Register(w, web.Op{ID: "licensing.letter.registers", Method: http.MethodGet, Path: "/api/v1/licensing/letter-registers", Perm: PermList, Summary: "文书编号登记"},
		func(ctx context.Context, in *registerIn) (*registerOut, error) {
			out, err := s.Registers(ctx, in.Year)
			return &registerOut{out}, err
		})
	RegisterVerify(w, s)
	registerForms(w, s)
}

// RegisterVerify adds what anybody may ask: whether a paper is genuine.
func RegisterVerify(w *web.Web, s *Service) {
	verify := web.Op{ID: "licensing.letter.verify", Method: http.MethodPost, Path: "/api/v1/letters/verify", Perm: web.Public, Audit: "none", PerMin: verifyPerMin, Summary: "查验文书真伪"}
	web.Register(w, verify, func(ctx context.Context, in *verifyIn) (*verifyOut, error) {
		out, err := s.Verify(ctx, in.Body.Code)
		return &verifyOut{out}, err
	})
}

func registerForms(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: "licensing.form.list", Method: http.MethodGet, Path: formPath, Perm: PermForm, Summary: "申请表格"},
		func(ctx context.Context, _ *struct{}) (*formsOut, error) {
			_, err := auth.Require(ctx, PermForm)
			return &formsOut{s.Forms()}, err
		})
	web.Saved(w, web.Op{ID: PermForm, Method: http.MethodPost, Path: formPath + "/{code}", Summary: "生成申请表"}, "application/pdf",
		func(ctx context.Context, in *formIn) (web.File, error) {
			return s.PrintForm(ctx, in.Code, in.Body.Values, in.Body.Photo, in.Body.Blank)
		})
}

func (s *Service) shown(l Letter) Shown {
	return Shown{
		Letter: masked(l), Digest: hex.EncodeToString(l.Digest), Signature: hex.EncodeToString(l.Signature),
		Key: string(s.keys.Cloud().Public().PEM()), Note: signatureNote,
	}
}
