package sanction

import (
	"context"
	"net/http"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/web"
)

type (
	rulesIn struct {
		db.Page
		State string `query:"state" enum:"PROPOSED,ACTIVE,RETIRED,REFUSED" required:"false"`
	}
	rulesOut struct{ Body db.List[Version] }
	// OfVersion names a version.
	OfVersion struct {
		Version int `path:"version" minimum:"-1" maximum:"1000000" doc:"-1 为现行版本"`
	}
	wholeOut  struct{ Body Whole }
	proposeIn struct {
		Body struct {
			Base int    `json:"base" minimum:"0" doc:"在哪一版上修改"`
			Note string `json:"note" minLength:"2" maxLength:"300" doc:"修改说明"`
			Table
		}
	}
	previewIn  struct{ Body Table }
	previewOut struct{ Body Preview }
	decideIn   struct {
		OfVersion
		Body struct {
			Approve bool   `json:"approve"`
			Answer  string `json:"answer" maxLength:"300"`
		}
	}
)

func registerRules(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: PermRules, Method: http.MethodGet, Path: rulePath, Summary: "影响规则各版本"}, func(ctx context.Context, in *rulesIn) (*rulesOut, error) {
		out, err := s.Rules(ctx, in.State, in.Page)
		return &rulesOut{out}, err
	})
	web.Register(w, web.Op{ID: "sanction.rule.show", Method: http.MethodGet, Path: rulePath + "/{version}", Perm: PermRules, Summary: "一版影响规则"},
		func(ctx context.Context, in *OfVersion) (*wholeOut, error) {
			out, err := s.Rule(ctx, in.Version)
			return &wholeOut{out}, err
		})
	web.Register(w, web.Op{ID: "sanction.rule.preview", Method: http.MethodPost, Path: "/api/v1/sanction/rule-preview", Perm: PermRules, Audit: "none", Summary: "预览修改的影响"},
		func(ctx context.Context, in *previewIn) (*previewOut, error) {
			out, err := s.Preview(ctx, in.Body)
			return &previewOut{out}, err
		})
	web.Register(w, web.Op{ID: PermPropose, Method: http.MethodPost, Path: rulePath, Summary: "提出修改影响规则"}, func(ctx context.Context, in *proposeIn) (*wholeOut, error) {
		out, err := s.Propose(ctx, in.Body.Base, in.Body.Note, in.Body.Table)
		return &wholeOut{out}, err
	})
	web.Register(w, web.Op{ID: PermDecide, Method: http.MethodPost, Path: rulePath + "/{version}/decide", Summary: "复核影响规则"}, func(ctx context.Context, in *decideIn) (*wholeOut, error) {
		out, err := s.Decide(ctx, in.Version, in.Body.Approve, in.Body.Answer)
		return &wholeOut{out}, err
	})
}
