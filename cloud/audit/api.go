package audit

import (
	"context"
	"net/http"
	"time"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/web"
)

type listIn struct {
	db.Page
	Action   string    `query:"action" maxLength:"80" doc:"动作前缀，如 exam."`
	Username string    `query:"username" maxLength:"40"`
	Object   string    `query:"object" maxLength:"200"`
	From     time.Time `query:"from"`
	To       time.Time `query:"to"`
}

func (in *listIn) filter() Filter {
	return Filter{Action: in.Action, Username: in.Username, Object: in.Object, From: in.From, To: in.To}
}

type listOut struct{ Body db.List[Entry] }

type reportOut struct{ Body Report }

// Register adds the auditor's operations.
func Register(w *web.Web, l *Log) {
	web.Register(w, web.Op{ID: PermRead, Method: http.MethodGet, Path: "/api/v1/audit/entries", Summary: "查阅审计记录"},
		func(ctx context.Context, in *listIn) (*listOut, error) {
			list, err := l.List(ctx, in.filter(), in.Page)
			return &listOut{Body: list}, err
		})
	web.Register(w, web.Op{ID: PermVerify, Method: http.MethodPost, Path: "/api/v1/audit/verify", Summary: "核验审计记录是否被改动", PerMin: 6},
		func(ctx context.Context, _ *struct{}) (*reportOut, error) {
			if _, err := auth.Require(ctx, PermVerify); err != nil {
				return nil, err
			}
			r, err := l.Verify(ctx)
			if err != nil {
				return nil, err
			}
			return &reportOut{Body: r}, l.RecordNow(ctx, PermVerify, "audit", r)
		})
	registerExport(w, l)
}
