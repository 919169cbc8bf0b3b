package online

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/transfer"
	"huyun.internal/cloud/platform/web"
)

type (
	// Door is the session that the browser has, under TLS and without.
	Door struct {
		TLS   string `cookie:"__Host-huyun_applicant"`
		Plain string `cookie:"huyun_applicant"`
	}
	arriveIn struct {
		Door
		Body Arrival
	}
	arriveOut struct{ Body Arrived }
	confirmIn struct {
		Door
		Body Confirmation
	}
	confirmOut struct {
		Cookie http.Cookie `header:"Set-Cookie"`
		Body   Session
	}
	sessionOut struct{ Body Session }
	leaveOut   struct {
		Cookie http.Cookie `header:"Set-Cookie"`
	}
	aboutOut  struct{ Body About }
	offersOut struct{ Body []Offer }
	codeIn    struct {
		Code string `path:"code" maxLength:"8"`
	}
	introOut struct{ Body Introduction }
	mineOut  struct{ Body Mine }
	casesOut struct{ Body []application.OwnCase }
	idIn     struct {
		ID string `path:"id" maxLength:"40"`
	}
	pageOut struct{ Body application.OwnPage }
	openIn  struct{ Body application.OwnDraft }
	saveIn  struct {
		ID   string `path:"id" maxLength:"40"`
		Body application.Edited
	}
	materialIn struct {
		ID   string `path:"id" maxLength:"40"`
		Code string `path:"code" maxLength:"3"`
	}
	visitsOut   struct{ Body Visits }
	openingsOut struct{ Body []Opening }
	wishIn      struct{ Body Wish }
	visitOut    struct{ Body Visit }
	turnIn      struct {
		ID   string `path:"id" maxLength:"40"`
		Body application.OwnDraft
	}
	doIn struct {
		ID   string `path:"id" maxLength:"40"`
		Body Ask
	}
)

// Ask is what an applicant wants to happen to an application.
type Ask struct {
	ID      string `json:"event_id" minLength:"8" maxLength:"64" pattern:"^[0-9A-Za-z._-]+$" patternDescription:"字母、数字、点、横线或下划线" doc:"本次操作的唯一编号；重复提交同一编号只办理一次"`
	Version int    `json:"version" minimum:"1"`
	Text    string `json:"text,omitempty" maxLength:"200" text:"lines" doc:"撤回的理由"`
}

const (
	root  = "/api/v1/own"
	cases = root + "/cases"
	one   = cases + "/{id}"
	own   = application.PermOwn
	// what one address may try of tokens in a minute
	arrivePerMin = 30
)

func (in Door) token(secure bool) string {
	if secure {
		return in.TLS
	}
	return in.Plain
}

// Register adds what an applicant can do.
func Register(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: "online.about", Method: http.MethodGet, Path: root + "/about", Perm: web.Public, PerMin: 120, Summary: "受理机关和一网通办入口"},
		func(context.Context, *struct{}) (*aboutOut, error) { return &aboutOut{s.About}, nil })
	arrive := web.Op{ID: "online.session.open", Method: http.MethodPost, Path: root + "/session", Perm: web.Public, PerMin: arrivePerMin, Audit: "none", Summary: "从一网通办进入"}
	web.Register(w, arrive, func(ctx context.Context, in *arriveIn) (*arriveOut, error) {
		out, err := s.Arrive(ctx, in.token(s.Secure), in.Body)
		return &arriveOut{out}, err
	})
	confirm := web.Op{ID: "online.session.confirm", Method: http.MethodPost, Path: root + "/session/confirm", Perm: web.Public, PerMin: arrivePerMin, Audit: "online.session.open", Summary: "确认是本人，进入"}
	web.Register(w, confirm, func(ctx context.Context, in *confirmIn) (*confirmOut, error) {
		out, cookie, err := s.Confirm(ctx, in.token(s.Secure), in.Body)
		return &confirmOut{cookie, out}, err
	})
	web.Register(w, web.Op{ID: "online.session.show", Method: http.MethodGet, Path: root + "/session", Perm: web.SignedIn, Summary: "当前申请人"},
		func(ctx context.Context, _ *struct{}) (*sessionOut, error) {
			out, err := s.Who(ctx)
			return &sessionOut{out}, err
		})
	web.Register(w, web.Op{ID: "online.session.close", Method: http.MethodDelete, Path: root + "/session", Perm: web.SignedIn, Summary: "退出", Status: http.StatusNoContent},
		func(ctx context.Context, _ *struct{}) (*leaveOut, error) {
			return &leaveOut{s.Cookie("", -1)}, s.Leave(ctx)
		})
	web.Register(w, web.Op{ID: "online.matter.list", Method: http.MethodGet, Path: root + "/matters", Perm: web.SignedIn, Summary: "可以网上申请的事项"},
		func(ctx context.Context, _ *struct{}) (*offersOut, error) {
			out, err := s.Offers(ctx)
			return &offersOut{out}, err
		})
	web.Register(w, web.Op{ID: "online.matter.show", Method: http.MethodGet, Path: root + "/matters/{code}", Perm: own, Summary: "事项说明和办理条件"},
		func(ctx context.Context, in *codeIn) (*introOut, error) {
			out, err := s.Introduce(ctx, in.Code)
			return &introOut{out}, err
		})
	web.Register(w, web.Op{ID: "online.certificate.list", Method: http.MethodGet, Path: root + "/certificates", Perm: own, Summary: "我的证件和提示"},
		func(ctx context.Context, _ *struct{}) (*mineOut, error) {
			out, err := s.Mine(ctx)
			return &mineOut{out}, err
		})
	registerCases(w, s)
	registerEvents(w, s)
	registerFiles(w, s)
	registerVisits(w, s)
}

