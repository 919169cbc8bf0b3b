package onestop

import (
	"context"
	"net/http"
	"time"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/web"
)

type (
	// FilterIn is a filter as requests carry it; huma reads only exported parts.
	FilterIn struct {
		State    string    `query:"state" enum:"WAITING,SENT,REFUSED,SKIPPED" required:"false"`
		Node     string    `query:"node" maxLength:"2"`
		Endpoint string    `query:"endpoint" maxLength:"40"`
		From     time.Time `query:"from"`
		To       time.Time `query:"to"`
	}
	listIn struct {
		db.Page
		FilterIn
	}
	listOut   struct{ Body db.List[Message] }
	messageIn struct {
		ID int64 `path:"id" minimum:"1"`
	}
	settleIn struct {
		ID   int64 `path:"id" minimum:"1"`
		Body struct {
			Reason string `json:"reason" minLength:"4" maxLength:"200"`
		}
	}
	courseOut   struct{ Body Course }
	standingOut struct{ Body Standing }
	reportsIn   struct{ db.Page }
	reportsOut  struct{ Body db.List[Report] }
	reportOut   struct{ Body Report }
	differIn    struct {
		db.Page
		Report string `query:"report" maxLength:"40"`
		Kind   string `query:"kind" enum:"MISSING,SEQ,NODE,DOCUMENT" required:"false"`
	}
	differOut struct{ Body db.List[Difference] }
)

const (
	messages    = "/api/v1/onestop/messages"
	oneMessage  = messages + "/{id}"
	reports     = "/api/v1/onestop/reports"
	differences = "/api/v1/onestop/differences"
)

// Register adds the operations of the console.
func Register(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: PermList, Method: http.MethodGet, Path: messages, Summary: "一网通办往来报文"}, func(ctx context.Context, in *listIn) (*listOut, error) {
		out, err := s.Messages(ctx, Filter(in.FilterIn), in.Page)
		return &listOut{out}, err
	})
	web.Register(w, web.Op{ID: "onestop.message.show", Method: http.MethodGet, Path: oneMessage, Perm: PermList, Summary: "一条报文的经过"},
		func(ctx context.Context, in *messageIn) (*courseOut, error) {
			out, err := s.Message(ctx, in.ID)
			return &courseOut{out}, err
		})
	web.Register(w, web.Op{ID: "onestop.message.resend", Method: http.MethodPost, Path: oneMessage + "/resend", Perm: PermSettle, Summary: "重发被拒收的报文"},
		func(ctx context.Context, in *settleIn) (*courseOut, error) {
			out, err := s.Resend(ctx, in.ID, in.Body.Reason)
			return &courseOut{out}, err
		})
	web.Register(w, web.Op{ID: "onestop.message.skip", Method: http.MethodPost, Path: oneMessage + "/skip", Perm: PermSettle, Summary: "跳过被拒收的报文"},
		func(ctx context.Context, in *settleIn) (*courseOut, error) {
			out, err := s.Skip(ctx, in.ID, in.Body.Reason)
			return &courseOut{out}, err
		})
	web.Register(w, web.Op{ID: "onestop.standing", Method: http.MethodGet, Path: "/api/v1/onestop/standing", Perm: PermList, Summary: "一网通办连接情况"},
		func(ctx context.Context, _ *struct{}) (*standingOut, error) {
			out, err := s.Standing(ctx)
			return &standingOut{out}, err
		})
	web.Register(w, web.Op{ID: "onestop.report.list", Method: http.MethodGet, Path: reports, Perm: PermList, Summary: "一网通办核对记录"},
		func(ctx context.Context, in *reportsIn) (*reportsOut, error) {
			out, err := s.Reports(ctx, in.Page)
			return &reportsOut{out}, err
		})
	web.Register(w, web.Op{ID: "onestop.compare", Method: http.MethodPost, Path: reports, Perm: PermSettle, Summary: "立即与一网通办核对", Status: http.StatusCreated},
		func(ctx context.Context, _ *struct{}) (*reportOut, error) {
			out, err := s.Compare(ctx)
			return &reportOut{out}, err
		})
	web.Register(w, web.Op{ID: "onestop.difference.list", Method: http.MethodGet, Path: differences, Perm: PermList, Summary: "一网通办核对差异"},
		func(ctx context.Context, in *differIn) (*differOut, error) {
			out, err := s.Differences(ctx, in.Report, in.Kind, in.Page)
			return &differOut{out}, err
		})
	registerExports(w, s)
}
