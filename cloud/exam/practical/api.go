package practical

import (
	"context"
	"net/http"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/exam"
	scoring "huyun.internal/protocol/exam/practical"
)

type (
	idIn struct {
		ID string `path:"id" maxLength:"64"`
	}
	sheetsIn struct {
		db.Page
		Venue    string `query:"venue" maxLength:"40"`
		Sitting  string `query:"sitting" maxLength:"40"`
		Category string `query:"category" maxLength:"5"`
		State    string `query:"state" enum:"SUBMITTED,CONFIRMED,REJECTED" required:"false"`
		Passed   string `query:"passed" enum:"yes,no" required:"false"`
		All      bool   `query:"all" doc:"包括已被新一版取代的评分表"`
	}
	sheetsOut  struct{ Body db.List[Sheet] }
	sheetOut   struct{ Body Sheet }
	detailOut  struct{ Body Detail }
	arrangedIn struct {
		db.Page
		Venue    string `query:"venue" maxLength:"40"`
		Category string `query:"category" maxLength:"5"`
	}
	arrangedOut    struct{ Body db.List[Arrangement] }
	arrangementOut struct{ Body Arrangement }
	decideIn       struct {
		ID   string `path:"id" maxLength:"64"`
		Body struct {
			Confirm bool   `json:"confirm" doc:"true 确认，false 退回"`
			Reason  string `json:"reason,omitempty" text:"lines" maxLength:"500" doc:"退回时必填"`
		}
	}
)

type (
	schemesIn struct {
		db.Page
		Category string `query:"category" maxLength:"5"`
		All      bool   `query:"all" doc:"包括已被取代的版本"`
	}
	schemesOut struct{ Body db.List[Standard] }
	schemeOut  struct{ Body Standard }
	// draft is a scheme as the editor sends it; the centre names and numbers it.
	draft struct {
		Category string         `json:"category" minLength:"5" maxLength:"5"`
		Name     string         `json:"name" minLength:"1" maxLength:"100"`
		Pass     exam.Points    `json:"pass" minimum:"1" maximum:"100000" doc:"合格分，单位 0.1 分"`
		Minutes  int            `json:"minutes" minimum:"1" maximum:"600"`
		Items    []scoring.Task `json:"items" minItems:"1" maxItems:"20"`
	}
	draftIn  struct{ Body draft }
	changeIn struct {
		ID   string `path:"id" maxLength:"64"`
		Body draft
	}
	defaultsIn struct {
		Category string `query:"category" required:"true" maxLength:"5"`
	}
	defaultsOut struct{ Body scoring.Scheme }
)

func (d draft) scheme() scoring.Scheme {
	return scoring.Scheme{Category: d.Category, Name: d.Name, Pass: d.Pass, Minutes: d.Minutes, Items: d.Items}
}

func (in *sheetsIn) filter() Filter {
	return Filter{in.Venue, in.Sitting, in.Category, in.State, in.Passed, in.All}
}

const root = "/api/v1/exam/practical"

// Register adds the operations of practical exams.
func Register(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: PermList, Method: http.MethodGet, Path: root + "/sheets", Summary: "查询应会评分表"},
		func(ctx context.Context, in *sheetsIn) (*sheetsOut, error) {
			out, err := s.List(ctx, in.filter(), in.Page)
			return &sheetsOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.practical.show", Method: http.MethodGet, Path: root + "/sheets/{id}", Perm: PermList, Summary: "查看应会评分表"},
		func(ctx context.Context, in *idIn) (*detailOut, error) {
			out, err := s.Get(ctx, in.ID)
			return &detailOut{out}, err
		})
	web.Register(w, web.Op{ID: PermConfirm, Method: http.MethodPost, Path: root + "/sheets/{id}/decide", Summary: "确认或退回应会成绩"},
		func(ctx context.Context, in *decideIn) (*sheetOut, error) {
			out, err := s.Decide(ctx, in.ID, in.Body.Confirm, in.Body.Reason)
			return &sheetOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.practical.sittings", Method: http.MethodGet, Path: root + "/sittings", Perm: PermList, Summary: "查询有应会考试的场次"},
		func(ctx context.Context, in *arrangedIn) (*arrangedOut, error) {
			out, err := s.Arranged(ctx, Filter{Venue: in.Venue, Category: in.Category}, in.Page)
			return &arrangedOut{out}, err
		})
	web.Register(w, web.Op{ID: PermArrange, Method: http.MethodPost, Path: "/api/v1/exam/sittings/{id}/practical", Summary: "为场次安排应会考试"},
		func(ctx context.Context, in *idIn) (*arrangementOut, error) {
			out, err := s.Arrange(ctx, in.ID)
			return &arrangementOut{out}, err
		})
	registerSchemes(w, s)
	registerExports(w, s)
}

func registerSchemes(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: "exam.practical.scheme.list", Method: http.MethodGet, Path: root + "/schemes", Perm: PermList, Summary: "查询应会评分方案"},
		func(ctx context.Context, in *schemesIn) (*schemesOut, error) {
			out, err := s.Schemes(ctx, in.Category, in.All, in.Page)
			return &schemesOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.practical.scheme.show", Method: http.MethodGet, Path: root + "/schemes/{id}", Perm: PermList, Summary: "查看应会评分方案"},
		func(ctx context.Context, in *idIn) (*schemeOut, error) {
			out, err := s.Scheme(ctx, in.ID)
			return &schemeOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.practical.scheme.defaults", Method: http.MethodGet, Path: root + "/defaults", Perm: PermScheme, Summary: "一个类别的默认应会评分方案"},
		func(ctx context.Context, in *defaultsIn) (*defaultsOut, error) {
			out, err := s.Defaults(ctx, in.Category)
			return &defaultsOut{out}, err
		})
	web.Register(w, web.Op{ID: PermScheme, Method: http.MethodPost, Path: root + "/schemes", Summary: "新建一版应会评分方案", Status: http.StatusCreated},
		func(ctx context.Context, in *draftIn) (*schemeOut, error) {
			out, err := s.Write(ctx, in.Body.scheme())
			return &schemeOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.practical.scheme.change", Method: http.MethodPut, Path: root + "/schemes/{id}", Perm: PermScheme, Summary: "修改应会评分方案草稿", Audit: PermScheme},
		func(ctx context.Context, in *changeIn) (*schemeOut, error) {
			out, err := s.Change(ctx, in.ID, in.Body.scheme())
			return &schemeOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.practical.scheme.use", Method: http.MethodPost, Path: root + "/schemes/{id}/use", Perm: PermScheme, Summary: "启用应会评分方案"},
		func(ctx context.Context, in *idIn) (*schemeOut, error) {
			out, err := s.Use(ctx, in.ID)
			return &schemeOut{out}, err
		})
}
