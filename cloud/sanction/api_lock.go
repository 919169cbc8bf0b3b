package sanction

import (
	"context"
	"net/http"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/web"
)

type (
	// LockFilterIn is a filter as requests carry it.
	LockFilterIn struct {
		Status   string `query:"status" enum:"CLAIM,WAITING,UNCLAIMED,AMBIGUOUS,ACTIVE,SUSPENDED,LIFTED" required:"false" doc:"CLAIM 为待认领和待人工匹配"`
		CertType string `query:"cert_type" maxLength:"20"`
		Cause    string `query:"cause" enum:"REVOKED,FRAUD,FALSE_APPLICATION" required:"false"`
		Pending  string `query:"pending" enum:"yes" required:"false"`
	}
	locksIn struct {
		db.Page
		LockFilterIn
	}
	locksOut  struct{ Body db.List[Lock] }
	lockOut   struct{ Body LockDetail }
	lockClaim struct {
		OfID
		Body struct {
			Revision int    `json:"revision"`
			Licence  string `json:"licence" maxLength:"40"`
			Why      string `json:"why" minLength:"2" maxLength:"300" doc:"认定依据"`
		}
	}
	soughtIn struct {
		OfID
		Body struct {
			Number string `json:"number" minLength:"6" maxLength:"30" text:"id" doc:"持证人的身份证号，或证号；写全"`
		}
	}
	soughtOut struct{ Body []Found }
	lockLift  struct {
		OfID
		Body struct {
			Revision int    `json:"revision"`
			Kind     string `json:"kind" enum:"LIFT,SUSPEND,RESUME"`
			Reason   string `json:"reason" enum:"HEARING,RECONSIDERATION,LITIGATION,WITHDRAWN,CORRECTION,DATA_ERROR"`
			DocNo    string `json:"doc_no" minLength:"2" maxLength:"100" doc:"文书号"`
			Note     string `json:"note" maxLength:"500"`
		}
	}
	liftCheck struct {
		OfID
		Body struct {
			Approve bool   `json:"approve"`
			Note    string `json:"note" maxLength:"300"`
		}
	}
)

func registerLocks(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: PermLocks, Method: http.MethodGet, Path: lockPath, Summary: "吊销锁"}, func(ctx context.Context, in *locksIn) (*locksOut, error) {
		out, err := s.AllLocks(ctx, LockFilter(in.LockFilterIn), in.Page)
		return &locksOut{out}, err
	})
	web.Register(w, web.Op{ID: "sanction.lock.show", Method: http.MethodGet, Path: lockPath + "/{id}", Perm: PermLocks, Summary: "一条吊销"},
		func(ctx context.Context, in *OfID) (*lockOut, error) {
			out, err := s.LockByID(ctx, in.ID)
			return &lockOut{out}, err
		})
	web.Register(w, web.Op{ID: PermClaim, Method: http.MethodPost, Path: lockPath + "/{id}/claim", Summary: "认领吊销", Status: http.StatusNoContent},
		func(ctx context.Context, in *lockClaim) (*none, error) {
			return nil, s.Claim(ctx, in.ID, in.Body.Revision, in.Body.Licence, in.Body.Why)
		})
	web.Register(w, web.Op{ID: "sanction.lock.search", Method: http.MethodPost, Path: lockPath + "/{id}/certificates", Perm: PermClaim, PerMin: 30, Summary: "查找被吊销的证件"},
		func(ctx context.Context, in *soughtIn) (*soughtOut, error) {
			out, err := s.Sought(ctx, in.ID, in.Body.Number)
			return &soughtOut{out}, err
		})
	web.Register(w, web.Op{ID: "sanction.claim.propose", Method: http.MethodPost, Path: lockPath + "/{id}/claims", Perm: PermClaim, Audit: PermClaim, Summary: "申请认领吊销", Status: http.StatusNoContent},
		func(ctx context.Context, in *lockClaim) (*none, error) {
			return nil, s.ProposeClaim(ctx, in.ID, in.Body.Revision, in.Body.Licence, in.Body.Why)
		})
	web.Register(w, web.Op{ID: PermLift, Method: http.MethodPost, Path: lockPath + "/{id}/lifts", Summary: "申请解除吊销锁", Status: http.StatusNoContent},
		func(ctx context.Context, in *lockLift) (*none, error) {
			b := in.Body
			return nil, s.ProposeLift(ctx, in.ID, b.Revision, Request{Kind: b.Kind, Reason: b.Reason, DocNo: b.DocNo, Note: b.Note})
		})
	web.Register(w, web.Op{ID: PermCheckLift, Method: http.MethodPost, Path: "/api/v1/sanction/lifts/{id}/check", Summary: "复核解除吊销锁", Status: http.StatusNoContent},
		func(ctx context.Context, in *liftCheck) (*none, error) {
			return nil, s.CheckLift(ctx, in.ID, in.Body.Approve, in.Body.Note)
		})
}
