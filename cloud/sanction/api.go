package sanction

import (
	"context"
	"net/http"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/person"
)

type (
	// EntryFilterIn is a filter as requests carry it; huma reads only exported parts.
	EntryFilterIn struct {
		List     string `query:"list" maxLength:"40"`
		Status   string `query:"status" enum:"ON,OFF,DELETED" required:"false"`
		Repair   string `query:"repair" enum:"NONE,APPLIED,REPAIRED,REFUSED,ANNULLED" required:"false"`
		Objected string `query:"objected" enum:"yes,no" required:"false"`
	}
	entriesIn struct {
		db.Page
		EntryFilterIn
	}
	entriesOut struct{ Body db.List[Entry] }
	// OfID names one thing; huma reads only exported parts.
	OfID struct {
		ID string `path:"id" maxLength:"40"`
	}
	detailOut struct{ Body Detail }
	batchesIn struct {
		db.Page
		Sender string `query:"sender" maxLength:"60"`
	}
	batchesOut struct{ Body db.List[ReceivedBatch] }
	objectIn   struct {
		OfID
		Body struct {
			Note string `json:"note" minLength:"2" maxLength:"500" doc:"异议内容"`
		}
	}
	none    struct{}
	tasksIn struct {
		db.Page
		Kind string `query:"kind" enum:"MARK,DECIDE,DELETE" required:"false"`
		Open string `query:"open" enum:"yes,no" required:"false"`
	}
	tasksOut struct{ Body db.List[Task] }
	settleIn struct {
		OfID
		Body struct {
			Outcome string `json:"outcome" enum:"DONE,UPHELD,REJECTED"`
			Answer  string `json:"answer" maxLength:"500"`
		}
	}
	judgeIn struct {
		Body struct {
			IDNo      string `json:"id_no" text:"id" maxLength:"18"`
			Situation string `json:"situation" maxLength:"10"`
			Action    string `json:"action" maxLength:"20"`
		}
	}
	judgeOut struct{ Body Verdict }
)

const (
	entryPath = "/api/v1/sanction/entries"
	batchPath = "/api/v1/sanction/batches"
	taskPath  = "/api/v1/sanction/tasks"
	rulePath  = "/api/v1/sanction/rules"
	lockPath  = "/api/v1/sanction/locks"
)

// Register adds the operations.
func Register(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: PermList, Method: http.MethodGet, Path: entryPath, Summary: "失信名单"}, func(ctx context.Context, in *entriesIn) (*entriesOut, error) {
		out, err := s.Entries(ctx, EntryFilter(in.EntryFilterIn), in.Page)
		return &entriesOut{out}, err
	})
	web.Register(w, web.Op{ID: "sanction.entry.show", Method: http.MethodGet, Path: entryPath + "/{id}", Perm: PermList, Summary: "一条失信信息"},
		func(ctx context.Context, in *OfID) (*detailOut, error) {
			out, err := s.Entry(ctx, in.ID)
			return &detailOut{out}, err
		})
	web.Register(w, web.Op{ID: "sanction.batch.list", Method: http.MethodGet, Path: batchPath, Perm: PermList, Summary: "收到的批次和报文"},
		func(ctx context.Context, in *batchesIn) (*batchesOut, error) {
			out, err := s.Batches(ctx, in.Sender, in.Page)
			return &batchesOut{out}, err
		})
	web.Register(w, web.Op{ID: PermObject, Method: http.MethodPost, Path: entryPath + "/{id}/objections", Summary: "登记异议", Status: http.StatusNoContent},
		func(ctx context.Context, in *objectIn) (*none, error) { return nil, s.Object(ctx, in.ID, in.Body.Note) })
	web.Register(w, web.Op{ID: "sanction.task.list", Method: http.MethodGet, Path: taskPath, Perm: PermList, Summary: "失信信息待办"},
		func(ctx context.Context, in *tasksIn) (*tasksOut, error) {
			out, err := s.Tasks(ctx, TaskFilter{in.Kind, in.Open}, in.Page)
			return &tasksOut{out}, err
		})
	web.Register(w, web.Op{ID: PermSettle, Method: http.MethodPost, Path: taskPath + "/{id}/settle", Summary: "办结失信信息待办", Status: http.StatusNoContent},
		func(ctx context.Context, in *settleIn) (*none, error) {
			return nil, s.Settle(ctx, in.ID, in.Body.Outcome, in.Body.Answer)
		})
	web.Register(w, web.Op{ID: PermJudge, Method: http.MethodPost, Path: "/api/v1/sanction/judgement", Summary: "查询一个人办理一项业务是否受限", PerMin: 60},
		func(ctx context.Context, in *judgeIn) (*judgeOut, error) {
			id, err := person.ParseID(in.Body.IDNo)
			if err != nil {
				return nil, err
			}
			out, err := s.Ask(ctx, id, in.Body.Situation, in.Body.Action)
			return &judgeOut{out}, err
		})
	registerRules(w, s)
	registerLocks(w, s)
	registerExports(w, s)
}