func registerVisits(w *web.Web, s *Service) {
	const visits = root + "/visits"
	web.Register(w, web.Op{ID: "online.visit.list", Method: http.MethodGet, Path: visits, Perm: own, Summary: "我的预约"},
		func(ctx context.Context, _ *struct{}) (*visitsOut, error) {
			out, err := s.Visits(ctx)
			return &visitsOut{out}, err
		})
	web.Register(w, web.Op{ID: "online.visit.openings", Method: http.MethodGet, Path: root + "/matters/{code}/openings", Perm: own, Summary: "可以预约的时间"},
		func(ctx context.Context, in *codeIn) (*openingsOut, error) {
			out, err := s.Openings(ctx, in.Code)
			return &openingsOut{out}, err
		})
	web.Register(w, web.Op{ID: "online.visit.book", Method: http.MethodPost, Path: visits, Perm: own, Audit: "appointment.booking.book", Summary: "预约", Status: http.StatusCreated},
		func(ctx context.Context, in *wishIn) (*visitOut, error) {
			out, err := s.Book(ctx, in.Body)
			return &visitOut{out}, err
		})
	web.Register(w, web.Op{ID: "online.visit.cancel", Method: http.MethodPost, Path: visits + "/{id}/cancel", Perm: own, Audit: "appointment.booking.cancel", Summary: "取消预约"},
		func(ctx context.Context, in *idIn) (*visitsOut, error) {
			out, err := s.CallOff(ctx, in.ID)
			return &visitsOut{out}, err
		})
	web.Raw(w, web.Op{ID: "online.visit.slip", Method: http.MethodGet, Path: visits + "/{id}/slip", Perm: own, Summary: "打印预约凭条"}, func(c *gin.Context) {
		name, data, err := s.Slip(c.Request.Context(), c.Param("id"))
		transfer.Show(c, name, data, err)
	})
	web.Register(w, web.Op{ID: "online.visit.turn", Method: http.MethodPost, Path: visits + "/{id}/application", Perm: own, Audit: "appointment.booking.convert", Summary: "预约改为网上申请", Status: http.StatusCreated},
		func(ctx context.Context, in *turnIn) (*pageOut, error) {
			out, err := s.Turn(ctx, in.ID, in.Body)
			return &pageOut{out}, err
		})
}

