package proctor

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"huyun.internal/edge/app/web"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/edge/supervise/staff"
	"huyun.internal/protocol/fault"
)

// Register adds the routes of the console.
func Register(w *web.Web, a *API) {
	web.Register(w, web.Op{
		ID: "staff.login", Method: http.MethodPost, Path: "/proctor/v1/login", Perm: web.Public, PerMin: 30,
		Summary: "登录（断网可用）",
	}, a.login)
	web.Register(w, web.Op{
		ID: "staff.logout", Method: http.MethodPost, Path: "/proctor/v1/logout", Perm: web.SignedIn, Summary: "退出登录",
		Status: http.StatusNoContent,
	}, a.logout)
	web.Register(w, web.Op{
		ID: "staff.me", Method: http.MethodGet, Path: "/proctor/v1/me", Perm: web.SignedIn, Summary: "当前登录人与权限",
	}, a.me)
	web.Register(w, web.Op{
		ID: "supervise.link", Method: http.MethodGet, Path: "/proctor/v1/link", Perm: web.SignedIn, Summary: "同步状态条",
	}, a.link)
	web.Register(w, web.Op{
		ID: "supervise.alarm.list", Method: http.MethodGet, Path: "/proctor/v1/alarms", Perm: permSittingRead, Summary: "告警列表",
	}, a.alarms)
	web.Register(w, web.Op{
		ID: "supervise.alarm.acknowledge", Method: http.MethodPost, Path: "/proctor/v1/alarms/{alarm}/acknowledge",
		Perm: permAlarmAck, Summary: "确认告警", Status: http.StatusNoContent,
	}, a.acknowledge)
	web.Register(w, web.Op{
		ID: "supervise.message.list", Method: http.MethodGet, Path: "/proctor/v1/messages", Perm: permSittingRead, Summary: "中心消息",
	}, a.messages)
	web.Register(w, web.Op{
		ID: "supervise.message.read", Method: http.MethodPost, Path: "/proctor/v1/messages/{message}/read",
		Perm: permMessageRead, Summary: "标记已读", Status: http.StatusNoContent,
	}, a.readMessage)
	registerAudit(w, a)
	web.Raw(w, web.Op{
		ID: permExport, Method: http.MethodPost, Path: "/proctor/v1/export", Perm: permExport, Summary: "导出未上传的记录（密封包，可用 U 盘送交中心）",
	}, a.export)
	web.Raw(w, web.Op{
		ID: "supervise.return", Method: http.MethodPost, Path: "/proctor/v1/return", Perm: permExport, Stream: true,
		Summary: "导入中心的回执包（U 盘带回的确认、签收回执和指令）",
	}, a.takeReturn)
	registerSittings(w, a)
	registerAttempts(w, a)
	registerDoor(w, a)
	registerPractical(w, a)
	registerTerminals(w, a)
	registerClosing(w, a)
	registerRehearsals(w, a)
	registerSEB(w, a)
	registerBoard(w, a)
	registerCalibration(w, a)
}

// read runs a view and hands its result on.
func read[T any](a *API, do func(r store.Reader) (T, error)) (T, error) {
	var out T
	err := a.Store.View(func(r store.Reader) (err error) {
		out, err = do(r)
		return err
	})
	return out, err
}

// listOf is the form of every list.
type listOf[T any] struct {
	Body struct {
		Items []T `json:"items"`
		Total int `json:"total"`
	}
}

func list[T any](items []T, err error) (*listOf[T], error) {
	if err != nil {
		return nil, err
	}
	out := &listOf[T]{}
	if items == nil {
		items = []T{}
	}
	out.Body.Items, out.Body.Total = items, len(items)
	return out, nil
}

type loginIn struct {
	Body struct {
		Username string `json:"username" minLength:"1" maxLength:"60"`
		Password string `json:"password" text:"secret" minLength:"1" maxLength:"200"`
	}
}

type meBody struct {
	Username    string                `json:"username"`
	Name        string                `json:"name"`
	Roles       []string              `json:"roles"`
	Permissions []string              `json:"permissions"`
	CSRF        string                `json:"csrf" doc:"写操作放在请求头 X-Huyun-CSRF"`
	Venue       string                `json:"venue"`
	Node        string                `json:"node"`
	Engine      Engine                `json:"engine" doc:"人脸核验引擎；demo 为真时各页面显示“演示级”"`
	Codes       []supervise.Code      `json:"irregularity_codes"`
	SeatStates  []supervise.SeatState `json:"seat_states"`
	Names       map[string]string     `json:"names" doc:"账号 → 姓名，本考场全部人员"`
}

type loginOut struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      meBody
}

type meOut struct{ Body meBody }

