package onestop

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/appointment"
	"huyun.internal/cloud/external"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

type appointmentIn struct {
	CallbackNo string `json:"callbackNo"`
	AppointNo  string `json:"appointNo"`
	Action     string `json:"action"`
	ItemCode   string `json:"itemCode"`
	UserID     string `json:"userId"`
	Name       string `json:"name"`
	IDNo       string `json:"idNo"`
	Mobile     string `json:"mobile"`
	Date       string `json:"date"`
	Period     string `json:"period"`
	Place      string `json:"place"`
}

type appointmentOut struct {
	CallbackNo string `json:"callbackNo"`
	Accepted   bool   `json:"accepted"`
	Number     string `json:"number,omitempty"`
	Reason     string `json:"reason,omitempty"`
}

// Visits receives the platform's callbacks about appointments (M15).
type Visits struct {
	DB    *db.DB
	Clock clock.Clock
	Log   *slog.Logger
	Keys  external.Opener
	Book  *appointment.Service
}

// Register adds the operation to the partner interface.
func (v *Visits) Register(w *web.Web) {
	external.Receive(w, web.Op{ID: "external.onestop.appointment", Perm: Perm, Method: http.MethodPost, Path: Path + "appointment", Summary: "接收预约和取消"}, v.Log, v.take)
}

func (v *Visits) take(ctx context.Context, sender string, m appointmentIn) (appointmentOut, error) {
	r := appointment.Request{
		Call: m.CallbackNo, Ref: m.AppointNo, Account: m.UserID, Matter: m.ItemCode, Name: m.Name, Day: m.Date, Period: m.Period, Place: m.Place,
	}
	if err := v.open(&m, &r); err != nil {
		return appointmentOut{}, err
	}
	by, number := appointment.By{Caller: sender, Channel: appointment.OneStop}, ""
	in := &Inbound{DB: v.DB, Clock: v.Clock, Log: v.Log}
	return once(ctx, in, "appointment", m.CallbackNo, m.AppointNo, m, func(tx pgx.Tx) error {
		var b appointment.Booking
		var err error
		if m.Action == "BOOK" {
			b, err = v.Book.Book(ctx, tx, by, r)
		} else {
			b, err = v.Book.Cancel(ctx, tx, by, m.AppointNo, "本人在一网通办取消")
		}
		number = b.Number
		return err
	}, func(why string) appointmentOut {
		if why != "" {
			return appointmentOut{CallbackNo: m.CallbackNo, Reason: why}
		}
		return appointmentOut{CallbackNo: m.CallbackNo, Accepted: true, Number: number}
	})
}

// open checks a message and reads its sealed numbers. In the message, which is kept
// as a digest, masks take their place: sealed again they differ, and in the clear
// they could be guessed.
func (v *Visits) open(m *appointmentIn, r *appointment.Request) error {
	var bad []string
	word := func(s string, most int) bool {
		return s != "" && len(s) <= most && person.Line(s) && strings.TrimSpace(s) == s
	}
	if !word(m.CallbackNo, mostNo) || !word(m.AppointNo, mostNo) {
		bad = append(bad, "callbackNo、appointNo：应为不超过 48 个字符的一行文字")
	}
	if m.Action != "BOOK" && m.Action != "CANCEL" {
		bad = append(bad, "action：应为 BOOK 或 CANCEL")
	}
	if !word(m.Name, 150) || !word(m.Place, 120) || len(m.UserID) > mostNo {
		bad = append(bad, "name、place、userId：应为不超长的一行文字")
	}
	number, err := external.Number(v.Keys, m.IDNo)
	mobile, err2 := external.Number(v.Keys, m.Mobile)
	if err != nil || err2 != nil {
		bad = append(bad, "idNo、mobile：加密字段无法解密，请核对本系统的公钥")
	}
	if _, err := person.CheckText(struct{ A, B, C, D, E string }{m.Name, m.Place, m.CallbackNo, m.AppointNo, m.UserID}); fault.Is(err, "request.text.id") {
		bad = append(bad, "文字字段中不能出现身份证号码")
	}
	if len(bad) > 0 {
		return fault.Newf(fault.Invalid, "external.onestop.fields", "未接收，有 %d 处错误：%s", len(bad), strings.Join(bad, "；"))
	}
	r.IDNo, r.Mobile = number, mobile
	m.IDNo, m.Mobile = "", ""
	if id, err := person.ParseID(number); err == nil {
		m.IDNo = id.Mask()
	}
	if tel, err := person.ParseMobile(mobile); err == nil {
		m.Mobile = tel.Mask()
	}
	return nil
}