func registerCases(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: "online.case.list", Method: http.MethodGet, Path: cases, Perm: own, Summary: "我的办件"},
		func(ctx context.Context, _ *struct{}) (*casesOut, error) {
			out, err := s.Cases.OwnList(ctx)
			return &casesOut{out}, err
		})
	web.Register(w, web.Op{ID: "online.case.open", Method: http.MethodPost, Path: cases, Perm: own, Audit: "licensing.case.open", PerMin: 20, Summary: "开始申请", Status: http.StatusCreated},
		func(ctx context.Context, in *openIn) (*pageOut, error) {
			out, err := s.Begin(ctx, in.Body)
			return &pageOut{out}, err
		})
	web.Register(w, web.Op{ID: "online.case.show", Method: http.MethodGet, Path: one, Perm: own, Summary: "我的一个办件"},
		func(ctx context.Context, in *idIn) (*pageOut, error) {
			out, err := s.Cases.OwnShow(ctx, in.ID)
			return &pageOut{out}, err
		})
	web.Register(w, web.Op{ID: "online.case.save", Method: http.MethodPut, Path: one + "/form", Perm: own, Audit: "licensing.case.save", PerMin: 60, Summary: "暂存申请表"},
		func(ctx context.Context, in *saveIn) (*pageOut, error) {
			out, err := s.Cases.OwnSave(ctx, in.ID, in.Body)
			return &pageOut{out}, err
		})
}

func registerEvents(w *web.Web, s *Service) {
	for _, e := range []licensing.Event{licensing.Submit, licensing.Supplement, licensing.AskHearing, licensing.Withdraw} {
		op := web.Op{
			ID: "online.case." + string(e), Method: http.MethodPost, Path: one + "/" + strings.ReplaceAll(string(e), "_", "-"), Perm: own, Audit: "licensing.case." + string(e),
			Summary: licensing.Name(licensing.Events(), string(e)),
		}
		web.Register(w, op, func(ctx context.Context, in *doIn) (*pageOut, error) {
			out, err := s.Cases.OwnDo(ctx, in.ID, e, application.Order{ID: in.Body.ID, Version: in.Body.Version, Text: in.Body.Text})
			return &pageOut{out}, err
		})
	}
}

func registerFiles(w *web.Web, s *Service) {
	const path = one + "/materials/{code}"
	upload := web.Op{ID: "online.material.add", Method: http.MethodPost, Path: path, Perm: own, Audit: "licensing.case.material", MaxBody: application.MaxFile + 1<<20, PerMin: 60, Summary: "上传一项材料"}
	web.Raw(w, upload, func(c *gin.Context) {
		files, err := transfer.Receive(c.Request, map[string]int64{"file": application.MaxFile})
		if err != nil {
			web.Fail(c, err)
			return
		}
		out, err := s.Cases.OwnAttach(c.Request.Context(), c.Param("id"), c.Param("code"), files["file"].Name, files["file"].Data)
		transfer.Answer(c, out, err)
	})
	web.Register(w, web.Op{ID: "online.material.pledge", Method: http.MethodPost, Path: path + "/pledge", Perm: own, Audit: "licensing.case.material", Summary: "承诺领证时交回原件"},
		func(ctx context.Context, in *materialIn) (*pageOut, error) {
			out, err := s.Cases.OwnAttach(ctx, in.ID, in.Code, "", nil)
			return &pageOut{out}, err
		})
	web.Raw(w, web.Op{ID: "online.material.show", Method: http.MethodGet, Path: path, Perm: own, Summary: "查看自己提交的材料"}, func(c *gin.Context) {
		m, data, err := s.Cases.OwnFile(c.Request.Context(), c.Param("id"), c.Param("code"))
		transfer.Show(c, m.Name, data, err)
	})
	web.Raw(w, web.Op{ID: "online.form.print", Method: http.MethodGet, Path: one + "/forms/{code}", Perm: own, Summary: "下载申请表"}, func(c *gin.Context) {
		name, data, err := s.Cases.OwnForm(c.Request.Context(), c.Param("id"), c.Param("code"))
		transfer.Show(c, name, data, err)
	})
	web.Raw(w, web.Op{ID: "online.ticket.print", Method: http.MethodGet, Path: one + "/tickets/{candidate}", Perm: own, Summary: "打印准考证"}, func(c *gin.Context) {
		out, err := s.Cases.OwnTicket(c.Request.Context(), c.Param("id"), c.Param("candidate"))
		transfer.Show(c, out.Name, out.Data, err)
	})
	web.Raw(w, web.Op{ID: "online.letter.print", Method: http.MethodGet, Path: one + "/letters/{code}", Perm: own, Summary: "查看电子文书"}, func(c *gin.Context) {
		name, data, err := s.Cases.OwnLetter(c.Request.Context(), c.Param("id"), c.Param("code"))
		transfer.Show(c, name, data, err)
	})
}
