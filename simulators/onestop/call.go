package onestop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"huyun.internal/protocol/clock"
	"huyun.internal/simulators/control"
)

const callPath = "/partner/v1/onestop/"

// said is the centre's answer to a callback.
type said struct {
	CallbackNo string `json:"callbackNo"`
	Accepted   bool   `json:"accepted"`
	Allowed    bool   `json:"allowed"`
	Reason     string `json:"reason"`
	Number     string `json:"number"`
}

// call sends a callback. What could not be delivered waits in the line, is sent
// again, and heard tells what came of it.
func (s *System) call(ctx context.Context, callback string, fill func(no string) any) (string, said, error) {
	m, err := s.Line.Number(callPath+callback, func(n int64) (string, any) {
		no := fmt.Sprintf("HD%04d%08d", clock.DateOf(s.Now()).Year, n)
		return no, fill(no)
	})
	if err != nil {
		return "", said{}, err
	}
	sent, err := s.Line.Push(ctx, m)
	if err != nil {
		return m.Number, said{}, fmt.Errorf("办理系统暂时没有答复，平台会自动重新发送：%w", errLater)
	}
	if len(sent) == 0 {
		return m.Number, said{}, fmt.Errorf("模拟：回调没有发出：%w", errLater)
	}
	out, err := understand(sent[len(sent)-1])
	return m.Number, out, err
}

// understand reads what the centre said; anything but an answer is an error.
func understand(sent control.Sent) (out said, err error) {
	if err := json.Unmarshal([]byte(sent.Answer), &out); err != nil || sent.Status != http.StatusOK {
		var problem struct{ Title, Detail string }
		_ = json.Unmarshal([]byte(sent.Answer), &problem) // whatever it is, it is no answer
		return out, fmt.Errorf("办理系统没有接收（%d）%s", sent.Status, strings.TrimSpace(problem.Title+" "+problem.Detail))
	}
	return out, nil
}

// heard is told what came of a callback that had to wait.
func (s *System) heard(m control.Message, sent control.Sent) {
	out, err := understand(sent)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.state.bookings {
		if b.Call == m.Number {
			next := b.answered(out, err)
			_ = s.record(event{Booking: &next}) // the journal is full: it stays as it was
			return
		}
	}
	for _, c := range s.state.cases {
		for _, old := range c.Calls {
			if old.Number == m.Number {
				next := old.answered(out, err)
				_ = s.record(event{Called: &next}) // as above
				return
			}
		}
	}
}

func (c Called) answered(out said, err error) Called {
	c.Allowed, c.Answer = out.Allowed || out.Accepted, out.Reason
	if err != nil {
		c.Answer = err.Error()
	}
	return c
}

// answered is the booking after the centre's answer. A cancellation that was not
// accepted leaves it as it was; what waits is not decided.
func (b Booking) answered(out said, err error) Booking {
	b.Reason = out.Reason
	if err != nil {
		b.Reason = err.Error()
	}
	switch {
	case errors.Is(err, errLater):
	case b.Action == "BOOK" && (err != nil || !out.Accepted):
		b.State = "REFUSED"
	case b.Action == "BOOK":
		b.State, b.Number = "BOOKED", out.Number
	case err == nil && out.Accepted:
		b.State = "CANCELLED"
	}
	return b
}

// Withdraw asks to take a case back; Supplement tells that what was asked for has
// been handed in.
func (s *System) Withdraw(ctx context.Context, applyNo, reason string) (Called, error) {
	return s.about(ctx, "withdraw", applyNo, reason, func(no, at string) any {
		return map[string]string{"callbackNo": no, "applyNo": applyNo, "at": at, "reason": reason}
	})
}

// Supplement is the other callback about a case.
func (s *System) Supplement(ctx context.Context, applyNo, note string) (Called, error) {
	return s.about(ctx, "supplement", applyNo, note, func(no, at string) any {
		return map[string]string{"callbackNo": no, "applyNo": applyNo, "at": at, "note": note}
	})
}

