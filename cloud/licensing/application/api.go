package application

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/transfer"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/cloud/sanction"
)

type (
	// FilterIn is a filter as requests carry it; huma reads only exported parts.
	FilterIn struct {
		Queue   string    `query:"queue" enum:"accept,review,approve,refuse,extend,certify" required:"false" doc:"工作队列：受理、审查、审批、拟不予许可、待批延期、制证送达"`
		Matter  string    `query:"matter" maxLength:"8"`
		Trade   string    `query:"trade" maxLength:"12"`
		Channel string    `query:"channel" maxLength:"1"`
		State   string    `query:"state" maxLength:"12"`
		Holder  string    `query:"holder" maxLength:"40"`
		Person  string    `query:"person" maxLength:"40"`
		Light   Light     `query:"light" enum:"GREEN,YELLOW,RED,NONE" required:"false"`
		Alarm   Alarm     `query:"alarm" enum:"RENEWAL,OVERDUE,DEEMED,ANSWER" required:"false" doc:"告警：视为准予延续、超法定期限、视为受理、受理期限今日届满"`
		From    time.Time `query:"from"`
		To      time.Time `query:"to"`
	}
	listIn struct {
		db.Page
		FilterIn
	}
	listOut  struct{ Body db.List[Case] }
	countOut struct{ Body Counts }
	alarmOut struct{ Body []Alarming }
	idIn     struct {
		ID string `path:"id" maxLength:"40"`
	}
	pageOut    struct{ Body Page }
	blankOut   struct{ Body matter.Definition }
	untakenOut struct{ Body []Untaken }
	holdOut    struct{ Body []Holding }
	hintsOut   struct{ Body []sanction.Prompt }
	openIn     struct{ Body Draft }
	editIn     struct {
		ID   string `path:"id" maxLength:"40"`
		Body Edited
	}
	orderIn struct {
		ID   string `path:"id" maxLength:"40"`
		Body Order
	}
	previewIn struct {
		ID    string          `path:"id" maxLength:"40"`
		Event licensing.Event `path:"event" maxLength:"20"`
		Body  Order
	}
	severalIn   struct{ Body Several }
	outcomesOut struct{ Body []Outcome }
	officersOut struct{ Body []Officer }
	recheckIn   struct {
		ID   string `path:"id" maxLength:"40"`
		Body struct {
			Version int `json:"version" minimum:"1"`
		}
	}
	seenIn struct {
		ID   string `path:"id" maxLength:"40"`
		Body Seen
	}
)

const (
	cases   = "/api/v1/licensing/cases"
	oneCase = cases + "/{id}"
)

func (in FilterIn) filter() Filter {
	return Filter(in)
}

