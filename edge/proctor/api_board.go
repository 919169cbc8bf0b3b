package proctor

import (
	"context"
	"net/http"
	"sort"
	"time"

	"github.com/gin-gonic/gin"

	"huyun.internal/edge/app/web"
	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/edge/supervise/bell"
)

// The board is drawn at most once a second, however much happens, and at least
// every three seconds, because clocks run and terminals fall silent by
// themselves.
const (
	boardSoonest = time.Second
	boardLatest  = 3 * time.Second
)

func registerBoard(w *web.Web, a *API) {
	web.Register(w, web.Op{
		ID: "supervise.board.get", Method: http.MethodGet, Path: "/proctor/v1/sittings/{sitting}/board", Perm: permSittingRead,
		Summary: "座位图、人数、告警与同步状态",
	}, a.board)
	web.Events(w, web.Op{
		ID: "supervise.board.live", Path: "/proctor/v1/sittings/{sitting}/board/live", Perm: permSittingRead,
		Summary: "实时座位图（事件流）",
	}, a.boardLive)
}

// board is one picture of a sitting.
type board struct {
	Sitting sitting             `json:"sitting"`
	Seats   []supervise.Seat    `json:"seats"`
	Counts  map[string]int      `json:"counts"`
	Granted int                 `json:"granted_minutes" doc:"全场累计补时"`
	Door    map[string]int      `json:"door" doc:"入场状态人数"`
	Alarms  []alarm.Alarm       `json:"alarms" doc:"未确认的告警，最新在前"`
	Unread  []supervise.Message `json:"unread" doc:"未读的中心消息"`
	Link    supervise.Strip     `json:"link"`
	At      time.Time           `json:"at"`
}

type boardOut struct{ Body board }

func (a *API) board(_ context.Context, in *sittingIn) (*boardOut, error) {
	b, err := a.draw(in.Sitting)
	if err != nil {
		return nil, err
	}
	return &boardOut{Body: b}, nil
}

func (a *API) draw(id string) (board, error) {
	roll, err := a.Exam.Candidates(id)
	if err != nil {
		roll = nil // no package yet: the board shows what there is
	}
	b := board{Link: a.Supervise.Strip(), At: a.Supervise.Clock.Now().UTC(), Unread: []supervise.Message{}}
	err = a.Store.View(func(r store.Reader) error {
		st, err := exam.Get(r, id)
		if err != nil {
			return err
		}
		b.Sitting = show(st, a.now())
		if b.Seats, err = a.Supervise.SeatMap(r, st); err != nil {
			return err
		}
		b.Counts = supervise.Counts(b.Seats)
		granted, err := attempt.Granted(r, id)
		if err != nil {
			return err
		}
		b.Granted = int(granted.Minutes())
		entries, err := seating.Entries(r, id)
		if err != nil {
			return err
		}
		b.Door = map[string]int{}
		for _, c := range roll {
			e, ok := entries[c.ID]
			if !ok {
				e.Standing = seating.Expected
			}
			b.Door[string(e.Standing)]++
		}
		all, err := alarm.List(r, id)
		if err != nil {
			return err
		}
		b.Alarms = open(all)
		messages, err := supervise.Messages(r)
		for _, m := range messages {
			if m.ReadBy == "" && (m.Sitting == "" || m.Sitting == id) {
				b.Unread = append(b.Unread, m)
			}
		}
		return err
	})
	return b, err
}

func (a *API) boardLive(ctx context.Context, c *gin.Context, s *web.Stream) error {
	clock := a.Supervise.Clock
	for {
		rung := a.Bell.Listen(bell.Board)
		b, err := a.draw(c.Param("sitting"))
		if err != nil {
			return s.Send("fault", gin.H{"text": "暂时无法读取，请刷新页面"})
		}
		if err := s.Send("board", b); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-clock.After(boardSoonest):
		}
		select {
		case <-ctx.Done():
			return nil
		case <-rung:
		case <-clock.After(boardLatest - boardSoonest):
		}
	}
}

func registerTerminals(w *web.Web, a *API) {
	web.Register(w, web.Op{
		ID: "seating.terminal.list", Method: http.MethodGet, Path: "/proctor/v1/terminals", Perm: permTerminalRead, Summary: "座位与考试机",
	}, a.terminals)
	web.Register(w, web.Op{
		ID: "seating.terminal.code", Method: http.MethodPost, Path: "/proctor/v1/terminals/code", Perm: permTerminalPair,
		Summary: "生成配对码（30 分钟有效）",
	}, a.code)
	web.Register(w, web.Op{
		ID: "seating.terminal.unpair", Method: http.MethodPost, Path: "/proctor/v1/terminals/unpair", Perm: permTerminalPair,
		Summary: "解除配对", Status: http.StatusNoContent,
	}, a.unpair)
}