func (s *System) about(ctx context.Context, callback, applyNo, text string, body func(no, at string) any) (Called, error) {
	if _, ok := s.Case(applyNo); !ok {
		return Called{}, errNoCase
	}
	at := s.Now()
	no, out, err := s.call(ctx, callback, func(no string) any { return body(no, at.Format(time.RFC3339)) })
	c := Called{ApplyNo: applyNo, Callback: callback, Number: no, Reason: text, At: at}.answered(out, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	return c, s.record(event{Called: &c})
}

// Book books a visit for somebody.
func (s *System) Book(ctx context.Context, user string, b Booking) (Booking, error) {
	list, err := s.lists()
	if err != nil {
		return b, err
	}
	a, ok := list.account(user)
	m, known := list.matter(b.ItemCode)
	if !ok || !known {
		return b, refuse("FIELDS", "没有这个用户或事项")
	}
	b.UserID, b.ItemName, b.At = user, m.Name, s.Now()
	s.mu.Lock()
	b.AppointNo = fmt.Sprintf("YY%s%05d", strings.ReplaceAll(clock.DateOf(s.Now()).String(), "-", ""), len(s.state.bookings)+1)
	b.State = "WAITING"
	err = s.record(event{Booking: &b})
	s.mu.Unlock()
	if err != nil {
		return b, err
	}
	return s.appoint(ctx, a.Account, b, "BOOK")
}

// Unbook cancels a visit.
func (s *System) Unbook(ctx context.Context, user, appointNo string) (Booking, error) {
	list, err := s.lists()
	if err != nil {
		return Booking{}, err
	}
	a, _ := list.account(user)
	for _, b := range s.bookingsOf(user) {
		if b.AppointNo == appointNo {
			return s.appoint(ctx, a.Account, b, "CANCEL")
		}
	}
	return Booking{}, refuse("FIELDS", "没有这个预约")
}

// appoint tells the centre and keeps what it said.
func (s *System) appoint(ctx context.Context, a Account, b Booking, action string) (Booking, error) {
	idNo, err := s.Line.Seal(ctx, a.IDNo)
	if err != nil {
		return b, err
	}
	mobile, err := s.Line.Seal(ctx, a.Mobile)
	if err != nil {
		return b, err
	}
	b.Action = action
	no, out, err := s.call(ctx, "appointment", func(no string) any {
		return map[string]string{
			"callbackNo": no, "appointNo": b.AppointNo, "action": action, "itemCode": b.ItemCode, "userId": a.UserID, "name": a.Name,
			"idNo": idNo, "mobile": mobile, "date": b.Date, "period": b.Period, "place": b.Place,
		}
	})
	b.Call = no
	b = b.answered(out, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	return b, s.record(event{Booking: &b})
}

func (s *System) bookingsOf(user string) []Booking {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Booking{}
	for _, b := range s.state.bookings {
		if b.UserID == user {
			out = append(out, *b)
		}
	}
	return out
}

// controlCalls lets a test do what an applicant does at the platform.
func (s *System) controlCalls(mux *http.ServeMux, at string) {
	mux.HandleFunc("POST "+at+"/cases/{applyNo}/{callback}", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Text string `json:"text"`
		}
		err := control.Read(r, &in)
		var out Called
		switch callback := r.PathValue("callback"); {
		case err != nil:
		case callback == "withdraw":
			out, err = s.Withdraw(r.Context(), r.PathValue("applyNo"), in.Text)
		case callback == "supplement":
			out, err = s.Supplement(r.Context(), r.PathValue("applyNo"), in.Text)
		default:
			err = refuse("FIELDS", "withdraw 或 supplement")
		}
		control.Answer(w, out, err)
	})
	mux.HandleFunc("POST "+at+"/bookings", func(w http.ResponseWriter, r *http.Request) {
		var in Booking
		err := control.Read(r, &in)
		var out Booking
		if err == nil {
			out, err = s.Book(r.Context(), in.UserID, in)
		}
		control.Answer(w, out, err)
	})
	mux.HandleFunc("DELETE "+at+"/bookings/{user}/{appointNo}", func(w http.ResponseWriter, r *http.Request) {
		out, err := s.Unbook(r.Context(), r.PathValue("user"), r.PathValue("appointNo"))
		control.Answer(w, out, err)
	})
}
