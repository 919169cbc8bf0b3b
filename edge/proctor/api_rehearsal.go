package proctor

import (
	"context"
	"net/http"

	"huyun.internal/edge/app/web"
	"huyun.internal/edge/exam"
	"huyun.internal/edge/rehearsal"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise"
	"huyun.internal/protocol/wire"
)

func registerRehearsals(w *web.Web, a *API) {
	const all = "/proctor/v1/rehearsals"
	const one = all + "/{rehearsal}"
	web.Register(w, web.Op{
		ID: "exam.rehearsal.list", Method: http.MethodGet, Path: all, Perm: permRehearsalRead, Summary: "断网演练的记录，最新在前",
	}, a.rehearsals)
	web.Register(w, web.Op{
		ID: "exam.rehearsal.begin", Method: http.MethodPost, Path: all, Perm: permRehearsalRun, Summary: "开始断网演练",
	}, a.rehearse)
	web.Register(w, web.Op{
		ID: "exam.rehearsal.get", Method: http.MethodGet, Path: one, Perm: permRehearsalRead, Summary: "一次演练：各步结果、座位、线路",
	}, a.rehearsal)
	web.Register(w, web.Op{
		ID: "exam.rehearsal.cut", Method: http.MethodPost, Path: one + "/line", Perm: permRehearsalRun, PerMin: 30,
		Summary: "断开或恢复本考场到中心的线路", Status: http.StatusNoContent,
	}, a.cutLine)
	web.Register(w, web.Op{
		ID: "exam.rehearsal.move", Method: http.MethodPost, Path: one + "/move", Perm: permRehearsalRun, Summary: "演练换机", Status: http.StatusNoContent,
	}, a.rehearseMove)
	web.Register(w, web.Op{
		ID: "exam.rehearsal.finish", Method: http.MethodPost, Path: one + "/finish", Perm: permRehearsalRun, Audit: "exam.rehearsal.end", Summary: "全部交卷、核对并出报告",
	}, a.endRehearsal)
	web.Register(w, web.Op{
		ID: "exam.rehearsal.abort", Method: http.MethodPost, Path: one + "/abort", Perm: permRehearsalRun, Audit: "exam.rehearsal.end", Summary: "中止演练",
	}, a.abortRehearsal)
}

func (a *API) rehearsals(context.Context, *struct{}) (*listOf[wire.Rehearsal], error) {
	return list(read(a, func(r store.Reader) ([]wire.Rehearsal, error) {
		all, err := rehearsal.List(r)
		out := make([]wire.Rehearsal, len(all))
		for i := range all {
			out[i] = all[i].Report(a.Rehearsal.Version)
		}
		return out, err
	}))
}

// practiser is somebody of the practice roster.
type practiser struct {
	Seat      string `json:"seat" doc:"建议的座位；可在任一台考试机登录"`
	Admission string `json:"admission"`
	Name      string `json:"name"`
}

type rehearsalBody struct {
	Report  wire.Rehearsal   `json:"report"`
	Over    bool             `json:"over" doc:"已结束"`
	Number  string           `json:"id_number" doc:"演练考生的身份证号一律填写"`
	People  []practiser      `json:"people" doc:"演练考生"`
	Seats   []supervise.Seat `json:"seats"`
	Button  bool             `json:"button" doc:"线路可用按钮断开"`
	Cut     bool             `json:"cut" doc:"线路已用按钮断开"`
	Link    supervise.Strip  `json:"link"`
	Version string           `json:"version"`
}

type rehearsalOut struct{ Body rehearsalBody }

type rehearsalIn struct {
	Rehearsal string `path:"rehearsal" maxLength:"64"`
}

func (a *API) rehearsal(_ context.Context, in *rehearsalIn) (*rehearsalOut, error) {
	body, err := read(a, func(r store.Reader) (rehearsalBody, error) {
		d, err := rehearsal.Get(r, in.Rehearsal)
		if err != nil {
			return rehearsalBody{}, err
		}
		return a.showRehearsal(r, d)
	})
	if line := a.Rehearsal.Line; line != nil {
		body.Button, body.Cut = true, line.IsCut()
	}
	body.Link = a.Supervise.Strip()
	return &rehearsalOut{Body: body}, err
}

func (a *API) showRehearsal(r store.Reader, d rehearsal.Drill) (rehearsalBody, error) {
	out := rehearsalBody{
		Report: d.Report(a.Rehearsal.Version), Over: d.Over(), Number: exam.RehearsalNumber, People: []practiser{}, Version: a.Rehearsal.Version,
	}
	st, err := exam.Get(r, d.ID)
	if err != nil {
		return out, err
	}
	roll, err := a.Exam.CandidatesIn(r, d.ID)
	if err != nil {
		return out, err
	}
	for i, c := range roll {
		out.People = append(out.People, practiser{Seat: st.Seats[i], Admission: c.Admission, Name: c.Name})
	}
	out.Seats, err = a.Supervise.SeatMap(r, st)
	return out, err
}

type rehearseIn struct {
	Body struct {
		Terminals int `json:"terminals" minimum:"1" maximum:"200" doc:"必须参加的考试机台数；另需至少 1 台备用"`
	}
}

type reportOut struct{ Body wire.Rehearsal }

func (a *API) report(d rehearsal.Drill, err error) (*reportOut, error) {
	return &reportOut{Body: d.Report(a.Rehearsal.Version)}, err
}

func (a *API) rehearse(ctx context.Context, in *rehearseIn) (*reportOut, error) {
	return a.report(a.Rehearsal.Begin(ctx, in.Body.Terminals))
}

type lineIn struct {
	Rehearsal string `path:"rehearsal" maxLength:"64"`
	Body      struct {
		Cut bool `json:"cut" doc:"true 断开，false 恢复"`
	}
}

func (a *API) cutLine(ctx context.Context, in *lineIn) (*struct{}, error) {
	return nil, a.Rehearsal.Cut(ctx, in.Rehearsal, in.Body.Cut)
}

type rehearseMoveIn struct {
	Rehearsal string `path:"rehearsal" maxLength:"64"`
	Body      struct {
		Attempt string `json:"attempt" minLength:"1" maxLength:"64"`
		From    string `json:"from" minLength:"1" maxLength:"20"`
		To      string `json:"to" minLength:"1" maxLength:"20"`
	}
}

func (a *API) rehearseMove(ctx context.Context, in *rehearseMoveIn) (*struct{}, error) {
	return nil, a.Rehearsal.Move(ctx, in.Rehearsal, in.Body.Attempt, in.Body.From, in.Body.To)
}

func (a *API) endRehearsal(ctx context.Context, in *rehearsalIn) (*reportOut, error) {
	return a.report(a.Rehearsal.Finish(ctx, in.Rehearsal))
}

type abortIn struct {
	Rehearsal string `path:"rehearsal" maxLength:"64"`
	Body      struct {
		Reason string `json:"reason" minLength:"1" maxLength:"200"`
	}
}

func (a *API) abortRehearsal(ctx context.Context, in *abortIn) (*reportOut, error) {
	return a.report(a.Rehearsal.Abort(ctx, in.Rehearsal, in.Body.Reason))
}
