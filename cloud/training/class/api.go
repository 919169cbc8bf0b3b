package class

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/transfer"
	"huyun.internal/cloud/platform/web"
)

type (
	plansIn struct {
		db.Page
		Year     int    `query:"year" minimum:"0" maximum:"2100"`
		Month    int    `query:"month" minimum:"0" maximum:"12"`
		Industry string `query:"industry" maxLength:"20"`
		Category string `query:"category" maxLength:"5"`
		Kind     string `query:"kind" maxLength:"7"`
	}
	plansOut struct{ Body db.List[Plan] }
	planIn   struct{ Body PlanDraft }
	planOut  struct{ Body Plan }
	changeIn struct {
		ID   string `path:"id" maxLength:"40"`
		Body struct {
			PlanDraft
			Revision int `json:"revision" minimum:"1"`
		}
	}
	idIn struct {
		ID string `path:"id" maxLength:"40"`
	}
	listIn struct {
		db.Page
		Venue    string `query:"venue" maxLength:"40"`
		State    string `query:"state" maxLength:"12"`
		Industry string `query:"industry" maxLength:"20"`
		Category string `query:"category" maxLength:"5"`
		Kind     string `query:"kind" maxLength:"7"`
		Plan     string `query:"plan" maxLength:"40"`
		From     string `query:"from" maxLength:"10" doc:"在这天或以后还在进行"`
		To       string `query:"to" maxLength:"10" doc:"在这天或以前开始"`
	}
	listOut  struct{ Body db.List[Class] }
	classIn  struct{ Body Draft }
	classOut struct{ Body Class }
	alterIn  struct {
		ID   string `path:"id" maxLength:"40"`
		Body struct {
			Draft
			Revision int `json:"revision" minimum:"1"`
		}
	}
	moveIn struct {
		ID   string `path:"id" maxLength:"40"`
		Body struct {
			Verb   Verb   `json:"verb" enum:"open,start,finish,cancel" doc:"开放报名、开班、结业、取消"`
			Reason string `json:"reason,omitempty" maxLength:"200"`
		}
	}
	membersIn struct {
		db.Page
		ID     string `path:"id" maxLength:"40"`
		Result string `query:"result" enum:"PASSED,FAILED,NONE" required:"false"`
	}
	membersOut struct{ Body db.List[Member] }
	enrolIn    struct {
		ID   string `path:"id" maxLength:"40"`
		Body MemberDraft
	}
	memberIn struct {
		ID     string `path:"id" maxLength:"40"`
		Member string `path:"member" maxLength:"40"`
	}
	resultIn struct {
		ID   string `path:"id" maxLength:"40"`
		Body Result
	}
)

// filter is what a list request narrows by.
func (in *listIn) filter() Filter {
	return Filter{in.Venue, in.State, in.Category, in.Kind, in.Industry, in.Plan, in.From, in.To}
}

func (in *plansIn) filter() PlanFilter {
	return PlanFilter{in.Year, in.Month, in.Industry, in.Category, in.Kind}
}

const (
	classes  = "/api/v1/training/classes"
	oneClass = classes + "/{id}"
	plans    = "/api/v1/training/plans"
)

// Register adds the operations of plans and classes.
func Register(w *web.Web, s *Service) {
	registerPlans(w, s)
	web.Register(w, web.Op{ID: PermList, Method: http.MethodGet, Path: classes, Summary: "查询班级"},
		func(ctx context.Context, in *listIn) (*listOut, error) {
			out, err := s.List(ctx, in.filter(), in.Page)
			return &listOut{out}, err
		})
	web.Register(w, web.Op{ID: "training.class.show", Method: http.MethodGet, Path: oneClass, Perm: PermList, Summary: "查看班级"},
		func(ctx context.Context, in *idIn) (*classOut, error) {
			out, err := s.Get(ctx, in.ID)
			return &classOut{out}, err
		})
	web.Register(w, web.Op{ID: PermSave, Method: http.MethodPost, Path: classes, Summary: "开班", Status: http.StatusCreated},
		func(ctx context.Context, in *classIn) (*classOut, error) {
			out, err := s.Create(ctx, in.Body)
			return &classOut{out}, err
		})
	web.Register(w, web.Op{ID: "training.class.change", Method: http.MethodPut, Path: oneClass, Perm: PermSave, Summary: "修改班级"},
		func(ctx context.Context, in *alterIn) (*classOut, error) {
			out, err := s.Change(ctx, in.ID, in.Body.Revision, in.Body.Draft)
			return &classOut{out}, err
		})
	web.Register(w, web.Op{ID: "training.class.act", Method: http.MethodPost, Path: oneClass + "/act", Perm: PermSave, Summary: "班级开放报名、开班、结业或取消"},
		func(ctx context.Context, in *moveIn) (*classOut, error) {
			out, err := s.Move(ctx, in.ID, in.Body.Verb, in.Body.Reason)
			return &classOut{out}, err
		})
	registerMembers(w, s)
	registerFiles(w, s)
	registerExports(w, s)
}