func (a *API) login(ctx context.Context, in *loginIn) (*loginOut, error) {
	token, s, err := a.Staff.Login(ctx, in.Body.Username, in.Body.Password)
	if err != nil {
		return nil, err
	}
	body, err := a.describe(ctx, s)
	return &loginOut{SetCookie: a.cookie(token, 12*3600), Body: body}, err
}

func (a *API) describe(ctx context.Context, s staff.Session) (meBody, error) {
	names, err := read(a, staff.Names)
	return meBody{
		Username: s.Username, Name: s.Name, Roles: s.Roles, Permissions: Permissions(s.Roles), CSRF: s.CSRF,
		Venue: a.Venue, Node: a.Node, Engine: a.Demo(ctx), Codes: supervise.Codes(), SeatStates: supervise.SeatStates(),
		Names: names,
	}, err
}

type logoutIn struct {
	Session string `cookie:"huyun_proctor"`
}

type logoutOut struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

func (a *API) logout(ctx context.Context, in *logoutIn) (*logoutOut, error) {
	if err := a.Staff.Logout(ctx, in.Session); err != nil {
		return nil, err
	}
	return &logoutOut{SetCookie: a.cookie("", -1)}, nil
}

func (a *API) me(ctx context.Context, _ *struct{}) (*meOut, error) {
	body, err := a.describe(ctx, signedIn(ctx))
	return &meOut{Body: body}, err
}

type linkOut struct {
	Body struct {
		supervise.Strip
		Rehearsal string `json:"rehearsal" doc:"进行中的演练；空：没有"`
	}
}

func (a *API) link(context.Context, *struct{}) (*linkOut, error) {
	out := &linkOut{}
	out.Body.Strip, out.Body.Rehearsal = a.Supervise.Strip(), a.Rehearsal.Current()
	return out, nil
}

type alarmsIn struct {
	Sitting string `query:"sitting" maxLength:"64"`
	Open    bool   `query:"open" doc:"只看未确认的"`
}

func (a *API) alarms(_ context.Context, in *alarmsIn) (*listOf[alarm.Alarm], error) {
	return list(read(a, func(r store.Reader) ([]alarm.Alarm, error) {
		all, err := alarm.List(r, in.Sitting)
		if !in.Open || err != nil {
			return all, err
		}
		return open(all), nil
	}))
}

func open(all []alarm.Alarm) []alarm.Alarm {
	out := []alarm.Alarm{}
	for _, al := range all {
		if al.Open() {
			out = append(out, al)
		}
	}
	return out
}

type ackIn struct {
	Alarm string `path:"alarm" maxLength:"64"`
	Body  struct {
		Note string `json:"note,omitempty" maxLength:"200" doc:"处理情况"`
	}
}

func (a *API) acknowledge(ctx context.Context, in *ackIn) (*struct{}, error) {
	return nil, a.Supervise.Acknowledge(ctx, in.Alarm, in.Body.Note)
}

func (a *API) messages(context.Context, *struct{}) (*listOf[supervise.Message], error) {
	return list(read(a, supervise.Messages))
}

type messageIn struct {
	Message string `path:"message" maxLength:"64"`
}

func (a *API) readMessage(ctx context.Context, in *messageIn) (*struct{}, error) {
	return nil, a.Supervise.Read(ctx, in.Message)
}

// takeReturn takes in what the centre has sent back on a stick.
func (a *API) takeReturn(c *gin.Context) {
	_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Now().Add(importLimit))
	ctx := c.Request.Context()
	if a.Return == nil {
		web.Fail(c, fault.Unavailablef("supervise.return.none", "本机没有与中心的连接配置，不能导入回执包"))
		return
	}
	out, err := a.Return(ctx, c.Request.Body)
	if err != nil && (out.Orders > 0 || out.Confirmed > 0) { // each frame stands for itself: what was good has been taken
		out.Problem, err = fault.From(err).Text, nil
	}
	if err == nil {
		err = a.Store.Update(ctx, func(tx *store.Tx) error {
			return a.Audit.Record(ctx, tx, "supervise.return", a.Node, fmt.Sprintf("指令 %d 条，确认 %d 条", out.Orders, out.Confirmed))
		})
	}
	if err != nil {
		web.Fail(c, err)
		return
	}
	a.Bell.RingAll()
	c.JSON(http.StatusOK, out)
}

// export sends the sealed packet; the act is on record before the first byte.
func (a *API) export(c *gin.Context) {
	ctx := c.Request.Context()
	err := a.Store.Update(ctx, func(tx *store.Tx) error { return a.Audit.Record(ctx, tx, permExport, a.Node, "") })
	var out bytes.Buffer
	if err == nil {
		_, err = a.Export(&out)
	}
	if err != nil {
		web.Fail(c, err)
		return
	}
	c.Header("Content-Disposition", `attachment; filename="huyun-`+a.Node+`.pack"`)
	c.Data(http.StatusOK, "application/octet-stream", out.Bytes())
}
