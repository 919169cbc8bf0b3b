package cancel

import (
	"context"
	"net/http"
	"strings"

	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/cloud/practitioner"
	pexam "huyun.internal/protocol/exam"
)

type (
	listIn struct {
		db.Page
		State State  `query:"state" enum:"LISTED,PROPOSED,KEPT,CANCELLED,GONE" required:"false"`
		Cause string `query:"cause" enum:"LAPSED,AGE,DRIVING,REVOKED" required:"false"`
		Type  string `query:"type" enum:"RE-071,RE-075,RE-072,BUS" required:"false" doc:"证件"`
	}
	listOut struct{ Body db.List[Item] }
	itemOut struct{ Body Item }
	// IDIn names a row; huma reads only exported parts.
	IDIn struct {
		ID string `path:"id" maxLength:"40"`
	}
	whyIn struct {
		IDIn
		Body struct {
			Version int    `json:"version" minimum:"1"`
			Why     string `json:"why" minLength:"2" maxLength:"300" text:"lines"`
		}
	}
	approveIn struct {
		IDIn
		Body struct {
			Version int `json:"version" minimum:"1"`
		}
	}
	deliverIn struct {
		IDIn
		Body struct {
			Version int `json:"version" minimum:"1"`
			letter.Handover
		}
	}
	sweepOut struct {
		Body struct {
			Changed int `json:"changed" doc:"新列入、变动和移出的条数"`
		}
	}
)

const (
	path = "/api/v1/licensing/cancellations"
	one  = path + "/{id}"
)

// Register adds the operations of the list.
func Register(w *web.Web, s *Service) {
	found := func(ctx context.Context, in *listIn) (db.List[Item], error) {
		return s.List(ctx, Filter{in.State, in.Cause, in.Type}, in.Page)
	}
	web.Register(w, web.Op{ID: PermList, Method: http.MethodGet, Path: path, Summary: "待注销清单"}, func(ctx context.Context, in *listIn) (*listOut, error) {
		out, err := found(ctx, in)
		return &listOut{out}, err
	})
	listing.Export(w, web.Op{ID: "licensing.cancellation.export", Path: path, Perm: PermList}, sheet(), s.Audit.RecordNow, found)
	said := func(id, perm, verb, summary string, do func(ctx context.Context, id string, version int, why string) (Item, error)) {
		web.Register(w, web.Op{ID: id, Method: http.MethodPost, Path: one + "/" + verb, Perm: perm, Summary: summary}, func(ctx context.Context, in *whyIn) (*itemOut, error) {
			out, err := do(ctx, in.ID, in.Body.Version, in.Body.Why)
			return &itemOut{out}, err
		})
	}
	said(PermPropose, PermPropose, "propose", "建议注销", s.Propose)
	said("licensing.cancellation.keep", PermPropose, "keep", "暂不注销", s.Keep)
	said("licensing.cancellation.return", PermApprove, "return", "退回注销建议", s.Return)
	web.Register(w, web.Op{ID: PermApprove, Method: http.MethodPost, Path: one + "/approve", Summary: "决定注销"}, func(ctx context.Context, in *approveIn) (*itemOut, error) {
		out, err := s.Approve(ctx, in.ID, in.Body.Version)
		return &itemOut{out}, err
	})
	web.Register(w, web.Op{ID: "licensing.cancellation.deliver", Method: http.MethodPost, Path: one + "/deliver", Perm: PermPropose, Summary: "登记注销决定送达"},
		func(ctx context.Context, in *deliverIn) (*itemOut, error) {
			out, err := s.Deliver(ctx, in.ID, in.Body.Version, in.Body.Handover)
			return &itemOut{out}, err
		})
	web.Register(w, web.Op{ID: "licensing.cancellation.sweep", Method: http.MethodPost, Path: path + "/sweep", Perm: PermPropose, PerMin: 4, Summary: "核对待注销清单"},
		func(ctx context.Context, _ *struct{}) (out *sweepOut, err error) {
			out = &sweepOut{}
			out.Body.Changed, err = s.SweepNow(ctx)
			return out, err
		})
}

func sheet() listing.Sheet[Item] {
	return listing.Sheet[Item]{Name: "待注销清单", Columns: []listing.Column[Item]{
		listing.Col("编号", 18, func(i Item) any { return i.Number }),
		listing.Col("姓名", 12, func(i Item) any { return i.Name }),
		listing.Col("身份证号", 24, func(i Item) any { return i.IDNo }),
		listing.Col("证件", 28, func(i Item) any { return practitioner.TypeName(i.Type) }),
		listing.Col("证号", 24, func(i Item) any { return i.Certificate }),
		listing.Col("类别", 30, func(i Item) any {
			names := make([]string, len(i.Categories))
			for n, c := range i.Categories {
				names[n] = pexam.CategoryName(c)
			}
			return strings.Join(names, "、")
		}),
		listing.Col("有效期至", 14, func(i Item) any {
			if i.ValidTo.IsZero() {
				return "长期"
			}
			return i.ValidTo.String()
		}),
		listing.Col("原因", 30, func(i Item) any { return words(i.Causes, causeNames, "；") }),
		listing.Col("列入日期", 14, func(i Item) any { return i.ListedOn.String() }),
		listing.Col("状态", 12, func(i Item) any { return listing.Word(stateNames, i.State) }),
		listing.Col("理由", 40, func(i Item) any { return i.Why }),
		listing.Col("经办", 12, func(i Item) any { return i.ProposerBy }),
		listing.Col("审批", 12, func(i Item) any { return i.DeciderBy }),
		listing.Col("决定书", 26, func(i Item) any { return i.LetterNo }),
		listing.Col("送达", 20, func(i Item) any { return listing.At(i.DeliveredAt) }),
	}}
}