func registerPlans(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: PermPlanList, Method: http.MethodGet, Path: plans, Summary: "查询开班计划"},
		func(ctx context.Context, in *plansIn) (*plansOut, error) {
			out, err := s.Plans(ctx, in.filter(), in.Page)
			return &plansOut{out}, err
		})
	web.Register(w, web.Op{ID: PermPlanSave, Method: http.MethodPost, Path: plans, Summary: "新增开班计划", Status: http.StatusCreated},
		func(ctx context.Context, in *planIn) (*planOut, error) {
			out, err := s.SavePlan(ctx, "", 0, in.Body)
			return &planOut{out}, err
		})
	web.Register(w, web.Op{ID: "training.plan.change", Method: http.MethodPut, Path: plans + "/{id}", Perm: PermPlanSave, Summary: "修改开班计划"},
		func(ctx context.Context, in *changeIn) (*planOut, error) {
			out, err := s.SavePlan(ctx, in.ID, in.Body.Revision, in.Body.PlanDraft)
			return &planOut{out}, err
		})
	web.Register(w, web.Op{ID: "training.plan.remove", Method: http.MethodDelete, Path: plans + "/{id}", Perm: PermPlanSave, Summary: "删除开班计划", Status: http.StatusNoContent},
		func(ctx context.Context, in *idIn) (*struct{}, error) {
			return nil, s.RemovePlan(ctx, in.ID)
		})
}

func registerMembers(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: "training.class.members", Method: http.MethodGet, Path: oneClass + "/members", Perm: PermList, Summary: "班级学员"},
		func(ctx context.Context, in *membersIn) (*membersOut, error) {
			out, err := s.Members(ctx, in.ID, in.Result, in.Page)
			return &membersOut{out}, err
		})
	web.Register(w, web.Op{ID: PermEnrol, Method: http.MethodPost, Path: oneClass + "/members", Summary: "编入一名学员", Status: http.StatusNoContent},
		func(ctx context.Context, in *enrolIn) (*struct{}, error) {
			return nil, s.Enrol(ctx, in.ID, in.Body)
		})
	web.Register(w, web.Op{ID: "training.class.remove", Method: http.MethodDelete, Path: oneClass + "/members/{member}", Perm: PermEnrol, Summary: "移出学员", Status: http.StatusNoContent},
		func(ctx context.Context, in *memberIn) (*struct{}, error) {
			return nil, s.Remove(ctx, in.ID, in.Member)
		})
	web.Register(w, web.Op{ID: PermResult, Method: http.MethodPost, Path: oneClass + "/results", Summary: "登记结业结果", Status: http.StatusNoContent},
		func(ctx context.Context, in *resultIn) (*struct{}, error) {
			return nil, s.Decide(ctx, in.ID, in.Body)
		})
}

// registerFiles adds what is not JSON.
func registerFiles(w *web.Web, s *Service) {
	const maxUpload = 32 << 20
	web.Raw(w, web.Op{ID: "training.class.import", Method: http.MethodPost, Path: oneClass + "/members/import", Perm: PermEnrol, Summary: "导入学员名单", MaxBody: maxUpload},
		func(c *gin.Context) {
			files, err := transfer.Receive(c.Request, map[string]int64{"workbook": maxUpload})
			if err != nil {
				web.Fail(c, err)
				return
			}
			out, err := s.Import(c.Request.Context(), c.Param("id"), files["workbook"].Data)
			transfer.Answer(c, out, err)
		})
	web.Raw(w, web.Op{ID: "training.class.template", Method: http.MethodGet, Path: "/api/v1/training/member-template", Perm: PermEnrol, Summary: "下载学员名单模板"},
		func(c *gin.Context) {
			book, err := s.Template(c.Request.Context())
			transfer.Workbook(c, "学员名单模板.xlsx", book, err)
		})
	web.Raw(w, web.Op{ID: "training.class.report", Method: http.MethodGet, Path: "/api/v1/training/member-reports/{id}", Perm: PermEnrol, Summary: "下载名单错误工作簿"},
		func(c *gin.Context) {
			book, err := s.Report(c.Request.Context(), c.Param("id"))
			transfer.Workbook(c, "学员名单错误.xlsx", book, err)
		})
}
