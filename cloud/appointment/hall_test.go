package appointment_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/appointment"
	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/person"
)

const (
	place = "政务服务大厅"
	tue   = "2026-11-24" // the day after the clock's
	am    = "09:00-11:30"
	pm    = "13:30-16:30"
)

// hall has slots on the Tuesday: two places for road matters in the morning and
// one for everything in the afternoon.
type hall struct {
	*examtest.World
	*appointment.Service
	t *testing.T
	n int
}

func newHall(t *testing.T) *hall {
	t.Helper()
	h := &hall{World: examtest.New(t), t: t}
	h.Service = appointment.New(h.DB, h.Keys, h.Audit, h.Blobs, h.Clock)
	h.Matters = func() []appointment.Matter {
		return []appointment.Matter{
			{Code: "RT01", ItemCode: "310190001001", Name: "客货运申领", Group: "ROAD"}, {Code: "RT03", ItemCode: "310190001003", Name: "客货运换证", Group: "ROAD"},
			{Code: "TX01", ItemCode: "310190003001", Name: "巡游新增", Group: "TAXI"},
		}
	}
	h.Groups = func() []appointment.Word {
		return []appointment.Word{{Code: "ROAD", Name: "客货运"}, {Code: "TAXI", Name: "巡游"}}
	}
	h.Calendar = func(context.Context, db.Q) (*clock.Calendar, error) {
		return clock.NewCalendar([]clock.Entry{
			{Date: clock.Date{Year: 2026, Month: 12, Day: 2}, Kind: clock.Holiday}, {Date: clock.Date{Year: 2026, Month: 11, Day: 28}, Kind: clock.Makeup},
		})
	}
	appointment.Register(h.Web, h.Service)
	h.Staff("boss", appointment.PermSlots, appointment.PermSave, appointment.PermList)
	h.Staff("clerk", appointment.PermSlots, appointment.PermList, appointment.PermBook, appointment.PermMark, appointment.PermReveal)
	h.add(tue, am, "ROAD", 2)
	h.add(tue, pm, appointment.Any, 1)
	return h
}

func (h *hall) add(day, period, group string, quota int) {
	h.t.Helper()
	require.NoError(h.t, h.Add(h.As("boss"), appointment.Draft{Day: day, Period: period, Place: place, Group: group, Quota: quota}))
}

var platform = appointment.By{Caller: "onestop-sh", Channel: appointment.OneStop}

// ask is the n-th person's request.
func (h *hall) ask(n int, change func(*appointment.Request)) appointment.Request {
	h.n++
	r := appointment.Request{
		Call: fmt.Sprintf("HD%04d", h.n), Ref: fmt.Sprintf("YY%04d", h.n), Account: "P1", Matter: "310190001001", Name: "张三", IDNo: examtest.IDNumber(n),
		Mobile: "19900000001", Day: tue, Period: am, Place: place, Form: map[string]string{"address": "杨高路 1 号"},
	}
	if change != nil {
		change(&r)
	}
	return r
}

func (h *hall) book(by appointment.By, r appointment.Request) (out appointment.Booking, err error) {
	ctx := auth.System(context.Background(), "test")
	return out, h.DB.InTx(ctx, func(tx pgx.Tx) error {
		out, err = h.Book(ctx, tx, by, r)
		return err
	})
}

func (h *hall) cancel(by appointment.By, key string) (out appointment.Booking, err error) {
	ctx := auth.System(context.Background(), "test")
	return out, h.DB.InTx(ctx, func(tx pgx.Tx) error {
		out, err = h.Cancel(ctx, tx, by, key, "不来了")
		return err
	})
}

func (h *hall) convert(by appointment.By, key, caseID string) (out appointment.Booking, err error) {
	ctx := auth.System(context.Background(), "test")
	return out, h.DB.InTx(ctx, func(tx pgx.Tx) error {
		out, err = h.Convert(ctx, tx, by, key, caseID)
		return err
	})
}

func (h *hall) must(by appointment.By, r appointment.Request) appointment.Booking {
	h.t.Helper()
	b, err := h.book(by, r)
	require.NoError(h.t, err)
	return b
}

func (h *hall) slot(period string) appointment.Slot {
	h.t.Helper()
	list, err := h.Slots(h.As("boss"), appointment.SlotFilter{From: tue, To: tue}, db.Page{Page: 1, PageSize: 50})
	require.NoError(h.t, err)
	for _, s := range list.Items {
		if s.Period() == period {
			return s
		}
	}
	h.t.Fatal("no slot ", period)
	return appointment.Slot{}
}

func (h *hall) blind(n int) []byte {
	id, err := person.ParseID(examtest.IDNumber(n))
	require.NoError(h.t, err)
	return h.Keys.Person(id)
}

// to moves the clock to an hour of a day.
func (h *hall) to(day, hour string) {
	h.t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", day+" "+hour, clock.Shanghai())
	require.NoError(h.t, err)
	h.Clock.SetWall(at)
}
