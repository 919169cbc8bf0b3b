package appointment_test

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/appointment"
	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
)

func TestABookingTakesAPlace(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	r := h.ask(1, nil)
	b := h.must(platform, r)
	require.Equal(t, "YY2611240001", b.Number)
	require.Equal(t, []any{appointment.Booked, "客货运申领", "RT01"}, []any{b.State, b.Title, b.Matter})
	require.NotContains(t, b.IDNo, r.IDNo[6:14])
	require.Equal(t, 1, h.slot(am).Used)
	again := h.must(platform, r)
	require.Equal(t, b.ID, again.ID, "the same call")
	r.Call = "HD-other"
	again = h.must(platform, r)
	require.Equal(t, b.ID, again.ID, "another call about the same appointment")
	require.Equal(t, 1, h.slot(am).Used)
	require.Equal(t, 1, h.Audited(appointment.PermBook))

	r = h.ask(1, func(r *appointment.Request) { r.Call = "HD0001" })
	_, err := h.book(platform, r)
	examtest.RequireFault(t, err, "appointment.book.reused")
	_, err = h.book(platform, h.ask(1, func(r *appointment.Request) { r.Period = pm }))
	examtest.RequireFault(t, err, "appointment.book.twice")
	h.must(platform, h.ask(1, func(r *appointment.Request) { r.Matter = "RT03" })) // another matter on the same day
	_, err = h.book(platform, h.ask(1, nil))
	examtest.RequireFault(t, err, "appointment.book.twice") // although the slot is full
	_, err = h.book(platform, h.ask(2, nil))
	examtest.RequireFault(t, err, "appointment.book.full")
	require.Contains(t, fault.From(err).Text, pm, "what is free is named")
	b = h.must(platform, h.ask(2, func(r *appointment.Request) { r.Period, r.Matter = pm, "TX01" })) // a slot for everything
	require.Equal(t, pm, b.Begins+"-"+b.Ends)
}

func TestWhatCannotBeBooked(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	for code, change := range map[string]func(*appointment.Request){
		"appointment.matter":    func(r *appointment.Request) { r.Matter = "" },
		"appointment.book.day":  func(r *appointment.Request) { r.Day = "2026-12-24" },
		"appointment.book.over": func(r *appointment.Request) { r.Day, r.Period = "2026-11-23", "08:00-10:00" },
		"appointment.book.slot": func(r *appointment.Request) { r.Matter = "TX01" },
		"appointment.period":    func(r *appointment.Request) { r.Period = "上午" },
		"appointment.book.call": func(r *appointment.Request) { r.Call = "" },
		"clock.date":            func(r *appointment.Request) { r.Day = "tomorrow" },
	} {
		_, err := h.book(platform, h.ask(1, change))
		examtest.RequireFault(t, err, code)
	}
	for _, change := range []func(*appointment.Request){
		func(r *appointment.Request) { r.IDNo = "310101199001010011" }, func(r *appointment.Request) { r.Mobile = "12" }, func(r *appointment.Request) { r.Name = "<b>" },
		func(r *appointment.Request) { r.Day = "2026-11-22" },
	} {
		_, err := h.book(platform, h.ask(1, change))
		require.Equal(t, fault.Invalid, fault.From(err).Kind, "%v", err)
	}
	_, err := h.book(appointment.By{Caller: "p", Channel: appointment.Own, Blind: h.blind(2)}, h.ask(1, nil))
	examtest.RequireFault(t, err, "appointment.book.other")
	require.Zero(t, h.slot(am).Used)
}