type machine struct {
	Seat      string     `json:"seat"`
	Terminal  string     `json:"terminal"`
	Name      string     `json:"name"`
	PairedAt  *time.Time `json:"paired_at"`
	By        string     `json:"by"`
	Connected bool       `json:"connected"`
	Camera    bool       `json:"camera"`
	SilentMS  int64      `json:"silent_ms"`
}

func (a *API) terminals(context.Context, *struct{}) (*listOf[machine], error) {
	seats, err := a.Seating.Seats()
	if err != nil {
		return nil, err
	}
	return list(read(a, func(r store.Reader) ([]machine, error) {
		paired, err := seating.Terminals(r)
		if err != nil {
			return nil, err
		}
		out := make([]machine, 0, len(seats))
		add := func(seat string) {
			m := machine{Seat: seat}
			if t, ok := paired[seat]; ok {
				beat, silent, up := a.Supervise.Pulse.Look(t.ID)
				m.Terminal, m.Name, m.PairedAt, m.By = t.ID, t.Name, moment(t.PairedAt), t.By
				m.Connected, m.Camera, m.SilentMS = up, beat.Camera, silent.Milliseconds()
				delete(paired, seat)
			}
			out = append(out, m)
		}
		for _, seat := range seats {
			add(seat)
		}
		for seat := range paired { // seats that no sitting has any more
			add(seat)
		}
		sort.SliceStable(out, func(i, j int) bool { return out[i].Seat < out[j].Seat })
		return out, nil
	}))
}

type codeIn struct {
	Body struct {
		Seats []string `json:"seats,omitempty" maxItems:"1000" doc:"空：全部座位共用一个码，配对时填写座位号"`
	}
}

type codeOut struct {
	Body struct {
		Code    string   `json:"code"`
		Seats   []string `json:"seats"`
		Minutes int      `json:"minutes"`
	}
}

func (a *API) code(ctx context.Context, in *codeIn) (*codeOut, error) {
	c, err := a.Seating.NewCode(ctx, in.Body.Seats)
	if err != nil {
		return nil, err
	}
	out := &codeOut{}
	out.Body.Code, out.Body.Seats, out.Body.Minutes = c.Code, c.Seats, seating.CodeMinutes
	return out, nil
}

type unpairIn struct {
	Body struct {
		Seat string `json:"seat" minLength:"1" maxLength:"20"`
	}
}

func (a *API) unpair(ctx context.Context, in *unpairIn) (*struct{}, error) {
	return nil, a.Seating.Unpair(ctx, in.Body.Seat)
}

func registerClosing(w *web.Web, a *API) {
	web.Register(w, web.Op{
		ID: "supervise.close.get", Method: http.MethodGet, Path: "/proctor/v1/sittings/{sitting}/closing", Perm: permCloseRead,
		Summary: "场次核对",
	}, a.closing)
	web.Register(w, web.Op{
		ID: "supervise.close", Method: http.MethodPost, Path: "/proctor/v1/sittings/{sitting}/close", Perm: permClose,
		Summary: "结束场次；每一项不一致须各写原因，并由第二人确认",
	}, a.close)
}

type closingOut struct{ Body supervise.Closing }

func (a *API) closing(_ context.Context, in *sittingIn) (*closingOut, error) {
	c, err := a.Supervise.Reconcile(in.Sitting)
	if err != nil {
		return nil, err
	}
	return &closingOut{Body: c}, nil
}

type closeIn struct {
	Sitting string `path:"sitting" maxLength:"64"`
	Body    struct {
		Waivers []waiverIn `json:"waivers,omitempty" maxItems:"20" doc:"每一项未处理的内容和它自己的原因"`
		Second  second     `json:"second,omitempty" required:"false"`
	}
}

type waiverIn struct {
	Code   string `json:"code" maxLength:"40"`
	Reason string `json:"reason" text:"lines" maxLength:"500"`
}

func (a *API) close(ctx context.Context, in *closeIn) (*closingOut, error) {
	reasons := map[string]string{}
	for _, w := range in.Body.Waivers {
		reasons[w.Code] = w.Reason
	}
	c, err := a.Supervise.Close(ctx, in.Sitting, supervise.Waiver{
		Reasons: reasons, SecondUser: in.Body.Second.Username, SecondPassword: in.Body.Second.Password,
	})
	if err != nil {
		return nil, err
	}
	return &closingOut{Body: c}, nil
}