// Register adds the operations of cases.
func Register(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: PermList, Method: http.MethodGet, Path: cases, Summary: "查询办件"},
		func(ctx context.Context, in *listIn) (*listOut, error) {
			out, err := s.List(ctx, in.filter(), in.Page)
			return &listOut{out}, err
		})
	web.Register(w, web.Op{ID: "licensing.case.count", Method: http.MethodGet, Path: "/api/v1/licensing/case-counts", Perm: PermList, Summary: "各环节办件数"},
		func(ctx context.Context, _ *struct{}) (*countOut, error) {
			out, err := s.Counts(ctx)
			return &countOut{out}, err
		})
	web.Register(w, web.Op{ID: "licensing.case.alarms", Method: http.MethodGet, Path: "/api/v1/licensing/case-alarms", Perm: PermList, Summary: "法定期限告警"},
		func(ctx context.Context, _ *struct{}) (*alarmOut, error) {
			out, err := s.Alarmed(ctx)
			return &alarmOut{out}, err
		})
	web.Register(w, web.Op{ID: "licensing.case.show", Method: http.MethodGet, Path: oneCase, Perm: PermList, Summary: "查看办件"},
		func(ctx context.Context, in *idIn) (*pageOut, error) {
			out, err := s.Show(ctx, in.ID)
			return &pageOut{out}, err
		})
	web.Register(w, web.Op{ID: "licensing.case.open", Method: http.MethodPost, Path: cases, Perm: PermSubmit, Summary: "窗口收取申请", Status: http.StatusCreated},
		func(ctx context.Context, in *openIn) (*pageOut, error) {
			out, err := s.Open(ctx, in.Body)
			return &pageOut{out}, err
		})
	web.Register(w, web.Op{ID: "licensing.case.save", Method: http.MethodPut, Path: oneCase + "/form", Perm: PermSubmit, Summary: "修改申请表"},
		func(ctx context.Context, in *editIn) (*pageOut, error) {
			out, err := s.Edit(ctx, in.ID, in.Body)
			return &pageOut{out}, err
		})
	web.Register(w, web.Op{ID: "licensing.case.confirm", Method: http.MethodPost, Path: oneCase + "/confirmations", Perm: PermRecheck, Summary: "确认核查项"},
		func(ctx context.Context, in *seenIn) (*pageOut, error) {
			out, err := s.Confirm(ctx, in.ID, in.Body)
			return &pageOut{out}, err
		})
	web.Register(w, web.Op{ID: PermRecheck, Method: http.MethodPost, Path: oneCase + "/recheck", Summary: "重新核查", PerMin: 20},
		func(ctx context.Context, in *recheckIn) (*pageOut, error) {
			out, err := s.Recheck(ctx, in.ID, in.Body.Version)
			return &pageOut{out}, err
		})
	web.Register(w, web.Op{ID: "licensing.case.end_exam", Method: http.MethodPost, Path: oneCase + "/exam-end", Perm: PermApprove, Summary: "终止考试报名"},
		func(ctx context.Context, in *orderIn) (*pageOut, error) {
			out, err := s.EndExam(ctx, in.ID, in.Body)
			return &pageOut{out}, err
		})
	registerForms(w, s)
	web.Register(w, web.Op{ID: "licensing.case.batch", Method: http.MethodPost, Path: "/api/v1/licensing/case-batches", Perm: PermList, Summary: "批量办理"},
		func(ctx context.Context, in *severalIn) (*outcomesOut, error) {
			out, err := s.DoSeveral(ctx, in.Body)
			return &outcomesOut{out}, err
		})
	web.Register(w, web.Op{ID: "licensing.case.reviewers", Method: http.MethodGet, Path: "/api/v1/licensing/case-reviewers", Perm: PermList, Summary: "可以分派的审查员"},
		func(ctx context.Context, _ *struct{}) (*officersOut, error) {
			out, err := s.Reviewers(ctx)
			return &officersOut{out}, err
		})
	web.Saved(w, web.Op{ID: "licensing.case.preview", Method: http.MethodPost, Path: oneCase + "/previews/{event}", Perm: PermList, Audit: "none", Summary: "预览将要出具的文书"}, "application/pdf",
		func(ctx context.Context, in *previewIn) (web.File, error) {
			pdf, err := s.Preview(ctx, in.ID, in.Event, in.Body)
			return web.File{Name: "预览.pdf", Data: pdf}, err
		})
	registerEvents(w, s)
	registerFiles(w, s)
	registerExport(w, s)
}

// registerForms are what a window shows of a matter before there is a case.
func registerForms(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: "licensing.case.form", Method: http.MethodGet, Path: "/api/v1/licensing/case-forms/{matter}", Perm: PermSubmit, Summary: "一个事项的空白申请表"},
		func(ctx context.Context, in *struct {
			Matter string `path:"matter" maxLength:"8"`
		},
		) (*blankOut, error) {
			out, err := s.Blank(ctx, in.Matter)
			return &blankOut{out}, err
		})
	web.Register(w, web.Op{ID: "licensing.case.untaken", Method: http.MethodGet, Path: "/api/v1/licensing/case-forms/{matter}/untaken", Perm: PermSubmit, Summary: "申请前须合格而还没有合格的考试"},
		func(ctx context.Context, in *struct {
			Matter string `path:"matter" maxLength:"8"`
			Person string `query:"person" maxLength:"40" doc:"人员档案；空：还没有档案"`
		},
		) (*untakenOut, error) {
			out, err := s.UntakenOf(ctx, in.Matter, in.Person)
			return &untakenOut{out}, err
		})
	web.Register(w, web.Op{ID: "licensing.case.holdings", Method: http.MethodGet, Path: "/api/v1/licensing/case-forms/{matter}/holdings", Perm: PermSubmit, Summary: "所持证件上现在可以办理的类别"},
		func(ctx context.Context, in *struct {
			Matter string `path:"matter" maxLength:"8"`
			Person string `query:"person" maxLength:"40"`
		},
		) (*holdOut, error) {
			out, err := s.Holdings(ctx, in.Matter, in.Person)
			return &holdOut{out}, err
		})
	web.Register(w, web.Op{ID: "licensing.case.hints", Method: http.MethodGet, Path: "/api/v1/licensing/case-forms/{matter}/hints", Perm: PermSubmit, Summary: "办理前的提示"},
		func(ctx context.Context, in *struct {
			Matter string `path:"matter" maxLength:"8"`
			Person string `query:"person" maxLength:"40"`
		},
		) (*hintsOut, error) {
			out, err := s.HintsFor(ctx, in.Matter, in.Person)
			return &hintsOut{out}, err
		})
}

