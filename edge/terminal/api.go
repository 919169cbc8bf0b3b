package terminal

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"huyun.internal/edge/app/web"
	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/supervise"
	pexam "huyun.internal/protocol/exam"
	"huyun.internal/protocol/person"
)

// Register adds the routes of the terminal.
func Register(w *web.Web, a *API) {
	web.Register(w, web.Op{
		ID: "terminal.pair", Method: http.MethodPost, Path: "/terminal/v1/pair", Perm: web.Public, PerMin: 1200,
		Summary: "用配对码把本机与座位配对",
	}, a.pair)
	web.Register(w, web.Op{
		ID: "terminal.hello", Method: http.MethodGet, Path: "/terminal/v1/hello", Perm: PermMachine,
		Summary: "本机的座位与考场",
	}, a.hello)
	web.Register(w, web.Op{
		ID: "terminal.login", Method: http.MethodPost, Path: "/terminal/v1/login", Perm: PermMachine,
		Summary: "考生登录",
	}, a.login)
	web.Register(w, web.Op{
		ID: "terminal.candidate.get", Method: http.MethodGet, Path: "/terminal/v1/candidate", Perm: PermCandidate,
		Summary: "本人信息，供核对",
	}, a.candidate)
	web.Register(w, web.Op{
		ID: "terminal.confirm", Method: http.MethodPost, Path: "/terminal/v1/confirm", Perm: PermCandidate,
		Summary: "核对本人信息", Status: http.StatusNoContent,
	}, a.confirm)
	web.Register(w, web.Op{
		ID: "terminal.rules", Method: http.MethodGet, Path: "/terminal/v1/rules", Perm: PermCandidate,
		Summary: "考试说明与考场规则",
	}, a.rules)
	web.Register(w, web.Op{
		ID: "terminal.consent", Method: http.MethodPost, Path: "/terminal/v1/consent", Perm: PermCandidate,
		Summary: "已阅读并同意", Status: http.StatusNoContent,
	}, a.consent)
	web.Register(w, web.Op{
		ID: "terminal.paper", Method: http.MethodGet, Path: "/terminal/v1/paper", Perm: PermCandidate,
		Summary: "试卷与已保存的作答",
	}, a.paper)
	web.Register(w, web.Op{
		ID: "terminal.heartbeat", Method: http.MethodPost, Path: "/terminal/v1/heartbeat", Perm: PermMachine, Audit: "none",
		Summary: "心跳：焦点、摄像头、待保存数",
	}, a.heartbeat)
	registerState(w, a)
	registerAnswers(w, a)
	registerPictures(w, a)
}

type pairIn struct {
	Body struct {
		Code string `json:"code" minLength:"8" maxLength:"8" pattern:"^[0-9]+$" patternDescription:"8 位数字" doc:"技术员给出的 8 位配对码"`
		Seat string `json:"seat,omitempty" maxLength:"20" doc:"配对码可用于多个座位时填写"`
		Name string `json:"name,omitempty" maxLength:"100" doc:"机器名"`
	}
}

type pairOut struct {
	Body struct {
		Terminal string `json:"terminal" doc:"请求头 X-Huyun-Session 的值"`
		Key      string `json:"key" doc:"签名密钥，十六进制，只在此时给出"`
		Seat     string `json:"seat"`
		Venue    string `json:"venue"`
	}
}

func (a *API) pair(ctx context.Context, in *pairIn) (*pairOut, error) {
	t, key, err := a.Seating.Pair(ctx, web.Address(ctx), in.Body.Code, in.Body.Seat, in.Body.Name)
	if err != nil {
		return nil, err
	}
	out := &pairOut{}
	out.Body.Terminal, out.Body.Key, out.Body.Seat, out.Body.Venue = t.ID, hex.EncodeToString(key), t.Seat, a.Venue
	return out, nil
}

type helloOut struct {
	Body struct {
		Seat       string `json:"seat"`
		Venue      string `json:"venue"`
		Title      string `json:"title" doc:"本机座位最近的场次"`
		Subject    string `json:"subject"`
		State      string `json:"state" doc:"场次状态"`
		Ready      bool   `json:"ready" doc:"可以登录"`
		ServerTime string `json:"server_time"`
		Rehearsal  bool   `json:"rehearsal" doc:"演练，不是考试"`
		Practice   string `json:"practice,omitempty" doc:"演练时本机可用的准考证号；身份证号一律为 0000"`
	}
}

