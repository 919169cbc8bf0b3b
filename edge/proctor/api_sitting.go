package proctor

import (
	"context"
	"net/http"
	"sort"
	"time"

	"github.com/gin-gonic/gin"

	"huyun.internal/edge/app/web"
	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/practical"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise"
	"huyun.internal/protocol/clock"
	pexam "huyun.internal/protocol/exam"
	"huyun.internal/protocol/wire"
)

func registerSittings(w *web.Web, a *API) {
	web.Register(w, web.Op{
		ID: "exam.sitting.list", Method: http.MethodGet, Path: "/proctor/v1/sittings", Perm: permSittingRead, Summary: "本考场的场次",
	}, a.sittings)
	web.Register(w, web.Op{
		ID: "exam.sitting.get", Method: http.MethodGet, Path: "/proctor/v1/sittings/{sitting}", Perm: permSittingRead, Summary: "场次详情",
	}, a.sitting)
	web.Register(w, web.Op{
		ID: "exam.opening.request", Method: http.MethodPost, Path: "/proctor/v1/sittings/{sitting}/opening",
		Perm: permOpeningRequest, Summary: "申请开考", Status: http.StatusNoContent,
	}, a.requestOpening)
	web.Register(w, web.Op{
		ID: "exam.preflight.run", Method: http.MethodPost, Path: "/proctor/v1/sittings/{sitting}/preflight",
		Perm: permPreflightRun, Summary: "考前检查",
	}, a.preflight)
	web.Register(w, web.Op{
		ID: permUnlock, Method: http.MethodPost, Path: "/proctor/v1/sittings/{sitting}/unlock", Perm: permUnlock, PerMin: 20,
		Summary: "断网时凭中心报出的解锁码开卷", Status: http.StatusNoContent,
	}, a.unlock)
	web.Register(w, web.Op{
		ID: "exam.sitting.start", Method: http.MethodPost, Path: "/proctor/v1/sittings/{sitting}/start",
		Perm: permSittingStart, Summary: "开始考试", Status: http.StatusNoContent,
	}, a.start)
	web.Raw(w, web.Op{
		ID: "exam.pack.import", Method: http.MethodPost, Path: "/proctor/v1/sittings/{sitting}/pack", Perm: permPackImport,
		Stream: true, Summary: "从 U 盘导入考题包",
	}, a.importPack)
}

// sitting is a sitting as the console lists it. The key half never leaves the
// store.
type sitting struct {
	ID         string         `json:"id"`
	Title      string         `json:"title"`
	Category   string         `json:"category"`
	Kind       string         `json:"category_name" doc:"类别名称"`
	Subject    string         `json:"subject"`
	Room       string         `json:"room"`
	Start      time.Time      `json:"start"`
	Minutes    int            `json:"minutes"`
	Seats      []string       `json:"seats"`
	Candidates int            `json:"candidates"`
	State      exam.State     `json:"state"`
	StateName  string         `json:"state_name"`
	Suspended  bool           `json:"suspended"`
	Paused     bool           `json:"paused"`
	Reason     string         `json:"reason"`
	Condition  string         `json:"condition"`
	Proctors   []string       `json:"proctors"`
	Note       string         `json:"note" doc:"开考申请里给中心的说明"`
	Pack       packState      `json:"pack"`
	Released   bool           `json:"released" doc:"已收到放行密钥"`
	Asked      askedState     `json:"asked"`
	Preflight  preflightState `json:"preflight"`
	From       *time.Time     `json:"release_from" doc:"中心最早何时放行"`
	OpenedAt   *time.Time     `json:"opened_at"`
	StartedAt  *time.Time     `json:"started_at"`
	ClosedAt   *time.Time     `json:"closed_at"`
	Next       string         `json:"next" doc:"下一步做什么"`
	Published  bool           `json:"published" doc:"中心已发布成绩"`
	Practical  bool           `json:"practical" doc:"本场次还有应会考试"`
	Rehearsal  bool           `json:"rehearsal" doc:"演练，不是考试"`
	SEB        string         `json:"seb" enum:",SHOW,REQUIRE" doc:"SEB 安全浏览器：空为不用，SHOW 仅提示，REQUIRE 登录必须使用"`
}

