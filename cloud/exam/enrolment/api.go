package enrolment

import (
	"context"
	"net/http"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/web"
)

type (
	listIn struct {
		db.Page
		Filter
	}
	listOut struct{ Body db.List[Enrolment] }
	payIn   struct {
		ID   string `path:"id" maxLength:"40"`
		Body Payment
	}
	oneOut    struct{ Body Enrolment }
	arrangeIn struct{ Body Order }
	outcome   struct{ Body Outcome }
)

const root = "/api/v1/exam/enrolments"

// Register adds the operations of enrolments.
func Register(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: PermList, Method: http.MethodGet, Path: root, Summary: "考试报名"},
		func(ctx context.Context, in *listIn) (*listOut, error) {
			out, err := s.List(ctx, in.Filter, in.Page)
			return &listOut{out}, err
		})
	registerExport(w, s)
	web.Register(w, web.Op{ID: PermPay, Method: http.MethodPost, Path: root + "/{id}/pay", Summary: "登记考试费缴款书"},
		func(ctx context.Context, in *payIn) (*oneOut, error) {
			out, err := s.Pay(ctx, in.ID, in.Body)
			return &oneOut{out}, err
		})
	web.Register(w, web.Op{ID: PermArrange, Method: http.MethodPost, Path: root + "/arrange", Summary: "编入考试场次"},
		func(ctx context.Context, in *arrangeIn) (*outcome, error) {
			out, err := s.Arrange(ctx, in.Body)
			return &outcome{out}, err
		})
}