// registerEvents adds an operation for each event that a person makes happen.
func registerEvents(w *web.Web, s *Service) {
	for _, e := range licensing.Events() {
		event := licensing.Event(e.Code)
		perm := perms[event]
		if perm == "" || event == licensing.Save {
			continue
		}
		op := web.Op{
			ID: "licensing.case." + e.Code, Method: http.MethodPost, Perm: perm, Summary: e.Name,
			Path: oneCase + "/" + strings.ReplaceAll(e.Code, "_", "-"),
		}
		web.Register(w, op, func(ctx context.Context, in *orderIn) (*pageOut, error) {
			out, err := s.Do(ctx, in.ID, event, in.Body)
			return &pageOut{out}, err
		})
	}
	web.Register(w, web.Op{ID: "licensing.case.claim", Method: http.MethodPost, Path: oneCase + "/claim", Perm: PermReview, Summary: "领取办件审查"},
		func(ctx context.Context, in *orderIn) (*pageOut, error) {
			out, err := s.Claim(ctx, in.ID, in.Body)
			return &pageOut{out}, err
		})
}

func registerFiles(w *web.Web, s *Service) {
	const path = oneCase + "/materials/{code}"
	web.Raw(w, web.Op{ID: "licensing.case.material", Method: http.MethodPost, Path: path, Perm: PermSubmit, Summary: "提交一项材料", MaxBody: MaxFile + 1<<20},
		func(c *gin.Context) {
			files, err := transfer.Receive(c.Request, map[string]int64{"file": MaxFile})
			if err != nil {
				web.Fail(c, err)
				return
			}
			out, err := s.Attach(c.Request.Context(), c.Param("id"), c.Param("code"), files["file"].Name, files["file"].Data)
			transfer.Answer(c, out, err)
		})
	web.Register(w, web.Op{ID: "licensing.case.original", Method: http.MethodPost, Path: path + "/original", Perm: PermSubmit, Summary: "原件已在窗口核对"},
		func(ctx context.Context, in *struct {
			ID   string `path:"id" maxLength:"40"`
			Code string `path:"code" maxLength:"3"`
		},
		) (*pageOut, error) {
			out, err := s.Attach(ctx, in.ID, in.Code, "", nil)
			return &pageOut{out}, err
		})
	web.Raw(w, web.Op{ID: "licensing.case.file", Method: http.MethodGet, Path: path, Perm: PermList, Summary: "查看一项材料"},
		func(c *gin.Context) {
			m, data, err := s.File(c.Request.Context(), c.Param("id"), c.Param("code"))
			transfer.Show(c, m.Name, data, err)
		})
	web.Raw(w, web.Op{ID: "licensing.case.paper", Method: http.MethodGet, Path: "/api/v1/licensing/cases/{id}/forms/{code}", Perm: PermList, Summary: "查看申请人的申请表"},
		func(c *gin.Context) {
			name, data, err := s.Form(c.Request.Context(), c.Param("id"), c.Param("code"))
			transfer.Show(c, name, data, err)
		})
	web.Raw(w, web.Op{ID: "licensing.case.ticket", Method: http.MethodGet, Path: oneCase + "/tickets/{candidate}", Perm: PermCertify, Summary: "打印准考证"},
		func(c *gin.Context) {
			out, err := s.Ticket(c.Request.Context(), c.Param("id"), c.Param("candidate"))
			transfer.Show(c, out.Name, out.Data, err)
		})
}
