package conduct

import (
	"context"
	"net/http"

	"huyun.internal/cloud/platform/web"
)

type (
	idIn struct {
		ID string `path:"id" maxLength:"40"`
	}
	listOut struct {
		Body struct {
			Items []Irregularity `json:"items"`
		}
	}
	ruleIn struct {
		ID           string `path:"id" maxLength:"40"`
		Irregularity string `path:"irregularity" maxLength:"60"`
		Body         Decision
	}
	noteIn struct {
		ID   string `path:"id" maxLength:"40"`
		Body Noted
	}
	wordIn struct {
		ID   string `path:"id" maxLength:"40"`
		Body Word
	}
)

// Register adds the operations of discipline.
func Register(w *web.Web, s *Service) {
	const all = "/api/v1/exam/sittings/{id}/irregularities"
	web.Register(w, web.Op{ID: PermList, Method: http.MethodGet, Path: all, Summary: "违纪记录与复核结论"},
		func(ctx context.Context, in *idIn) (*listOut, error) {
			out := &listOut{}
			var err error
			out.Body.Items, err = s.List(ctx, in.ID)
			return out, err
		})
	web.Register(w, web.Op{ID: "exam.conduct.note", Method: http.MethodPost, Path: all, Perm: PermRule, Summary: "中心登记违纪", Status: http.StatusNoContent},
		func(ctx context.Context, in *noteIn) (*struct{}, error) {
			return nil, s.Note(ctx, in.ID, in.Body)
		})
	web.Register(w, web.Op{ID: PermRule, Method: http.MethodPost, Path: all + "/{irregularity}/ruling", Summary: "违纪复核", Status: http.StatusNoContent},
		func(ctx context.Context, in *ruleIn) (*struct{}, error) {
			return nil, s.Rule(ctx, in.ID, in.Irregularity, in.Body)
		})
	web.Register(w, web.Op{
		ID: "exam.conduct.identify", Method: http.MethodPost, Path: "/api/v1/exam/sittings/{id}/identity", Perm: PermRule,
		Summary: "认定考生身份", Status: http.StatusNoContent,
	},
		func(ctx context.Context, in *wordIn) (*struct{}, error) {
			return nil, s.Identify(ctx, in.ID, in.Body)
		})
}
