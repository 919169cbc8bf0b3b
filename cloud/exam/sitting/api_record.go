package sitting

import (
	"context"
	"net/http"
	"time"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/web"
)

type (
	checksIn struct {
		db.Page
		ID       string `path:"id" maxLength:"40"`
		Stage    string `query:"stage" enum:"ENTRY,PRE,RANDOM,CENTRE" required:"false"`
		Decision string `query:"decision" enum:"pass,fail,manual" required:"false"`
	}
	checksOut struct{ Body db.List[Check] }
	eventsIn  struct {
		db.Page
		ID   string `path:"id" maxLength:"40"`
		Kind string `query:"kind" maxLength:"40"`
	}
	eventsOut   struct{ Body db.List[Event] }
	venueActsIn struct {
		db.Page
		Venue   string    `query:"venue" maxLength:"40"`
		Node    string    `query:"node" maxLength:"80"`
		Sitting string    `query:"sitting" maxLength:"40" doc:"场次本身及其考生、答卷上的操作"`
		Actor   string    `query:"actor" maxLength:"80"`
		Action  string    `query:"action" maxLength:"80" doc:"动作前缀，如 seating."`
		From    time.Time `query:"from"`
		To      time.Time `query:"to"`
	}
	venueActsOut struct{ Body db.List[VenueAct] }
	venueGapsOut struct {
		Body struct {
			Items []VenueGap `json:"items"`
		}
	}
	venueReportOut struct{ Body VenueReport }
	messageIn      struct {
		ID   string `path:"id" maxLength:"40"`
		Body struct {
			Text string `json:"text" minLength:"1" maxLength:"200"`
		}
	}
)

func (in *venueActsIn) filter() VenueActFilter {
	return VenueActFilter{Venue: in.Venue, Node: in.Node, Actor: in.Actor, Action: in.Action, Sitting: in.Sitting, From: in.From, To: in.To}
}

// registerRecords adds what the centre reads of, and says to, a venue during a
// sitting.
func registerRecords(w *web.Web, s *Service) {
	const one = "/api/v1/exam/sittings/{id}"
	web.Register(w, web.Op{ID: "exam.sitting.verifications", Method: http.MethodGet, Path: one + "/verifications", Perm: PermWatch, Summary: "身份核验记录"},
		func(ctx context.Context, in *checksIn) (*checksOut, error) {
			out, err := s.Checks(ctx, in.ID, in.Stage, in.Decision, in.Page)
			return &checksOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.sitting.events", Method: http.MethodGet, Path: one + "/events", Perm: PermWatch, Summary: "登录与处置记录"},
		func(ctx context.Context, in *eventsIn) (*eventsOut, error) {
			out, err := s.Events(ctx, in.ID, in.Kind, in.Page)
			return &eventsOut{out}, err
		})
	const acts = "/api/v1/exam/venue-audit"
	web.Register(w, web.Op{ID: PermAudit, Method: http.MethodGet, Path: acts, Summary: "考场操作记录"},
		func(ctx context.Context, in *venueActsIn) (*venueActsOut, error) {
			out, err := s.VenueActs(ctx, in.filter(), in.Page)
			return &venueActsOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.sitting.audit.gaps", Method: http.MethodGet, Path: acts + "/gaps", Perm: PermAudit, Summary: "考场操作记录中缺少的序号"},
		func(ctx context.Context, _ *struct{}) (*venueGapsOut, error) {
			out := &venueGapsOut{}
			var err error
			out.Body.Items, err = s.VenueGaps(ctx)
			return out, err
		})
	web.Register(w, web.Op{ID: PermProve, Method: http.MethodPost, Path: acts + "/verify", Summary: "核验考场操作记录是否被改动", PerMin: 6},
		func(ctx context.Context, _ *struct{}) (*venueReportOut, error) {
			out, err := s.VerifyVenues(ctx)
			return &venueReportOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.sitting.message", Method: http.MethodPost, Path: one + "/message", Perm: PermSuspend, Summary: "通知考场", Status: http.StatusNoContent},
		func(ctx context.Context, in *messageIn) (*struct{}, error) {
			return nil, s.Message(ctx, in.ID, in.Body.Text)
		})
	registerExports(w, s)
}
