package sitting

import (
	"context"
	"net/http"
	"time"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/web"
)

type (
	listIn struct {
		db.Page
		Venue    string    `query:"venue" maxLength:"40"`
		State    string    `query:"state" maxLength:"12"`
		Category string    `query:"category" maxLength:"5"`
		Todo     Todo      `query:"todo" enum:"CONDUCT,REVIEW,PUBLISH" required:"false" doc:"中心还要处理的事：违纪复核、成绩复查、成绩公布期限将到"`
		From     time.Time `query:"from"`
		To       time.Time `query:"to"`
	}
	listOut    struct{ Body db.List[Sitting] }
	sittingOut struct{ Body Sitting }
	idIn       struct {
		ID string `path:"id" maxLength:"40"`
	}
	planIn struct {
		Body struct {
			Title       string    `json:"title" minLength:"1" maxLength:"100"`
			Venue       string    `json:"venue" minLength:"1" maxLength:"40"`
			Room        string    `json:"room" minLength:"1" maxLength:"30"`
			Rule        string    `json:"rule" minLength:"1" maxLength:"40"`
			RuleVersion int       `json:"rule_version" minimum:"1" maximum:"100000"`
			StartsAt    time.Time `json:"starts_at"`
			SEB         string    `json:"seb,omitempty" enum:",SHOW,REQUIRE" doc:"SEB 安全浏览器：空为不用，SHOW 仅提示监考，REQUIRE 登录必须使用"`
		}
	}
	candidatesIn struct {
		db.Page
		CandidateFilter
		ID string `path:"id" maxLength:"40"`
	}
	candidatesOut struct{ Body db.List[Candidate] }
	candidateIn   struct {
		ID        string `path:"id" maxLength:"40"`
		Candidate string `path:"candidate" maxLength:"40"`
	}
	revealIn struct {
		ID        string `path:"id" maxLength:"40"`
		Candidate string `path:"candidate" maxLength:"40"`
		Body      struct {
			Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"用途，记入审计"`
		}
	}
	revealOut struct {
		Body struct {
			IDNo string `json:"id_no"`
		}
	}
	reasonIn struct {
		ID   string `path:"id" maxLength:"40"`
		Body struct {
			Reason string `json:"reason" maxLength:"200"`
		}
	}
	releaseIn struct {
		ID   string `path:"id" maxLength:"40"`
		Body *struct {
			Early string `json:"early,omitempty" maxLength:"200" doc:"未到放行时间时，提前放行的原因"`
		}
	}
	openingsIn struct {
		db.Page
		State   string `query:"state" enum:"PENDING,APPROVED,RETURNED" required:"false"`
		Sitting string `query:"sitting" maxLength:"40"`
	}
	openingsOut struct{ Body db.List[Opening] }
	decideIn    struct {
		ID   string `path:"id" maxLength:"40"`
		Body struct {
			Approve   bool   `json:"approve" doc:"true 通过，false 退回"`
			Reason    string `json:"reason,omitempty" text:"lines" maxLength:"500" doc:"退回必填，考场会看到"`
			Condition string `json:"condition,omitempty" text:"lines" maxLength:"500" doc:"附条件通过的条件"`
		}
	}
	decidedOut  struct{ Body Decided }
	receiptsOut struct {
		Body struct {
			Items []Receipt `json:"items"`
			Gate  Gate      `json:"gate"`
		}
	}
	closeoutOut struct{ Body Closeout }
	boardOut    struct{ Body Board }
	unlockOut   struct{ Body UnlockCode }
)

// Register adds the operations of sittings.
func Register(w *web.Web, s *Service) {
	const one = "/api/v1/exam/sittings/{id}"
	web.Register(w, web.Op{ID: PermList, Method: http.MethodGet, Path: "/api/v1/exam/sittings", Summary: "查询场次"},
		func(ctx context.Context, in *listIn) (*listOut, error) {
			out, err := s.List(ctx, Filter{in.Venue, in.State, in.Category, in.Todo, in.From, in.To}, in.Page)
			return &listOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.sitting.show", Method: http.MethodGet, Path: one, Perm: PermList, Summary: "查看场次"},
		func(ctx context.Context, in *idIn) (*sittingOut, error) {
			out, err := s.Get(ctx, in.ID)
			return &sittingOut{out}, err
		})
	web.Register(w, web.Op{ID: PermSave, Method: http.MethodPost, Path: "/api/v1/exam/sittings", Summary: "安排场次", Status: http.StatusCreated},
		func(ctx context.Context, in *planIn) (*sittingOut, error) {
			b := in.Body
			out, err := s.Create(ctx, Plan{b.Title, b.Venue, b.Room, b.Rule, b.RuleVersion, b.StartsAt, b.SEB})
			return &sittingOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.sitting.assign", Method: http.MethodPost, Path: one + "/assign", Perm: PermSave, Summary: "排座并下达考场"},
		func(ctx context.Context, in *idIn) (*sittingOut, error) {
			out, err := s.Assign(ctx, in.ID)
			return &sittingOut{out}, err
		})
	web.Register(w, web.Op{ID: PermSuspend, Method: http.MethodPost, Path: one + "/suspend", Summary: "暂停场次"},
		func(ctx context.Context, in *reasonIn) (*sittingOut, error) {
			out, err := s.Suspend(ctx, in.ID, true, in.Body.Reason)
			return &sittingOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.sitting.resume", Method: http.MethodPost, Path: one + "/resume", Perm: PermSuspend, Summary: "恢复场次"},
		func(ctx context.Context, in *reasonIn) (*sittingOut, error) {
			out, err := s.Suspend(ctx, in.ID, false, in.Body.Reason)
			return &sittingOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.sitting.cancel", Method: http.MethodPost, Path: one + "/cancel", Perm: PermSuspend, Summary: "取消场次"},
		func(ctx context.Context, in *reasonIn) (*sittingOut, error) {
			out, err := s.Cancel(ctx, in.ID, in.Body.Reason)
			return &sittingOut{out}, err
		})
	registerCandidates(w, s)
	registerOpening(w, s)
	registerRecords(w, s)
	registerSupervision(w, s)
	registerEnrolment(w, s)
	registerFiles(w, s)
	registerPrint(w, s)
}

func registerCandidates(w *web.Web, s *Service) {
	const people = "/api/v1/exam/sittings/{id}/candidates"
	web.Register(w, web.Op{ID: "exam.sitting.candidates", Method: http.MethodGet, Path: people, Perm: PermList, Summary: "场次考生"},
		func(ctx context.Context, in *candidatesIn) (*candidatesOut, error) {
			out, err := s.Candidates(ctx, in.ID, in.CandidateFilter, in.Page)
			return &candidatesOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.sitting.remove", Method: http.MethodDelete, Path: people + "/{candidate}", Perm: PermSave, Summary: "移除考生", Status: http.StatusNoContent},
		func(ctx context.Context, in *candidateIn) (*struct{}, error) {
			return nil, s.Remove(ctx, in.ID, in.Candidate)
		})
	web.Register(w, web.Op{ID: PermReveal, Method: http.MethodPost, Path: people + "/{candidate}/reveal", Summary: "查看完整证件号"},
		func(ctx context.Context, in *revealIn) (*revealOut, error) {
			var err error
			out := new(revealOut)
			out.Body.IDNo, err = s.Reveal(ctx, in.ID, in.Candidate, in.Body.Reason)
			return out, err
		})
}

func registerOpening(w *web.Web, s *Service) {
	const one = "/api/v1/exam/sittings/{id}"
	web.Register(w, web.Op{ID: "exam.sitting.openings", Method: http.MethodGet, Path: "/api/v1/exam/openings", Perm: PermList, Summary: "查询开考申请"},
		func(ctx context.Context, in *openingsIn) (*openingsOut, error) {
			out, err := s.Openings(ctx, in.State, in.Sitting, in.Page)
			return &openingsOut{out}, err
		})
	web.Register(w, web.Op{ID: PermReview, Method: http.MethodPost, Path: "/api/v1/exam/openings/{id}/decide", Summary: "审核开考申请"},
		func(ctx context.Context, in *decideIn) (*decidedOut, error) {
			out, err := s.Decide(ctx, in.ID, Decision{in.Body.Approve, in.Body.Reason, in.Body.Condition})
			return &decidedOut{out}, err
		})
	web.Register(w, web.Op{ID: PermDispatch, Method: http.MethodPost, Path: one + "/dispatch", Summary: "重新下发考题包"},
		func(ctx context.Context, in *idIn) (*sittingOut, error) {
			out, err := s.Dispatch(ctx, in.ID)
			return &sittingOut{out}, err
		})
	web.Register(w, web.Op{ID: PermRelease, Method: http.MethodPost, Path: one + "/release", Summary: "放行开考密钥"},
		func(ctx context.Context, in *releaseIn) (*sittingOut, error) {
			early := ""
			if in.Body != nil {
				early = in.Body.Early
			}
			out, err := s.Release(ctx, in.ID, early)
			return &sittingOut{out}, err
		})
	web.Register(w, web.Op{ID: PermUnlock, Method: http.MethodPost, Path: one + "/unlock", PerMin: 20, Summary: "领取一份解锁码（考场断网时口头报给考场）"},
		func(ctx context.Context, in *reasonIn) (*unlockOut, error) {
			out, err := s.Unlock(ctx, in.ID, in.Body.Reason)
			return &unlockOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.sitting.withdraw", Method: http.MethodPost, Path: one + "/withdraw", Perm: PermDispatch, Summary: "作废已下发的考题包"},
		func(ctx context.Context, in *reasonIn) (*sittingOut, error) {
			out, err := s.Withdraw(ctx, in.ID, in.Body.Reason)
			return &sittingOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.sitting.receipts", Method: http.MethodGet, Path: one + "/receipts", Perm: PermList, Summary: "场次流转回执"},
		func(ctx context.Context, in *idIn) (*receiptsOut, error) {
			var err error
			out := new(receiptsOut)
			if out.Body.Items, err = s.Receipts(ctx, in.ID); err != nil {
				return nil, err
			}
			out.Body.Gate, err = s.Gate(ctx, in.ID)
			return out, err
		})
	web.Register(w, web.Op{ID: "exam.sitting.closeout", Method: http.MethodGet, Path: one + "/closeout", Perm: PermList, Summary: "场次结束核对与签收"},
		func(ctx context.Context, in *idIn) (*closeoutOut, error) {
			out, err := s.Closeout(ctx, in.ID)
			return &closeoutOut{out}, err
		})
	web.Register(w, web.Op{ID: PermWatch, Method: http.MethodGet, Path: one + "/board", Summary: "场次实况"},
		func(ctx context.Context, in *idIn) (*boardOut, error) {
			out, err := s.Board(ctx, in.ID)
			return &boardOut{out}, err
		})
}
