package jobs

import (
	"context"
	"net/http"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/web"
)

type (
	listIn struct {
		db.Page
		Kind  string `query:"kind" maxLength:"40"`
		State string `query:"state" enum:"WAITING,RUNNING,LATER,STUCK" required:"false"`
	}
	listOut  struct{ Body db.List[Job] }
	countOut struct{ Body []Count }
	kindsOut struct{ Body []Named }
	retryIn  struct {
		ID   int64 `path:"id" minimum:"1"`
		Body struct {
			Reason string `json:"reason" minLength:"4" maxLength:"200" doc:"为什么现在重试"`
		}
	}
	jobOut struct{ Body Job }
)

const path = "/api/v1/jobs"

// Register adds the operations.
func Register(w *web.Web, q *Queue) {
	web.Register(w, web.Op{ID: PermList, Method: http.MethodGet, Path: path, Summary: "外部调用任务"}, func(ctx context.Context, in *listIn) (*listOut, error) {
		out, err := q.List(ctx, Filter{in.Kind, in.State}, in.Page)
		return &listOut{out}, err
	})
	web.Register(w, web.Op{ID: "jobs.count", Method: http.MethodGet, Path: "/api/v1/job-counts", Perm: PermList, Summary: "各状态的任务数"},
		func(ctx context.Context, _ *struct{}) (*countOut, error) {
			out, err := q.Counts(ctx)
			return &countOut{out}, err
		})
	web.Register(w, web.Op{ID: "jobs.kinds", Method: http.MethodGet, Path: "/api/v1/job-kinds", Perm: PermList, Summary: "任务种类"},
		func(ctx context.Context, _ *struct{}) (*kindsOut, error) {
			out, err := q.Kinds(ctx)
			return &kindsOut{out}, err
		})
	web.Register(w, web.Op{ID: PermRetry, Method: http.MethodPost, Path: path + "/{id}/retry", Summary: "立即重试任务"},
		func(ctx context.Context, in *retryIn) (*jobOut, error) {
			out, err := q.Retry(ctx, in.ID, in.Body.Reason)
			return &jobOut{out}, err
		})
	registerExport(w, q)
}
