package application_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
)

// A lost certificate, from the window to the hand that takes the new one.
func TestAReissueFromTheWindowToTheHand(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.opened("RT04")
	require.Equal(t, licensing.Draft, p.State)
	require.Len(t, p.ApplyNo, 15)
	require.Equal(t, "310***********0014", p.Values["id_no"])
	require.NotContains(t, fmt.Sprintf("%+v", p), driver)
	require.Equal(t, "2030-03-01", p.Values["valid_until"], "filled in from the certificate")
	require.Contains(t, p.Possible, licensing.Submit)
	name, pdf, err := h.Form(h.As("clerk"), p.ID, "M01")
	require.NoError(t, err, "the clerk sees the form that the applicant signs")
	require.Equal(t, []string{"从业资格证件换发、补发、变更登记表.pdf", "%PDF"}, []string{name, string(pdf[:4])})
	_, _, err = h.Form(h.As("clerk"), p.ID, "M05")
	require.True(t, fault.Is(err, "licensing.case.form.none"), err)
	_, _, err = h.Form(h.As("nobody"), p.ID, "M01")
	require.True(t, fault.Is(err, "auth.forbidden"), err)

	p = h.do("clerk", p, licensing.Submit, "")
	require.Equal(t, licensing.Received, p.State)
	require.Equal(t, "2026-11-30", p.Due.String(), "five working days to accept")
	require.Equal(t, []string{application.NotYet, application.Pass}, []string{standing(p, "E10").Result, standing(p, "E01").Result}, "what was not looked at waits for nobody")
	p = h.do("clerk", p, licensing.Accept, "")
	require.Equal(t, licensing.Accepted, p.State)
	require.True(t, strings.HasPrefix(p.AcceptNo, "SL20261123"))
	for _, c := range p.Checks {
		require.NotEqual(t, application.NotYet, c.Result, c.Code)
	}
	require.Equal(t, "2026-11-26", p.Due.String(), "three promised")

	p, err = h.Claim(h.As("rev"), p.ID, application.Order{ID: h.id(), Version: p.Revision})
	require.NoError(t, err)
	_, err = h.Service.Do(h.As("rev"), p.ID, licensing.PassReview, application.Order{ID: h.id(), Version: p.Revision, Text: "符合条件"})
	require.True(t, fault.Is(err, "licensing.case.unsettled"), "what no system answered is for a person first: %v", err)
	p = h.do("rev", h.confirmed("rev", p), licensing.PassReview, "材料齐全，符合条件")
	p = h.do("boss", p, licensing.Grant, "")
	require.Equal(t, licensing.Granted, p.State)
	held, err := h.Holders(t.Context(), h.DB, "RT04")
	require.NoError(t, err)
	require.Equal(t, map[int]int{1: 1}, held)
	p = h.do("clerk2", p, licensing.MakeCertificate, "")
	p = h.do("clerk2", p, licensing.CertificateDone, "")
	p = h.do("clerk2", p, licensing.Deliver, "本人领取")
	require.Equal(t, licensing.Completed, p.State)
	require.True(t, p.Due.IsZero())
	require.Empty(t, p.Possible)

	list, err := h.people.Licences(t.Context(), h.DB, h.person.ID)
	require.NoError(t, err)
	require.Equal(t, 2, list[0].PrintVersion)
	require.Equal(t, "2030-03-01", list[0].ValidTo.String(), "a reissue does not lengthen anything")
	require.Equal(t, []licensing.Event{
		licensing.Save, licensing.Submit, licensing.Receive, licensing.Accept, licensing.Assign, licensing.PassReview,
		licensing.Grant, licensing.MakeCertificate, licensing.CertificateDone, licensing.Deliver,
	}, events(p))
	require.Equal(t, []string{"D13", "D02", "D05", "D09"}, letters(p))
	h.Staff("files", practitioner.PermList)
	lines, err := h.people.Timeline(h.As("files"), h.person.ID, practitioner.TimelineFilter{Kind: "CASE"}, db.Page{})
	require.NoError(t, err)
	require.Equal(t, 9, lines.Total, "every step of the case that moved it stands in the person's file")
	require.Equal(t, []string{p.ID, ""}, []string{lines.Items[0].Case, lines.Items[0].Ref}, "an id is no number to read")
}

func letters(p application.Page) []string {
	out := make([]string, len(p.Letters))
	for i, l := range p.Letters {
		out[i] = l.Kind
	}
	return out
}

func events(p application.Page) []licensing.Event {
	out := make([]licensing.Event, len(p.Course))
	for i, c := range p.Course {
		out[i] = c.Event
	}
	return out
}