type packState struct {
	Announced bool   `json:"announced"`
	Received  bool   `json:"received"`
	Size      int64  `json:"size"`
	Version   int    `json:"version"`
	Failure   string `json:"failure"`
	Codes     int    `json:"codes" doc:"断网开卷需要几份解锁码；0 表示没有"`
}

// askedState is the self-check the centre has seen: it went with the request.
type askedState struct {
	At     *time.Time   `json:"at"`
	Checks []wire.Check `json:"checks"`
}

type preflightState struct {
	At     *time.Time   `json:"at"`
	Green  bool         `json:"green"`
	Checks []wire.Check `json:"checks"`
	Life   int          `json:"life_minutes" doc:"检查结果的有效时间"`
	Stale  bool         `json:"stale" doc:"检查结果已过有效时间，中心不会据此放行"`
}

func showPreflight(st exam.Sitting, now time.Time) preflightState {
	p := st.Preflight
	return preflightState{
		At: moment(p.At), Green: p.Green, Checks: listed(p.Checks), Life: int(st.PreflightLife().Minutes()), Stale: st.State == exam.Approved && st.Stale(now),
	}
}

func listed(checks []wire.Check) []wire.Check {
	if checks == nil {
		return []wire.Check{}
	}
	return checks
}

func show(st exam.Sitting, now time.Time) sitting {
	out := sitting{
		ID: st.Sitting, Title: st.Title, Category: st.Category, Kind: pexam.CategoryName(st.Category), Subject: st.Subject, Room: st.Room, Start: st.Start,
		Minutes: st.Duration, Seats: st.Seats, Candidates: st.Candidates, State: st.State, StateName: st.State.Name(),
		Suspended: st.Suspended, Paused: st.Paused, Reason: st.Reason, Condition: st.Condition, Proctors: st.Proctors, Note: st.Note,
		Pack: packState{
			Announced: st.Pack.Digest != "", Received: st.Pack.Received, Size: st.Pack.Size, Version: st.Pack.Version, Failure: st.Pack.Failure, Codes: st.Pack.Codes,
		},
		Released: st.Half != nil, Asked: askedState{At: moment(st.Asked.At), Checks: listed(st.Asked.Checks)},
		Preflight: showPreflight(st, now), From: moment(st.ReleaseFrom),
		OpenedAt: moment(st.OpenedAt), StartedAt: moment(st.StartedAt), ClosedAt: moment(st.ClosedAt), Next: next(st, now), Rehearsal: st.Rehearsal(), SEB: st.SEB,
	}
	if out.Seats == nil {
		out.Seats = []string{}
	}
	if out.Proctors == nil {
		out.Proctors = []string{}
	}
	return out
}

func (a *API) now() time.Time { return a.Exam.Clock.Now() }

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// next says what a proctor should do now: a page without a next step is where
// people begin to telephone.
func next(st exam.Sitting, now time.Time) string {
	switch {
	case st.Rehearsal():
		return "这是演练，不是考试：请回到“演练”页面按步骤进行"
	case st.Suspended:
		return "中心已暂停本场考试，请安抚考生并等待通知"
	case st.State == exam.Assigned:
		return "核对场次信息后提交开考申请"
	case st.State == exam.Returned:
		return "按退回原因整改后重新提交开考申请"
	case st.State == exam.Requested:
		return "等待中心审核"
	case st.State == exam.Approved && st.Pack.Digest == "":
		return "等待中心下发考题包"
	case st.State == exam.Approved && !st.Pack.Received:
		return "正在接收考题包"
	case st.State == exam.Approved && !st.Preflight.Green:
		return "运行考前检查，全部通过后中心放行考题；可同时办理入场"
	case st.State == exam.Approved && st.Half == nil && now.Before(st.ReleaseFrom):
		return "中心 " + st.ReleaseFrom.In(clock.Shanghai()).Format("01-02 15:04") + " 起放行考题；届时请保持考试机开机、网络连通，考前检查会自动重新运行"
	case st.State == exam.Approved && st.Half == nil && st.Stale(now):
		return "考前检查已过期，请重新检查后等待中心放行；可同时办理入场"
	case st.State == exam.Approved:
		return "等待中心放行考题；可同时办理入场"
	case st.State == exam.Opened:
		return "考生入座登录后点击“开始考试”"
	case st.State == exam.Running:
		return "监考中；全部交卷后核对并结束场次"
	case st.State == exam.Closed:
		return "场次已结束，记录自动上传中心"
	}
	return ""
}

