package proctor

import (
	"context"
	"net/http"
	"time"

	"huyun.internal/edge/app/web"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/seating"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

func registerAttempts(w *web.Web, a *API) {
	one := "/proctor/v1/sittings/{sitting}/attempts/{attempt}"
	web.Register(w, web.Op{
		ID: "exam.attempt.pause", Method: http.MethodPost, Path: one + "/pause", Perm: permAttemptPause,
		Summary: "暂停一名考生", Status: http.StatusNoContent,
	}, a.pauseOne)
	web.Register(w, web.Op{
		ID: "exam.attempt.resume", Method: http.MethodPost, Path: one + "/resume", Perm: permAttemptPause,
		Summary: "恢复一名考生", Status: http.StatusNoContent,
	}, a.resumeOne)
	web.Register(w, web.Op{
		ID: "exam.attempt.extend", Method: http.MethodPost, Path: one + "/extend", Perm: permAttemptExtend,
		Summary: "为一名考生补时", Status: http.StatusNoContent,
	}, a.extendOne)
	web.Register(w, web.Op{
		ID: "exam.attempt.handin", Method: http.MethodPost, Path: one + "/handin", Perm: permAttemptHandin,
		Summary: "强制交卷",
	}, a.handin)
	web.Register(w, web.Op{
		ID: "seating.move", Method: http.MethodPost, Path: one + "/move", Perm: permSeatMove,
		Summary: "换机续考", Status: http.StatusNoContent,
	}, a.move)
	web.Register(w, web.Op{
		ID: "seating.verification.decide", Method: http.MethodPost, Path: one + "/verification", Perm: permDoorDecide,
		Summary: "人工判定开考前或考中的核验", Status: http.StatusNoContent,
	}, a.decideAtSeat)
	all := "/proctor/v1/sittings/{sitting}"
	web.Register(w, web.Op{
		ID: "exam.sitting.pause", Method: http.MethodPost, Path: all + "/pause", Perm: permSittingPause,
		Summary: "暂停全场", Status: http.StatusNoContent,
	}, a.pauseAll)
	web.Register(w, web.Op{
		ID: "exam.sitting.resume", Method: http.MethodPost, Path: all + "/resume", Perm: permSittingPause,
		Summary: "恢复全场", Status: http.StatusNoContent,
	}, a.resumeAll)
	web.Register(w, web.Op{
		ID: "exam.sitting.extend", Method: http.MethodPost, Path: all + "/extend", Perm: permSittingExtend,
		Summary: "全场补时", Status: http.StatusNoContent,
	}, a.extendAll)
	web.Register(w, web.Op{
		ID: "supervise.irregularity.note", Method: http.MethodPost, Path: all + "/irregularities", Perm: permIrregularity,
		Summary: "登记违纪",
	}, a.note)
}

type reason struct {
	Reason string `json:"reason" maxLength:"200" doc:"原因"`
}

type oneIn struct {
	Sitting string `path:"sitting" maxLength:"64"`
	Attempt string `path:"attempt" maxLength:"64"`
	Body    reason
}

type allIn struct {
	Sitting string `path:"sitting" maxLength:"64"`
	Body    reason
}

func (a *API) pauseOne(ctx context.Context, in *oneIn) (*struct{}, error) {
	return nil, a.Attempts.SetPaused(ctx, in.Sitting, in.Attempt, in.Body.Reason, true)
}

func (a *API) resumeOne(ctx context.Context, in *oneIn) (*struct{}, error) {
	return nil, a.Attempts.SetPaused(ctx, in.Sitting, in.Attempt, in.Body.Reason, false)
}

func (a *API) pauseAll(ctx context.Context, in *allIn) (*struct{}, error) {
	return nil, a.Attempts.SetPaused(ctx, in.Sitting, "", in.Body.Reason, true)
}

func (a *API) resumeAll(ctx context.Context, in *allIn) (*struct{}, error) {
	return nil, a.Attempts.SetPaused(ctx, in.Sitting, "", in.Body.Reason, false)
}

type extra struct {
	ID      string `json:"id" minLength:"8" maxLength:"64" doc:"页面生成的编号，重复提交只补一次"`
	Minutes int    `json:"minutes" minimum:"1" maximum:"120"`
	Reason  string `json:"reason" minLength:"1" maxLength:"200"`
	Seen    *int   `json:"seen,omitempty" minimum:"0" doc:"页面上看到的累计补时（分钟）；此后他人又补过时拒绝"`
}

type extendOneIn struct {
	Sitting string `path:"sitting" maxLength:"64"`
	Attempt string `path:"attempt" maxLength:"64"`
	Body    extra
}

type extendAllIn struct {
	Sitting string `path:"sitting" maxLength:"64"`
	Body    extra
}

func (a *API) extendOne(ctx context.Context, in *extendOneIn) (*struct{}, error) {
	return nil, a.extend(ctx, in.Sitting, in.Attempt, in.Body)
}

func (a *API) extendAll(ctx context.Context, in *extendAllIn) (*struct{}, error) {
	return nil, a.extend(ctx, in.Sitting, "", in.Body)
}

func (a *API) extend(ctx context.Context, sitting, id string, x extra) error {
	e := attempt.Extension{
		ID: x.ID, Sitting: sitting, Attempt: id, Extra: time.Duration(x.Minutes) * time.Minute, Reason: x.Reason,
	}
	if x.Seen != nil {
		seen := time.Duration(*x.Seen) * time.Minute
		e.Seen = &seen
	}
	return a.Attempts.Extend(ctx, e)
}

type handinOut struct{ Body attempt.Handin }

func (a *API) handin(ctx context.Context, in *oneIn) (*handinOut, error) {
	h, err := a.Attempts.HandInByProctor(ctx, in.Sitting, in.Attempt, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return &handinOut{Body: h}, nil
}

type moveIn struct {
	Sitting string `path:"sitting" maxLength:"64"`
	Attempt string `path:"attempt" maxLength:"64"`
	Body    struct {
		From   string `json:"from" minLength:"1" maxLength:"20" doc:"页面上考生所在的座位；已被他人换走时拒绝"`
		To     string `json:"to" minLength:"1" maxLength:"20" doc:"新座位"`
		Reason string `json:"reason" maxLength:"200"`
	}
}

func (a *API) move(ctx context.Context, in *moveIn) (*struct{}, error) {
	return nil, a.Seating.Move(ctx, in.Sitting, in.Attempt, in.Body.From, in.Body.To, in.Body.Reason)
}

type decideSeatIn struct {
	Sitting string `path:"sitting" maxLength:"64"`
	Attempt string `path:"attempt" maxLength:"64"`
	Body    struct {
		Pass         bool   `json:"pass"`
		Reason       string `json:"reason" maxLength:"200"`
		Verification string `json:"verification,omitempty" maxLength:"64" doc:"所判定的核验记录；没有拍照的开考前核验不填"`
		Second       second `json:"second,omitempty" required:"false" doc:"需要两人决定时，另一名监考员的账号"`
	}
}

func (a *API) decideAtSeat(ctx context.Context, in *decideSeatIn) (*struct{}, error) {
	at, err := a.Attempts.Get(in.Attempt)
	if err != nil {
		return nil, err
	}
	if at.Sitting != in.Sitting {
		return nil, fault.NotFoundf("exam.attempt.missing", "没有这份答卷，请刷新页面")
	}
	return nil, a.Seating.DecideAtSeat(ctx, in.Sitting, at.Candidate, at.ID, seating.Judgement{
		About: in.Body.Verification, Pass: in.Body.Pass, Reason: in.Body.Reason,
		SecondUser: in.Body.Second.Username, SecondPassword: in.Body.Second.Password,
	})
}

type noteIn struct {
	Sitting string `path:"sitting" maxLength:"64"`
	Body    struct {
		ID        string `json:"id,omitempty" maxLength:"64" doc:"页面生成的编号，重复提交只记一次"`
		Candidate string `json:"candidate" maxLength:"64"`
		Code      string `json:"code" enum:"V01,V02,V03,V04,V05,V06,V07,V08"`
		Note      string `json:"note" text:"lines" minLength:"1" maxLength:"1000"`
		Evidence  string `json:"evidence,omitempty" maxLength:"64" doc:"证据照片编号"`
	}
}

type noteOut struct {
	Body struct {
		ID string `json:"id"`
	}
}

func (a *API) note(ctx context.Context, in *noteIn) (*noteOut, error) {
	b := in.Body
	irr, err := a.Supervise.Note(ctx, wire.Irregularity{
		ID: b.ID, Sitting: in.Sitting, Candidate: b.Candidate, Code: b.Code, Note: b.Note, Evidence: b.Evidence,
	})
	if err != nil {
		return nil, err
	}
	out := &noteOut{}
	out.Body.ID = irr.ID
	return out, nil
}