func (a *API) hello(ctx context.Context, _ *struct{}) (*helloOut, error) {
	out := &helloOut{}
	out.Body.Seat, out.Body.Venue = from(ctx).terminal.Seat, a.Venue
	out.Body.ServerTime = a.now()
	list, err := a.Exam.Everything()
	if err != nil {
		return nil, err
	}
	var best *exam.Sitting
	for i := range list {
		st := &list[i]
		if st.State == exam.Closed || st.State == exam.Cancelled || !st.Has(out.Body.Seat) && len(st.Seats) > 0 {
			continue
		}
		if best == nil || st.Readable() && !best.Readable() || st.Readable() == best.Readable() && st.Start.Before(best.Start) {
			best = st
		}
	}
	if best != nil {
		out.Body.Title, out.Body.Subject, out.Body.State, out.Body.Ready = best.Title, best.Subject, best.State.Name(), best.Readable()
		out.Body.Rehearsal, out.Body.Practice = best.Rehearsal(), best.PracticeFor(out.Body.Seat)
	}
	return out, nil
}

type loginIn struct {
	Body struct {
		Admission string `json:"admission" minLength:"1" maxLength:"40" doc:"准考证号"`
		IDNumber  string `json:"id_number" minLength:"4" maxLength:"18" text:"id" doc:"身份证号，或至少后 4 位"`
	}
}

type loginOut struct {
	Body struct {
		Session   string    `json:"session" doc:"请求头 X-Huyun-Session 的值"`
		Key       string    `json:"key" doc:"签名密钥，十六进制；计数从 1 开始"`
		Candidate candidate `json:"candidate"`
	}
}

// candidate is what the person sees of their own data.
type candidate struct {
	Name      string `json:"name"`
	IDNumber  string `json:"id_number" doc:"部分隐藏"`
	Admission string `json:"admission"`
	Title     string `json:"title"`
	Subject   string `json:"subject"`
	Category  string `json:"category" doc:"报考类别的名称"`
	Room      string `json:"room"`
	Seat      string `json:"seat"`
	HasPhoto  bool   `json:"has_photo"`
}

func describe(st exam.Sitting, c exam.Candidate, seat string) candidate {
	return candidate{
		Name: c.Name, IDNumber: person.MaskNumber(c.IDNumber), Admission: c.Admission, Title: st.Title, Subject: st.Subject,
		Category: pexam.CategoryName(st.Category), Room: st.Room, Seat: seat, HasPhoto: c.Photo != "",
	}
}

func (a *API) login(ctx context.Context, in *loginIn) (*loginOut, error) {
	c := from(ctx)
	if c.session != nil { // its terminal may have been unpaired since
		if _, _, err := a.Seating.Terminal(c.terminal.ID); err != nil {
			return nil, err
		}
	}
	if err := a.fresh(c.terminal.ID, c.request.Counter); err != nil {
		return nil, err
	}
	s, err := a.Seating.Login(ctx, c.terminal, seating.Login{Admission: in.Body.Admission, IDNumber: in.Body.IDNumber, Browser: c.browser})
	if err != nil {
		return nil, err
	}
	out := &loginOut{}
	out.Body.Session, out.Body.Key = s.Session.ID, hex.EncodeToString(s.Key)
	out.Body.Candidate = describe(s.Sitting, s.Candidate, s.Session.Seat)
	return out, nil
}

type candidateOut struct{ Body candidate }

func (a *API) candidate(ctx context.Context, _ *struct{}) (*candidateOut, error) {
	ss := session(ctx)
	if _, err := a.Attempts.Current(ss); err != nil {
		return nil, err
	}
	st, err := a.Exam.Sitting(ss.Sitting)
	if err != nil {
		return nil, err
	}
	c, err := a.Exam.Candidate(ss.Sitting, ss.Candidate)
	if err != nil {
		return nil, err
	}
	return &candidateOut{Body: describe(st, c, ss.Seat)}, nil
}

type confirmIn struct {
	Body struct {
		Correct bool `json:"correct" doc:"否：通知监考员"`
	}
}

func (a *API) confirm(ctx context.Context, in *confirmIn) (*struct{}, error) {
	ss := session(ctx)
	if err := a.Attempts.Confirm(ctx, ss, in.Body.Correct); err != nil {
		return nil, err
	}
	if !in.Body.Correct {
		return nil, a.Supervise.WrongPerson(ctx, ss)
	}
	return nil, nil
}

type rulesOut struct {
	Body struct {
		Rule  exam.Rule `json:"rule"`
		Lines []string  `json:"lines" doc:"考场规则，逐条"`
	}
}

