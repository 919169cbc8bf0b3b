package terminal

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"huyun.internal/edge/app/web"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/supervise"
	"huyun.internal/edge/supervise/evidence"
	"huyun.internal/protocol/display"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// maxSave is the largest body of answers: a whole backlog in one request.
const maxSave = 64 << 10

func registerAnswers(w *web.Web, a *API) {
	web.Fast[attempt.Save, attempt.Receipt](w, web.Op{
		ID: "terminal.answer.save", Method: http.MethodPost, Path: "/terminal/v1/answer", Perm: PermCandidate,
		MaxBody: maxSave, Summary: "保存一题；收到回执即已持久保存在考场",
	}, func(c *gin.Context) { save(a, c, func(s attempt.Save) []attempt.Save { return []attempt.Save{s} }) })
	web.Fast[batch, attempt.Receipt](w, web.Op{
		ID: "terminal.answer.batch", Method: http.MethodPost, Path: "/terminal/v1/answers", Perm: PermCandidate,
		MaxBody: maxSave, Summary: "补交断网期间的作答，最多 200 题，逐题给出结果",
	}, func(c *gin.Context) { save(a, c, func(b batch) []attempt.Save { return b.Answers }) })
	web.Fast[handinIn, attempt.Result](w, web.Op{
		ID: "terminal.handin", Method: http.MethodPost, Path: "/terminal/v1/handin", Perm: PermCandidate,
		Summary: "交卷",
	}, a.handin)
}

type batch struct {
	Answers []attempt.Save `json:"answers" maxItems:"200"`
}

// save is the hot path: one body, one transaction, one receipt.
func save[T any](a *API, c *gin.Context, answers func(T) []attempt.Save) {
	ctx := c.Request.Context()
	in, err := read[T](c)
	if err != nil {
		web.Fail(c, err)
		return
	}
	rec, err := a.Attempts.Save(ctx, ticket(ctx), answers(in))
	if err != nil {
		a.resync(c, err)
		web.Fail(c, err)
		return
	}
	reply(c, rec)
}

type handinIn struct {
	Unanswered int `json:"unanswered" minimum:"0" doc:"本机显示的未答题数；与考场不一致时拒绝，避免丢失作答"`
}

func (a *API) handin(c *gin.Context) {
	ctx := c.Request.Context()
	in, err := read[handinIn](c)
	if err == nil {
		_, err = a.Attempts.HandInByCandidate(ctx, ticket(ctx), in.Unanswered)
	}
	if err != nil {
		a.resync(c, err)
		web.Fail(c, err)
		return
	}
	st, err := a.Attempts.Status(ctx, session(ctx))
	if err != nil {
		web.Fail(c, err)
		return
	}
	reply(c, st.Result)
}

func read[T any](c *gin.Context) (T, error) { return web.Decode[T](web.Body(c.Request.Context())) }

func reply(c *gin.Context, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		web.Fail(c, err)
		return
	}
	c.Data(http.StatusOK, "application/json", body)
}

// stateIn asks for the state; with Seen it waits until something differs.
type stateIn struct {
	Seen string `query:"seen" maxLength:"64" doc:"上次收到的 version；相同则等待变化"`
	Wait int    `query:"wait" minimum:"0" maximum:"25" doc:"最多等待的秒数"`
}

type stateOut struct {
	Body struct {
		attempt.Status
		Version string `json:"version" doc:"状态的指纹，不含剩余时间"`
		Watch   int    `json:"watch_s" doc:"每隔多少秒上传一次座位画面；0 不上传"`
	}
}

func registerState(w *web.Web, a *API) {
	web.Register(w, web.Op{
		ID: "terminal.state", Method: http.MethodGet, Path: "/terminal/v1/state", Perm: PermCandidate,
		Summary: "考试状态、剩余时间、通知；可长轮询",
	}, a.state)
}

func (a *API) state(ctx context.Context, in *stateIn) (*stateOut, error) {
	ss := session(ctx)
	deadline := a.Supervise.Clock.After(time.Duration(in.Wait) * time.Second)
	for {
		rung := a.Bell.Listen(ss.Attempt)
		st, err := a.Attempts.Status(ctx, ss)
		if err != nil {
			return nil, err
		}
		version := fingerprint(st)
		if in.Wait == 0 || in.Seen != version {
			out := &stateOut{}
			out.Body.Status, out.Body.Version, out.Body.Watch = st, version, a.watch(st)
			return out, nil
		}
		select {
		case <-rung:
		case <-deadline:
			in.Wait = 0
		case <-a.Supervise.Clock.After(5 * time.Second): // a ring before its commit was seen too early
		case <-ctx.Done():
			return nil, fault.Unavailablef("request.timeout", "连接已中断")
		}
	}
}

// watch is how often a terminal shows its seat, in seconds.
func (a *API) watch(st attempt.Status) int {
	if st.State != attempt.Running || st.Paused || st.NoFace || st.Declined || !a.Seating.Watches() {
		return 0
	}
	return int(seating.LookEvery.Seconds())
}

