package sitting

import (
	"context"
	"net/http"

	"huyun.internal/cloud/platform/web"
)

type (
	superviseOut  struct{ Body Supervision }
	acknowledgeIn struct {
		ID    string `path:"id" maxLength:"40"`
		Alarm string `path:"alarm" maxLength:"80"`
		Body  struct {
			Note string `json:"note" minLength:"1" maxLength:"200" doc:"处理情况"`
		}
	}
)

// registerSupervision adds the board of everything that goes on.
func registerSupervision(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: "exam.sitting.supervise", Method: http.MethodGet, Path: "/api/v1/exam/supervision", Perm: PermWatch, Summary: "考试监管"},
		func(ctx context.Context, _ *struct{}) (*superviseOut, error) {
			out, err := s.Supervise(ctx)
			return &superviseOut{out}, err
		})
	web.Register(w, web.Op{ID: PermAcknowledge, Method: http.MethodPost, Path: "/api/v1/exam/sittings/{id}/alarms/{alarm}/acknowledge", Summary: "中心确认告警", Status: http.StatusNoContent},
		func(ctx context.Context, in *acknowledgeIn) (*struct{}, error) {
			return nil, s.Acknowledge(ctx, in.ID, in.Alarm, in.Body.Note)
		})
}
