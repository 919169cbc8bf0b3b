package sitting

import (
	"context"
	"net/http"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/web"
)

type (
	checksIn struct {
		db.Page
		ID       string `path:"id" maxLength:"40"`
		Stage    string `query:"stage" enum:"ENTRY,PRE,RANDOM" required:"false"`
		Decision string `query:"decision" enum:"pass,fail,manual" required:"false"`
	}
	checksOut struct{ Body db.List[Check] }
	eventsIn  struct {
		db.Page
		ID   string `path:"id" maxLength:"40"`
		Kind string `query:"kind" maxLength:"40"`
	}
	eventsOut struct{ Body db.List[Event] }
	messageIn struct {
		ID   string `path:"id" maxLength:"40"`
		Body struct {
			Text string `json:"text" minLength:"1" maxLength:"200"`
		}
	}
)

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
	web.Register(w, web.Op{ID: "exam.sitting.message", Method: http.MethodPost, Path: one + "/message", Perm: PermSuspend, Summary: "通知考场", Status: http.StatusNoContent},
		func(ctx context.Context, in *messageIn) (*struct{}, error) {
			return nil, s.Message(ctx, in.ID, in.Body.Text)
		})
}
