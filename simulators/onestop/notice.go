package onestop

import (
	"net/http"
	"slices"
	"time"
)

// Notice is a message to somebody beside their cases.
type Notice struct {
	MsgNo   string    `json:"msgNo"`
	UserID  string    `json:"userId"`
	Title   string    `json:"title"`
	Content string    `json:"content"`
	Time    string    `json:"time"`
	Receipt string    `json:"receipt"`
	At      time.Time `json:"at"`
}

// messageSend takes a message once: its number makes it the same.
func (s *System) messageSend(body []byte) (any, error) {
	in, err := read[Notice](body)
	if err != nil {
		return nil, err
	}
	if in.MsgNo == "" || in.Title == "" || in.Content == "" || in.Time == "" {
		return nil, refuse("FIELDS", "msgNo、title、content、time 不能为空")
	}
	list, err := s.lists()
	if err != nil {
		return nil, err
	}
	if _, ok := list.account(in.UserID); !ok {
		return nil, refuse("USER_UNKNOWN", "没有这个用户")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, old := range s.state.notices {
		if old.MsgNo != in.MsgNo {
			continue
		}
		if old.UserID != in.UserID || old.Title != in.Title || old.Content != in.Content {
			return nil, refuse("MSGNO_REUSED", "这个报文号已用于另一内容")
		}
		return receipt{old.Receipt, true}, nil
	}
	in.Receipt, in.At = "XX"+in.MsgNo, s.Now()
	return receipt{Receipt: in.Receipt}, s.record(event{Notice: &in})
}

// messages shows people their own, the newest first.
func (s *System) messages(w http.ResponseWriter, _ *http.Request, _ List, u *Listed) {
	s.mu.Lock()
	out := []Notice{}
	for _, n := range slices.Backward(s.state.notices) {
		if n.UserID == u.UserID {
			out = append(out, n)
		}
	}
	s.mu.Unlock()
	s.render(w, http.StatusOK, "messages.html", view{Title: "我的消息", User: u, Body: out})
}