func TestACancellationMakesNoCertificate(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	d := h.draft("RT07")
	d.Form["reason"] = "SELF"
	p, err := h.Open(h.As("clerk"), d)
	require.NoError(t, err)
	for _, code := range []string{"M03", "M08"} {
		p, err = h.Attach(h.As("clerk"), p.ID, code, "", nil)
		require.NoError(t, err)
	}
	p = h.do("clerk", p, licensing.Submit, "")
	p = h.do("clerk", p, licensing.Accept, "")
	p, err = h.Claim(h.As("rev"), p.ID, application.Order{ID: h.id(), Version: p.Revision})
	require.NoError(t, err)
	p = h.do("rev", h.confirmed("rev", p), licensing.PassReview, "同意注销")
	p = h.do("boss", p, licensing.Grant, "")
	_, err = h.Service.Do(h.As("clerk"), p.ID, licensing.MakeCertificate, application.Order{ID: h.id(), Version: p.Revision})
	require.True(t, fault.Is(err, "licensing.case.state"), err)
	p = h.do("clerk", p, licensing.CertificateDone, "")
	require.Equal(t, licensing.Delivering, p.State)
	list, err := h.people.Licences(t.Context(), h.DB, h.person.ID)
	require.NoError(t, err)
	require.Equal(t, practitioner.Cancelled, list[0].State)
}

func TestAnIncompleteApplicationIsToldEverythingAtOnce(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	d := h.draft("RT04")
	delete(d.Form, "statement")
	delete(d.Form, "address")
	p, err := h.Open(h.As("clerk"), d)
	require.NoError(t, err)
	before := dbtest.Snapshot(t, h.DB)
	_, err = h.Service.Do(h.As("clerk"), p.ID, licensing.Submit, application.Order{ID: h.id(), Version: p.Revision})
	require.True(t, fault.Is(err, "licensing.case.submit.incomplete"), err)
	for _, part := range []string{"情况说明", "联系地址", "居民身份证", "照片"} {
		require.ErrorContains(t, err, part)
	}
	require.Equal(t, before, dbtest.Snapshot(t, h.DB), "nothing changed")
	form := p.Values
	form["statement"], form["address"] = "上周在公交车上遗失", "上海市浦东新区世纪大道 1 号"
	p, err = h.Edit(h.As("clerk"), p.ID, application.Edited{ID: h.id(), Version: p.Revision, Categories: p.Categories, Form: form})
	require.NoError(t, err)
	require.Equal(t, "310***********0014", p.Values["id_no"], "a masked field that came back is what it was")
	for _, code := range []string{"M03"} {
		_, err = h.Attach(h.As("clerk"), p.ID, code, "", nil)
		require.NoError(t, err)
	}
	p, err = h.Attach(h.As("clerk"), p.ID, "M05", "照片.jpg", []byte(jpeg))
	require.NoError(t, err)
	require.Equal(t, licensing.Received, h.do("clerk", p, licensing.Submit, "").State)
}