func (a *API) rules(ctx context.Context, _ *struct{}) (*rulesOut, error) {
	ss := session(ctx)
	at, err := a.Attempts.Current(ss)
	if err != nil {
		return nil, err
	}
	r, err := a.Exam.Rule(ss.Sitting)
	if err != nil {
		return nil, err
	}
	out := &rulesOut{}
	out.Body.Rule, out.Body.Lines = r, lines(at.Filmed())
	return out, nil
}

// lines are the rules of the room, in the words candidates know. Who is not
// filmed is not told that they are.
func lines(filmed bool) []string {
	camera := "考试期间会通过本机摄像头随机核验本人身份并查看是否离席，照片仅保存在本考场，申诉期后删除；不同意者请举手，由监考员人工核验。"
	if !filmed {
		camera = "您不同意人脸核验：考试期间本机不拍照，本人身份由监考员核对证件。"
	}
	return []string{
		"请关闭手机等通讯设备并按要求存放，考试期间不得使用。",
		camera,
		"每次选择后请看右上角的保存标记：绿色表示已保存到考场服务器。",
		"网络中断时可继续作答，作答保存在本机，恢复后自动提交。",
		"剩余时间以屏幕显示为准，由考场服务器计时；时间到自动交卷。",
		"机器故障请举手示意，换机后从原题继续，不损失时间。",
		"不得交头接耳、旁窥、替考或协助他人作弊，违者按规定处理。",
	}
}

func (a *API) consent(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, a.Attempts.Consent(ctx, session(ctx))
}

type paperOut struct {
	Body struct {
		Sheet   pexam.Sheet      `json:"sheet"`
		Answers []attempt.Answer `json:"answers" doc:"考场服务器上已有的作答"`
		Counter uint64           `json:"counter" doc:"已接受的最大请求计数，从下一个数继续"`
		Place   *attempt.Place   `json:"place,omitempty" doc:"考生最后停留的题目与标记；尚无记录时没有"`
	}
}

// paper is given out only while the attempt runs: not before the start, and
// not after the hand-in.
func (a *API) paper(ctx context.Context, _ *struct{}) (*paperOut, error) {
	ss := session(ctx)
	answers, counter, err := a.Attempts.Resume(ctx, ss)
	if err != nil {
		return nil, err
	}
	sheet, err := a.Exam.View(ss.Sitting, ss.Candidate)
	if err != nil {
		return nil, err
	}
	out := &paperOut{}
	out.Body.Sheet, out.Body.Answers, out.Body.Counter = sheet, answers, counter
	place, known, err := a.Attempts.Place(ss.Attempt)
	if known {
		out.Body.Place = &place
	}
	return out, err
}

type heartbeatIn struct {
	Body struct {
		Focus   bool     `json:"focus"`
		Visible bool     `json:"visible"`
		Camera  bool     `json:"camera"`
		Pending int      `json:"pending" minimum:"0" maximum:"100000" doc:"只在本机、尚未保存到考场的作答数"`
		Item    string   `json:"item,omitempty" maxLength:"12" doc:"正在看的题号；换机后从这里继续"`
		Flagged []string `json:"flagged,omitempty" maxItems:"300" doc:"已标记的题号"`
		Version string   `json:"version,omitempty" maxLength:"40"`
		Sight   *sight   `json:"sight,omitempty" doc:"打开摄像头看到的情况"`
	}
}

type sight struct {
	OK    bool   `json:"ok" doc:"有画面"`
	Why   string `json:"why,omitempty" enum:"none,denied,insecure,busy,blank,dark" doc:"没有画面的原因"`
	AgeMS int64  `json:"age_ms" minimum:"0" maximum:"86400000" doc:"距打开摄像头的时间"`
}

type heartbeatOut struct {
	Body struct {
		ServerTime string `json:"server_time"`
		Look       bool   `json:"look" doc:"请立即打开摄像头看一次并上报"`
	}
}

func (a *API) heartbeat(ctx context.Context, in *heartbeatIn) (*heartbeatOut, error) {
	c := from(ctx)
	if err := a.Supervise.Beat(ctx, c.terminal.ID, c.session, beatOf(c.terminal.Seat, in)); err != nil {
		return nil, err
	}
	if c.session != nil && in.Body.Item != "" {
		if err := a.Attempts.KeepPlace(ctx, *c.session, in.Body.Item, in.Body.Flagged); err != nil {
			return nil, err
		}
	}
	if s := in.Body.Sight; s != nil {
		a.Pulse.Saw(c.terminal.ID, supervise.Sight{OK: s.OK, Why: s.Why, Age: time.Duration(s.AgeMS) * time.Millisecond})
	}
	out := &heartbeatOut{}
	out.Body.ServerTime, out.Body.Look = a.now(), a.Pulse.Wanted(c.terminal.ID)
	return out, nil
}