// TestFiftyRaceForTwoPlaces: the quota holds, whoever is fastest.
func TestFiftyRaceForTwoPlaces(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	requests := make([]appointment.Request, 50)
	for i := range requests {
		requests[i] = h.ask(i+1, nil)
	}
	errs := make([]error, len(requests))
	var wg sync.WaitGroup
	for i, r := range requests {
		wg.Go(func() { _, errs[i] = h.book(platform, r) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		examtest.RequireFault(t, err, "appointment.book.full")
	}
	require.Equal(t, 2, won)
	require.Equal(t, 2, h.slot(am).Used)
}

// TestOnePersonBooksTwiceAtOnce in two slots: once only.
func TestOnePersonBooksTwiceAtOnce(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	var wg sync.WaitGroup
	errs := make([]error, 10)
	for i := range errs {
		r := h.ask(1, func(r *appointment.Request) {
			if i%2 == 0 {
				r.Period = pm
			}
		})
		wg.Go(func() { _, errs[i] = h.book(platform, r) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		// the afternoon has one place: it may be gone before the person is looked at
		require.Contains(t, []string{"appointment.book.twice", "appointment.book.full"}, fault.From(err).Code)
	}
	require.Equal(t, 1, won)
	require.Equal(t, 1, h.slot(am).Used+h.slot(pm).Used)
}

func TestACancelledPlaceIsFree(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	r := h.ask(1, nil)
	b := h.must(platform, r)
	_, err := h.cancel(appointment.By{Caller: "another", Channel: appointment.OneStop}, b.ID)
	examtest.RequireFault(t, err, "record.missing")
	_, err = h.cancel(appointment.By{Caller: "p", Channel: appointment.Own, Blind: h.blind(2)}, b.Number)
	examtest.RequireFault(t, err, "record.missing")
	for range 2 { // a repeat changes nothing
		b, err = h.cancel(platform, r.Ref)
		require.NoError(t, err)
		require.Equal(t, appointment.Cancelled, b.State)
		require.Zero(t, h.slot(am).Used)
	}
	r.Call = "HD-late"
	_, err = h.book(platform, r)
	examtest.RequireFault(t, err, "appointment.book.reused")
	b = h.must(platform, h.ask(1, nil))
	h.to(tue, "09:00")
	_, err = h.cancel(platform, b.ID)
	examtest.RequireFault(t, err, "appointment.cancel.begun")
}

// TestABookingBecomesAnApplication with what it brought along.
func TestABookingBecomesAnApplication(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	b := h.must(platform, h.ask(1, nil))
	mine := appointment.By{Caller: "applicant", Channel: appointment.Own, Blind: h.blind(1)}
	picture := examtest.Portrait(t, 1)
	code, body := h.Upload("clerk", "/api/v1/appointment/bookings/"+b.ID+"/materials/M05", map[string][]byte{"file": picture})
	require.Equal(t, http.StatusOK, code, string(body))
	code, body = h.Upload("clerk", "/api/v1/appointment/bookings/"+b.ID+"/materials/M03", map[string][]byte{"file": []byte("MZ")})
	require.Equal(t, http.StatusBadRequest, code, string(body))
	for _, broken := range [][]byte{picture[:60], []byte("\x89PNG\r\n\x1a\n"), []byte("%PDF-1.4 half of")} {
		code, body = h.Upload("clerk", "/api/v1/appointment/bookings/"+b.ID+"/materials/M03", map[string][]byte{"file": broken})
		require.Equal(t, http.StatusBadRequest, code, "it does not open, and could not be carried")
		require.Equal(t, "appointment.material.damaged", examtest.Code(t, body))
	}
	code, got := h.Do("clerk", http.MethodGet, "/api/v1/appointment/bookings/"+b.ID+"/materials/M05", nil)
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, picture, got)

	ctx := auth.System(context.Background(), "test")
	require.NoError(t, h.DB.InTx(ctx, func(tx pgx.Tx) error {
		c, err := h.Carried(ctx, tx, mine, b.ID)
		require.NoError(t, err)
		require.Equal(t, map[string]string{"address": "杨高路 1 号"}, c.Form)
		require.Len(t, c.Materials, 1)
		require.Equal(t, picture, c.Materials[0].Data)
		_, err = h.Carried(ctx, tx, appointment.By{Channel: appointment.Own, Blind: h.blind(2)}, b.ID)
		examtest.RequireFault(t, err, "record.missing")
		return nil
	}))
	for range 2 {
		out, err := h.convert(mine, b.ID, "case-1")
		require.NoError(t, err)
		require.Equal(t, []any{appointment.Converted, "case-1"}, []any{out.State, out.Case})
		require.Zero(t, h.slot(am).Used)
	}
	_, err := h.convert(mine, b.ID, "case-2")
	examtest.RequireFault(t, err, "appointment.convert.state")
	_, err = h.cancel(platform, b.ID)
	examtest.RequireFault(t, err, "appointment.cancel.state")
	h.must(platform, h.ask(1, nil)) // the day is free again for this person
}

// TestWhoStaysAwayIsBarred: three times in 90 days, marked by a clerk or by the end
// of the day; a wrong mark is put right.
func TestWhoStaysAwayIsBarred(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	var last appointment.Booking
	for _, day := range []string{"2026-11-24", "2026-11-25", "2026-11-26"} {
		if day != tue {
			h.add(day, am, "ROAD", 2)
		}
		last = h.must(platform, h.ask(1, func(r *appointment.Request) { r.Day = day }))
	}
	h.to("2026-11-27", "00:30")
	n, err := h.Expire(context.Background())
	require.NoError(t, err)
	require.Equal(t, 3, n)
	h.add("2026-12-01", am, "ROAD", 2)
	next := h.ask(1, func(r *appointment.Request) { r.Day = "2026-12-01" })
	_, err = h.book(platform, next)
	examtest.RequireFault(t, err, "appointment.book.barred")
	require.Contains(t, fault.From(err).Text, "2026-12-26")
	a, err := h.Check(context.Background(), h.DB, h.blind(1), "RT01")
	require.NoError(t, err)
	require.False(t, a.OK)
	a, err = h.Check(context.Background(), h.DB, h.blind(2), "RT01")
	require.NoError(t, err)
	require.True(t, a.OK)

	page, err := h.Show(h.As("clerk"), last.ID)
	require.NoError(t, err)
	require.Equal(t, []any{3, "2026-12-26"}, []any{page.Missed, page.Barred.String()})
	_, err = h.Arrive(h.As("clerk"), last.ID, appointment.Order{Version: page.Booking.Version})
	examtest.RequireFault(t, err, "appointment.booking.reason")
	_, err = h.Arrive(h.As("clerk"), last.ID, appointment.Order{Version: page.Booking.Version, Reason: "当天在三号窗口办理"})
	require.NoError(t, err)
	_, err = h.Missed(h.As("clerk"), last.ID, appointment.Order{Version: page.Booking.Version, Reason: "又改回来"})
	examtest.RequireFault(t, err, "appointment.booking.stale")
	h.must(platform, next)
	n, err = h.Expire(context.Background())
	require.NoError(t, err)
	require.Zero(t, n, "who is coming has not stayed away")
}

func TestMarks(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	b := h.must(platform, h.ask(1, nil))
	path := "/api/v1/appointment/bookings/" + b.ID
	mark := func(act string, v int) string {
		code, body := h.Do("clerk", http.MethodPost, path+"/"+act, map[string]any{"version": v})
		if code == http.StatusOK {
			return string(examtest.Decode[appointment.Booking](t, body).State)
		}
		return examtest.Code(t, body)
	}
	require.Equal(t, "appointment.booking.early", mark("arrive", 1))
	require.Equal(t, "appointment.booking.early", mark("missed", 1))
	h.to(tue, "10:00")
	require.Equal(t, "appointment.booking.early", mark("missed", 1))
	require.Equal(t, "appointment.booking.stale", mark("arrive", 2))
	require.Equal(t, "ARRIVED", mark("arrive", 1))
	require.Equal(t, "appointment.booking.state", mark("arrive", 2))
	require.Equal(t, 1, h.slot(am).Used, "who came has had the place")
}

// TestClosingASlot lists whom it touches; they have not stayed away.
func TestClosingASlot(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	b := h.must(platform, h.ask(1, nil))
	slot := h.slot(am)
	path := "/api/v1/appointment/slots/" + slot.ID
	code, body := h.Do("clerk", http.MethodPost, path+"/close", map[string]any{"version": slot.Version, "reason": "停电检修"})
	require.Equal(t, http.StatusForbidden, code, string(body))
	_, err := h.Resize(h.As("boss"), slot.ID, appointment.Change{Version: slot.Version, Quota: 3})
	require.NoError(t, err)
	code, body = h.Do("boss", http.MethodPost, path+"/close", map[string]any{"version": slot.Version, "reason": "停电检修"})
	require.Equal(t, "appointment.slot.stale", examtest.Code(t, body), code)
	slot = h.slot(am)
	code, body = h.Do("boss", http.MethodPost, path+"/close", map[string]any{"version": slot.Version, "reason": "停电检修"})
	require.Equal(t, http.StatusOK, code, string(body))
	shut := examtest.Decode[appointment.Shut](t, body)
	require.Equal(t, []any{appointment.Closed, 0, 3}, []any{shut.Slot.State, shut.Slot.Used, shut.Slot.Quota})
	require.Len(t, shut.Touched, 1)
	require.Equal(t, []any{b.ID, appointment.Cancelled}, []any{shut.Touched[0].ID, shut.Touched[0].State})
	_, err = h.book(platform, h.ask(2, nil))
	examtest.RequireFault(t, err, "appointment.book.closed")
	_, err = h.Reopen(h.As("boss"), slot.ID, shut.Slot.Version)
	require.NoError(t, err)
	h.must(platform, h.ask(2, nil))
	slot = h.slot(am)
	h.must(platform, h.ask(3, nil))
	_, err = h.Resize(h.As("boss"), slot.ID, appointment.Change{Version: slot.Version, Quota: 1})
	examtest.RequireFault(t, err, "appointment.slot.used")
}

// TestWeeks: days off are left out, what is there stays, a repeat makes nothing.
func TestWeeks(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := appointment.Pattern{Place: place, Group: "ROAD", From: "2026-11-24", Weeks: 2}
	for wd := 1; wd <= 5; wd++ {
		p.Hours = append(p.Hours, appointment.Hours{Weekday: wd, Period: am, Quota: 10}, appointment.Hours{Weekday: wd, Period: pm, Quota: 8})
	}
	code, body := h.Do("boss", http.MethodPost, "/api/v1/appointment/slot-weeks", p)
	require.Equal(t, http.StatusOK, code, string(body))
	got := examtest.Decode[appointment.Generated](t, body)
	require.Equal(t, appointment.Generated{Made: 17, There: 1, Off: []string{"2026-12-02"}, Makeups: []string{"2026-11-28"}}, got)
	got, err := h.Generate(h.As("boss"), p)
	require.NoError(t, err)
	require.Equal(t, []int{0, 18}, []int{got.Made, got.There})
	require.Equal(t, 2, h.slot(am).Quota, "what was there stays")
	for code, change := range map[string]func(*appointment.Pattern){
		"appointment.slot.past":  func(p *appointment.Pattern) { p.From = "2026-11-22" },
		"appointment.slot.far":   func(p *appointment.Pattern) { p.From = "2028-01-01" },
		"appointment.slot.group": func(p *appointment.Pattern) { p.Group = "BIKE" },
		"appointment.slot.place": func(p *appointment.Pattern) { p.Place = " \n " },
		"appointment.slot.overlap": func(p *appointment.Pattern) {
			p.Hours = []appointment.Hours{{1, "09:00-11:00", 1}, {1, "10:00-12:00", 1}}
		},
		"appointment.period": func(p *appointment.Pattern) { p.Hours = []appointment.Hours{{1, "morning", 1}} },
	} {
		bad := p
		change(&bad)
		_, err := h.Generate(h.As("boss"), bad)
		examtest.RequireFault(t, err, code)
	}
	far := p
	far.From = "2027-01-04" // no calendar of that year
	_, err = h.Generate(h.As("boss"), far)
	require.Error(t, err)
	err = h.Add(h.As("boss"), appointment.Draft{Day: tue, Period: "10:00-12:00", Place: place, Group: "ROAD", Quota: 1})
	examtest.RequireFault(t, err, "appointment.slot.there")
}

// TestAClerkBooksOnTheTelephone, finds people and calls them; every act is recorded.
func TestAClerkBooksOnTheTelephone(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	call := map[string]any{"event_id": "event-0001", "matter": "RT01", "name": "李四", "id_no": examtest.IDNumber(4), "mobile": "19900000004", "day": tue, "period": am, "place": place}
	code, body := h.Do("boss", http.MethodPost, "/api/v1/appointment/bookings", call)
	require.Equal(t, http.StatusForbidden, code, string(body))
	var b appointment.Booking
	for range 2 {
		code, body = h.Do("clerk", http.MethodPost, "/api/v1/appointment/bookings", call)
		require.Equal(t, http.StatusCreated, code, string(body))
		b = examtest.Decode[appointment.Booking](t, body)
	}
	require.NotContains(t, string(body), examtest.IDNumber(4))
	require.NotContains(t, string(body), "19900000004")
	for query, want := range map[string]int{
		"?q=" + examtest.IDNumber(4): 1, "?q=" + examtest.IDNumber(5): 0, "?q=" + b.Number: 1, "?from=" + tue + "&to=" + tue: 1, "?from=2026-11-25": 0,
		"?state=BOOKED&channel=WINDOW&matter=RT01&slot=" + b.Slot: 1, "?state=ARRIVED": 0, "": 1,
	} {
		code, body = h.Do("clerk", http.MethodGet, "/api/v1/appointment/bookings"+query, nil)
		require.Equal(t, http.StatusOK, code, string(body))
		require.Equal(t, want, examtest.Decode[db.List[appointment.Booking]](t, body).Total, query)
	}
	path := "/api/v1/appointment/bookings/" + b.ID
	code, body = h.Do("clerk", http.MethodPost, path+"/reveal", map[string]any{"reason": "通知改期"})
	require.Equal(t, http.StatusOK, code, string(body))
	require.Contains(t, string(body), "19900000004")
	code, body = h.Do("clerk", http.MethodPost, path+"/cancel", map[string]any{"version": 1, "reason": ""})
	require.Equal(t, "appointment.booking.reason", examtest.Code(t, body), code)
	code, body = h.Do("clerk", http.MethodPost, path+"/cancel", map[string]any{"version": 1, "reason": "本人来电取消"})
	require.Equal(t, http.StatusOK, code, string(body))
	for _, action := range []string{appointment.PermBook, appointment.PermReveal, "appointment.booking.cancel"} {
		require.Equal(t, 1, h.Audited(action), action)
	}
	code, body = h.Do("clerk", http.MethodGet, "/api/v1/appointment/words", nil)
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, string(body), place)
}