// The same order twice, a stale page, and two officers at once: one effect.
func TestRepeatsAndRaces(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.do("clerk", h.opened("RT04"), licensing.Submit, "")
	o := application.Order{ID: "the-same-order", Version: p.Revision}
	first, err := h.Service.Do(h.As("clerk"), p.ID, licensing.Accept, o)
	require.NoError(t, err)
	again, err := h.Service.Do(h.As("clerk"), p.ID, licensing.Accept, o)
	require.NoError(t, err, "a double click")
	require.Equal(t, first.Revision, again.Revision)
	require.Equal(t, first.AcceptNo, again.AcceptNo)
	_, err = h.Service.Do(h.As("clerk"), p.ID, licensing.Withdraw, application.Order{ID: "the-same-order", Version: first.Revision, Text: "申请人要求撤回"})
	require.True(t, fault.Is(err, "licensing.case.repeated"), err)
	_, err = h.Service.Do(h.As("clerk"), p.ID, licensing.Withdraw, application.Order{ID: h.id(), Version: p.Revision, Text: "申请人要求撤回"})
	require.True(t, fault.Is(err, "licensing.case.stale"), err)

	var won atomic.Int64
	var wg sync.WaitGroup
	for _, who := range []string{"rev", "rev2", "rev3"} {
		wg.Go(func() {
			_, err := h.Claim(h.As(who), p.ID, application.Order{ID: h.id(), Version: first.Revision})
			if err == nil {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	require.Equal(t, int64(1), won.Load(), "one reviewer has it")
}

func TestOneApplicationAtATimeForACertificate(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	a, b := h.opened("RT04"), h.opened("RT04")
	var wg sync.WaitGroup
	var won, lost atomic.Int64
	for _, p := range []application.Page{a, b} {
		wg.Go(func() {
			_, err := h.Service.Do(h.As("clerk"), p.ID, licensing.Submit, application.Order{ID: h.id(), Version: p.Revision})
			switch {
			case err == nil:
				won.Add(1)
			case fault.Is(err, "licensing.case.submit.conflict"):
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, int64(1), won.Load())
	require.Equal(t, int64(1), lost.Load())
}

// Only what the applicant can put right is asked for, and the form can be put
// right too; our own records stand in only where a check looks at them.
func TestWhatIsAskedForCanBeMended(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.do("clerk", h.opened("RT04"), licensing.Submit, "")
	for _, key := range []string{"M01", "M02", "nothing"} {
		_, err := h.Service.Do(h.As("clerk"), p.ID, licensing.RequireCorrection, application.Order{ID: h.id(), Version: p.Revision, Defects: []application.Defect{
			{Part: "MATERIAL", Key: key, Name: key, Reason: "不清楚", HowTo: "请重新提供"},
		}})
		require.True(t, fault.Is(err, "licensing.case.require_correction.item"), "%s: %v", key, err)
	}
	p, err := h.Service.Do(h.As("clerk"), p.ID, licensing.RequireCorrection, application.Order{ID: h.id(), Version: p.Revision, Defects: []application.Defect{
		{Part: "FIELD", Key: "statement", Name: "情况说明", Reason: "过于简单", HowTo: "请写明时间和地点"},
	}})
	require.NoError(t, err)
	form := p.Values
	form["statement"] = "十一月二十日在 71 路公交车上遗失"
	p, err = h.Edit(h.As("clerk"), p.ID, application.Edited{ID: h.id(), Version: p.Revision, Categories: p.Categories, Form: form})
	require.NoError(t, err)
	require.Equal(t, licensing.Correcting, p.State)
	p = h.do("clerk", p, licensing.Supplement, "")
	require.Equal(t, "十一月二十日在 71 路公交车上遗失", p.Values["statement"])

	d := h.draft("DG01")
	d.Licence, d.Categories = "", []string{"03003"}
	first, err := h.Open(h.As("clerk"), d)
	require.NoError(t, err)
	_, err = h.Service.Do(h.As("clerk"), first.ID, licensing.Submit, application.Order{ID: h.id(), Version: first.Revision})
	require.ErrorContains(t, err, "考试合格成绩", "nobody has passed")
	require.ErrorContains(t, err, "从业资格培训证明", "and no check looks at it")
}

func TestACorrectionIsAskedForOnce(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.do("clerk", h.opened("RT04"), licensing.Submit, "")
	_, err := h.Service.Do(h.As("clerk"), p.ID, licensing.RequireCorrection, application.Order{ID: h.id(), Version: p.Revision})
	require.True(t, fault.Is(err, "licensing.case.require_correction.none"), err)
	o := application.Order{ID: h.id(), Version: p.Revision, Defects: []application.Defect{
		{Part: "MATERIAL", Key: "M05", Name: "近期免冠白底彩色照片", Reason: "不是白底", HowTo: "请重新拍摄白底照片"},
	}}
	p, err = h.Service.Do(h.As("clerk"), p.ID, licensing.RequireCorrection, o)
	require.NoError(t, err)
	require.Equal(t, licensing.Correcting, p.State)
	require.Equal(t, application.ToCorrect, p.DueClock)
	_, err = h.Service.Do(h.As("clerk"), p.ID, licensing.Supplement, application.Order{ID: h.id(), Version: p.Revision})
	require.True(t, fault.Is(err, "licensing.case.supplement.missing"), err)
	h.Clock.Advance(time.Hour)
	p, err = h.Attach(h.As("clerk"), p.ID, "M05", "新照片.jpg", []byte(jpeg))
	require.NoError(t, err)
	p = h.do("clerk", p, licensing.Supplement, "")
	require.Equal(t, licensing.Received, p.State)
	require.True(t, p.Defects[0].Solved)
	require.NotContains(t, p.Possible, licensing.RequireCorrection)
	o.ID, o.Version = h.id(), p.Revision
	_, err = h.Service.Do(h.As("clerk"), p.ID, licensing.RequireCorrection, o)
	require.True(t, fault.Is(err, "licensing.case.corrected"), err)
}

// Nobody answers in five working days: accepted, from the day of receipt; an
// applicant who does not answer ends the case. Any number of copies may run it.
func TestDaysThatPass(t *testing.T) {
	t.Parallel()
	h := newHall(t) // Monday 2026-11-23
	p := h.do("clerk", h.opened("RT04"), licensing.Submit, "")
	h.Clock.Advance(7*24*time.Hour + 14*time.Hour) // Monday 2026-11-30, 23:00 in Shanghai
	moved, err := h.Expire(t.Context())
	require.NoError(t, err)
	require.Zero(t, moved, "the last day is not over")
	h.Clock.Advance(time.Hour)
	var total atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			n, err := h.Expire(context.Background())
			if err != nil {
				t.Error(err)
			}
			total.Add(int64(n))
		})
	}
	wg.Wait()
	require.Equal(t, int64(1), total.Load())
	p, err = h.Show(h.As("clerk"), p.ID)
	require.NoError(t, err)
	require.Equal(t, licensing.Accepted, p.State)
	require.Equal(t, "2026-11-23", p.AcceptedOn.String())
	require.Equal(t, "2026-11-26", p.Due.String())
	require.Equal(t, application.Red, p.Light)
}

func TestACaseEditedBehindTheProgramsBackStandsStill(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.reviewed("RT04")
	_, err := h.DB.Exec(t.Context(), `UPDATE licensing_case SET strict = true WHERE id = $1`, p.ID)
	require.NoError(t, err)
	_, err = h.Service.Do(h.As("boss"), p.ID, licensing.Grant, application.Order{ID: h.id(), Version: p.Revision})
	require.True(t, fault.Is(err, "licensing.case.tampered"), err)
	_, err = h.DB.Exec(t.Context(), `UPDATE licensing_case SET strict = false WHERE id = $1`, p.ID)
	require.NoError(t, err)
	_, err = h.DB.Exec(t.Context(), `UPDATE licensing_event SET text = 'x' WHERE case_id = $1 AND seq = 6`, p.ID)
	require.ErrorContains(t, err, "append-only")
	h.do("boss", p, licensing.Grant, "")
}

func TestRevocationStopsWhatWouldBeGranted(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.reviewed("RT04")
	h.revoke(practitioner.Road, driver)
	_, err := h.Service.Do(h.As("boss"), p.ID, licensing.Grant, application.Order{ID: h.id(), Version: p.Revision + 1})
	require.True(t, fault.Is(err, "licensing.case.revoked"), err)
	h.suspendRevocation()
	p, err = h.Show(h.As("boss"), p.ID)
	require.NoError(t, err)
	require.False(t, p.Revoked)
	h.do("boss", p, licensing.Grant, "")
}

func TestRightsOverHTTP(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.do("clerk", h.opened("RT04"), licensing.Submit, "")
	at := "/api/v1/licensing/cases/" + p.ID
	body := application.Order{ID: h.id(), Version: p.Revision, Text: "理由写在这里"}
	for who, wants := range map[string]map[string]int{
		"nobody": {"": 403, "/accept": 403, "/grant": 403},
		"rev":    {"": 200, "/accept": 403, "/grant": 403, "/claim": 409},
		"boss":   {"": 200, "/accept": 403, "/grant": 409},
		"":       {"": 401, "/accept": 401},
	} {
		for verb, want := range wants {
			method, in := http.MethodPost, any(body)
			if verb == "" {
				method, in = http.MethodGet, nil
			}
			status, answer := h.World.Do(who, method, at+verb, in)
			require.Equal(t, want, status, "%s %s: %s", who, verb, answer)
			require.NotContains(t, string(answer), driver)
		}
	}
	status, answer := h.World.Do("clerk", http.MethodGet, "/api/v1/licensing/cases?q="+driver, nil)
	require.Equal(t, 200, status)
	require.Contains(t, string(answer), p.ApplyNo)
	status, _ = h.World.Do("clerk", http.MethodPost, at+"/accept", `{"event_id":"xxxxxxxx","version":1}`)
	require.Equal(t, 409, status, "stale")
}

// What nobody can carry out on the file is not taken, so that nothing is granted
// in words only.
func TestAMatterWithoutItsEffectIsNotTaken(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	for code, want := range map[string]string{"XP02": "licensing.case.open.channel", "NO99": "licensing.matter.missing"} {
		_, err := h.Blank(h.As("clerk"), code)
		require.True(t, fault.Is(err, want), "%s: %v", code, err)
		_, err = h.Open(h.As("clerk"), h.draft(code))
		require.True(t, fault.Is(err, want), "%s: %v", code, err)
	}
	_, err := h.Blank(h.As("clerk"), "RT04")
	require.NoError(t, err)
	_, err = h.Offered("AP01")
	require.True(t, fault.Is(err, "licensing.case.open.effect"), "%v", err)
}