func (a *API) sittings(context.Context, *struct{}) (*listOf[sitting], error) {
	all, err := a.Exam.Sittings()
	if err != nil {
		return nil, err
	}
	nearestFirst(all)
	out := make([]sitting, len(all))
	return list(read(a, func(r store.Reader) ([]sitting, error) {
		for i, st := range all {
			out[i] = show(st, a.now())
			out[i].Practical = practical.Has(r, st.Sitting)
		}
		return out, nil
	}))
}

// nearestFirst orders sittings as a proctor looks for them: those that are still
// to be held by their start, then those that are over, the last one first.
func nearestFirst(all []exam.Sitting) {
	sort.SliceStable(all, func(i, j int) bool {
		a, b := &all[i], &all[j]
		switch {
		case a.Over() != b.Over():
			return !a.Over()
		case a.Over():
			return a.Start.After(b.Start)
		}
		return a.Start.Before(b.Start)
	})
}

type sittingIn struct {
	Sitting string `path:"sitting" maxLength:"64"`
}

type sittingOut struct{ Body sitting }

func (a *API) sitting(_ context.Context, in *sittingIn) (*sittingOut, error) {
	st, err := a.Exam.Sitting(in.Sitting)
	if err != nil {
		return nil, err
	}
	out := &sittingOut{Body: show(st, a.now())}
	out.Body.Published, err = read(a, func(r store.Reader) (bool, error) {
		out.Body.Practical = practical.Has(r, in.Sitting)
		_, ok, err := supervise.Published(r, in.Sitting)
		return ok, err
	})
	return out, err
}

type openingIn struct {
	Sitting string `path:"sitting" maxLength:"64"`
	Body    struct {
		Request  string   `json:"request,omitempty" maxLength:"64" doc:"页面生成的编号，重复提交不会重复申请"`
		Proctors []string `json:"proctors" minItems:"1" maxItems:"30" doc:"在岗监考员姓名"`
		Note     string   `json:"note,omitempty" text:"lines" maxLength:"500"`
	}
}

func (a *API) requestOpening(ctx context.Context, in *openingIn) (*struct{}, error) {
	return nil, a.Exam.RequestOpening(ctx, in.Sitting, exam.Opening{
		Request: in.Body.Request, Proctors: in.Body.Proctors, Note: in.Body.Note,
	})
}

type preflightIn struct {
	Sitting string `path:"sitting" maxLength:"64"`
	Body    struct {
		Waive  []string `json:"waive,omitempty" maxItems:"4" doc:"豁免的检查项：camera、vision、terminal、clock"`
		Reason string   `json:"reason,omitempty" maxLength:"200" doc:"豁免原因"`
	}
}

type preflightOut struct{ Body preflightState }

func (a *API) preflight(ctx context.Context, in *preflightIn) (*preflightOut, error) {
	p, err := a.Exam.RunPreflight(ctx, in.Sitting, exam.Waiver{Checks: in.Body.Waive, Reason: in.Body.Reason})
	if err != nil {
		return nil, err
	}
	st, err := a.Exam.Sitting(in.Sitting)
	st.Preflight = p
	return &preflightOut{Body: showPreflight(st, a.now())}, err
}

type unlockIn struct {
	Sitting string `path:"sitting" maxLength:"64"`
	Body    struct {
		Codes  []string `json:"codes" minItems:"1" maxItems:"9" maxLength:"64" doc:"中心不同人员分别报出的解锁码，每份 32 位数字"`
		Reason string   `json:"reason" maxLength:"200" doc:"为何不能联网放行"`
	}
}

func (a *API) unlock(ctx context.Context, in *unlockIn) (*struct{}, error) {
	return nil, a.Exam.Unlock(ctx, in.Sitting, in.Body.Codes, in.Body.Reason)
}

func (a *API) start(ctx context.Context, in *sittingIn) (*struct{}, error) {
	return nil, a.Attempts.Start(ctx, in.Sitting)
}

// importLimit is how long a slow USB stick may take.
const importLimit = 30 * time.Minute

func (a *API) importPack(c *gin.Context) {
	_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Now().Add(importLimit))
	if err := a.Exam.ImportPack(c.Request.Context(), c.Param("sitting"), c.Request.Body); err != nil {
		web.Fail(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}
