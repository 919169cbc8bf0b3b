package venue

import (
	"context"
	"net/http"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/web"
)

type Form struct {
	Code     string `json:"code" minLength:"3" maxLength:"3"`
	Name     string `json:"name" minLength:"2" maxLength:"50"`
	District string `json:"district" minLength:"2" maxLength:"20"`
	Address  string `json:"address" minLength:"2" maxLength:"100"`
	Contact  string `json:"contact,omitempty" maxLength:"50"`
	Mobile   string `json:"mobile,omitempty" maxLength:"20" doc:"留空表示不修改"`
	Rooms    []Room `json:"rooms" minItems:"1" maxItems:"50"`
}

func (d Form) draft() Draft {
	return Draft(d)
}

type (
	listIn struct {
		db.Page
		State string `query:"state" enum:"READY,SUSPENDED,DISABLED" required:"false"`
	}
	listOut struct{ Body db.List[Venue] }
	idIn    struct {
		ID string `path:"id" maxLength:"40"`
	}
	venueOut struct{ Body Venue }
	createIn struct{ Body Form }
	changeIn struct {
		ID   string `path:"id" maxLength:"40"`
		Body struct {
			Form
			Revision int `json:"revision" minimum:"1"`
		}
	}
	switchIn struct {
		ID   string `path:"id" maxLength:"40"`
		Body struct {
			State  string `json:"state" enum:"READY,SUSPENDED,DISABLED"`
			Reason string `json:"reason,omitempty" maxLength:"200"`
		}
	}
	pageOut   struct{ Body Page }
	contactIn struct {
		ID   string `path:"id" maxLength:"40"`
		Body struct {
			Name   string `json:"name" minLength:"1" maxLength:"50"`
			Duty   string `json:"duty" minLength:"1" maxLength:"30"`
			Mobile string `json:"mobile" minLength:"1" maxLength:"20"`
		}
	}
	contactOut    struct{ Body Contact }
	contactGoneIn struct {
		ID      string `path:"id" maxLength:"40"`
		Contact string `path:"contact" maxLength:"40"`
	}
	equipIn struct {
		ID   string `path:"id" maxLength:"40"`
		Body struct {
			Items []Equipment  `json:"items" maxItems:"100"`
			Was   *[]Equipment `json:"was,omitempty" maxItems:"100" doc:"页面上原来的登记；他人已改动时拒绝"`
		}
	}
	boardOut struct {
		Body struct {
			Items []BoardRow `json:"items"`
		}
	}
)

// Register adds the operations of venues.
func Register(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: PermList, Method: http.MethodGet, Path: "/api/v1/exam/venues", Summary: "查询分考场"},
		func(ctx context.Context, in *listIn) (*listOut, error) {
			out, err := s.List(ctx, in.State, in.Page)
			return &listOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.venue.board", Method: http.MethodGet, Path: "/api/v1/exam/venue-board", Perm: PermList, Summary: "分考场看板"},
		func(ctx context.Context, _ *struct{}) (*boardOut, error) {
			var err error
			out := new(boardOut)
			out.Body.Items, err = s.Board(ctx)
			return out, err
		})
	web.Register(w, web.Op{ID: "exam.venue.show", Method: http.MethodGet, Path: "/api/v1/exam/venues/{id}", Perm: PermList, Summary: "查看分考场"},
		func(ctx context.Context, in *idIn) (*venueOut, error) {
			out, err := s.Get(ctx, in.ID)
			return &venueOut{out}, err
		})
	web.Register(w, web.Op{ID: PermSave, Method: http.MethodPost, Path: "/api/v1/exam/venues", Summary: "新增分考场", Status: http.StatusCreated},
		func(ctx context.Context, in *createIn) (*venueOut, error) {
			out, err := s.Create(ctx, in.Body.draft())
			return &venueOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.venue.change", Method: http.MethodPut, Path: "/api/v1/exam/venues/{id}", Perm: PermSave, Summary: "修改分考场", Audit: PermSave},
		func(ctx context.Context, in *changeIn) (*venueOut, error) {
			out, err := s.Change(ctx, in.ID, in.Body.Revision, in.Body.draft())
			return &venueOut{out}, err
		})
	web.Register(w, web.Op{ID: PermSwitch, Method: http.MethodPost, Path: "/api/v1/exam/venues/{id}/switch", Summary: "启用、暂停或停用分考场"},
		func(ctx context.Context, in *switchIn) (*venueOut, error) {
			out, err := s.Switch(ctx, in.ID, State(in.Body.State), in.Body.Reason)
			return &venueOut{out}, err
		})
	registerPage(w, s)
	registerExport(w, s)
}

func registerPage(w *web.Web, s *Service) {
	const one = "/api/v1/exam/venues/{id}"
	web.Register(w, web.Op{ID: "exam.venue.page", Method: http.MethodGet, Path: one + "/page", Perm: PermList, Summary: "分考场一页：人员、设备、动态与状态记录"},
		func(ctx context.Context, in *idIn) (*pageOut, error) {
			out, err := s.Page(ctx, in.ID)
			return &pageOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.venue.equip", Method: http.MethodPut, Path: one + "/equipment", Perm: PermSave, Summary: "登记分考场设备", Status: http.StatusNoContent, Audit: PermSave},
		func(ctx context.Context, in *equipIn) (*struct{}, error) {
			return nil, s.Equip(ctx, in.ID, in.Body.Items, in.Body.Was)
		})
	web.Register(w, web.Op{ID: "exam.venue.contact.add", Method: http.MethodPost, Path: one + "/contacts", Perm: PermSave, Summary: "增加联系人", Status: http.StatusCreated, Audit: PermSave},
		func(ctx context.Context, in *contactIn) (*contactOut, error) {
			out, err := s.AddContact(ctx, in.ID, in.Body.Name, in.Body.Duty, in.Body.Mobile)
			return &contactOut{out}, err
		})
	web.Register(w, web.Op{ID: "exam.venue.contact.remove", Method: http.MethodDelete, Path: one + "/contacts/{contact}", Perm: PermSave, Summary: "删除联系人", Status: http.StatusNoContent, Audit: PermSave},
		func(ctx context.Context, in *contactGoneIn) (*struct{}, error) {
			return nil, s.RemoveContact(ctx, in.ID, in.Contact)
		})
}