// fingerprint names a state without what passes by itself.
func fingerprint(st attempt.Status) string {
	st.Remaining, st.EarlyIn, st.ServerTime, st.Counter, st.Answered = 0, 0, "", 0, 0
	raw, err := json.Marshal(st)
	if err != nil {
		return ""
	}
	return sm.Sum(raw).String()[:16]
}

func registerPictures(w *web.Web, a *API) {
	web.Raw(w, web.Op{
		ID: "terminal.picture", Method: http.MethodGet, Path: "/terminal/v1/pictures/{digest}", Perm: PermCandidate,
		Summary: "本人试卷中的图片",
	}, a.picture)
	web.Raw(w, web.Op{
		ID: "terminal.photo", Method: http.MethodGet, Path: "/terminal/v1/candidate/photo", Perm: PermCandidate,
		Summary: "本人预留照片，供核对",
	}, a.photo)
	web.Raw(w, web.Op{
		ID: "terminal.face", Method: http.MethodPost, Path: "/terminal/v1/face", Perm: PermCandidate,
		MaxBody: evidence.MaxSize, Summary: "上传摄像头照片（JPEG，2MB 以内）",
	}, a.face)
	web.Register(w, web.Op{
		ID: "terminal.decline", Method: http.MethodPost, Path: "/terminal/v1/decline", Perm: PermCandidate,
		Summary: "考生是否不使用本机摄像头", Status: http.StatusNoContent,
	}, a.decline)
	web.Raw(w, web.Op{
		ID: "terminal.presence", Method: http.MethodPost, Path: "/terminal/v1/presence", Perm: PermCandidate,
		MaxBody: evidence.MaxSize, Audit: "none", Summary: "座位画面（JPEG），用于发现离席和多人；不保存，告警时除外",
	}, a.presence)
}

type declineIn struct {
	Body struct {
		Declined bool `json:"declined" doc:"true 不使用本机摄像头"`
	}
}

func (a *API) decline(ctx context.Context, in *declineIn) (*struct{}, error) {
	return nil, a.Attempts.Decline(ctx, session(ctx), in.Body.Declined)
}

func (a *API) presence(c *gin.Context) {
	ctx := c.Request.Context()
	ss := session(ctx)
	_, err := a.Attempts.Current(ss)
	var picture []byte
	if err == nil {
		picture, err = io.ReadAll(c.Request.Body)
	}
	if err == nil {
		err = a.Seating.Look(ctx, ss.Sitting, ss.Candidate, ss.Attempt, ss.Seat, picture)
	}
	if err != nil {
		web.Fail(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

func (a *API) picture(c *gin.Context) {
	ss := session(c.Request.Context())
	_, _, err := a.Attempts.Resume(c.Request.Context(), ss)
	if err != nil {
		web.Fail(c, err)
		return
	}
	data, _, err := a.Exam.Picture(ss.Sitting, ss.Candidate, c.Param("digest"))
	if err != nil {
		web.Fail(c, err)
		return
	}
	display.File(c.Writer, "", data)
}

func (a *API) photo(c *gin.Context) {
	ss := session(c.Request.Context())
	_, err := a.Attempts.Current(ss)
	var data []byte
	if err == nil {
		data, err = a.Exam.Photo(ss.Sitting, ss.Candidate)
	}
	if err != nil {
		web.Fail(c, err)
		return
	}
	display.File(c.Writer, "", data)
}

// faceOut is what the candidate is told; the score is the proctor's business.
type faceOut struct {
	Decision string `json:"decision"`
	Text     string `json:"text"`
	Retry    bool   `json:"retry"`
	Demo     bool   `json:"demo"`
}

func (a *API) face(c *gin.Context) {
	ctx := c.Request.Context()
	ss := session(ctx)
	at, err := a.Attempts.Current(ss)
	if err != nil {
		web.Fail(c, err)
		return
	}
	stage := wire.StagePre
	switch at.State {
	case attempt.Running:
		stage = wire.StageRandom
	case attempt.Handed:
		web.Fail(c, fault.Preconditionf("terminal.face.state", "已经交卷，不需要核验"))
		return
	}
	picture, err := io.ReadAll(c.Request.Body)
	if err != nil {
		web.Fail(c, err)
		return
	}
	v, err := a.Seating.FaceAtSeat(ctx, ss.Sitting, ss.Candidate, ss.Attempt, ss.Seat, stage, picture)
	if err != nil {
		web.Fail(c, err)
		return
	}
	reply(c, faceOut{Decision: v.Decision, Text: v.Text, Retry: v.Retry, Demo: v.Demo})
}

func beatOf(seat string, in *heartbeatIn) supervise.Beat {
	b := in.Body
	return supervise.Beat{
		Seat: seat, Focus: b.Focus, Visible: b.Visible, Camera: b.Camera, Pending: b.Pending, Item: b.Item, Version: b.Version,
	}
}

func (a *API) now() string { return a.Supervise.Clock.Now().UTC().Format(time.RFC3339) }
