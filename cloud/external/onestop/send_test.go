package onestop

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/calendar"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/cloud/platform/jobs"
	"huyun.internal/protocol/fault"
)

func TestSQL(t *testing.T) {
	t.Parallel()
	dbtest.Prepare(t, dbtest.New(t), beginSQL, userSQL, knownSQL, messageSQL, lockCaseSQL, nextSQL, lastSeqSQL, seqSQL, sentSQL, failedSQL, refusedSQL, stepSQL, againSQL,
		unsentSQL, takeSQL, freeSQL, addSQL, stocksSQL, knowSQL, heardSQL, answerSQL, saidSQL, rowSQL, someSQL, oneSQL, lockSQL, ofCaseSQL, bodySQL, stepsSQL,
		resendSQL, skipSQL, standingSQL, lastSentSQL, lastFailSQL, reportRow, reportSQL, askSQL, runningSQL, endSQL, clearSQL, differSQL, differenceRow,
		toCompareSQL, oursSQL, deliverySQL, insertNoticeSQL, waitingNoticeSQL, noticedSQL, overdueSQL, toTellSQL)
}

// TestACaseOfAWindowIsToldStepByStep, and nothing but its steps.
func TestACaseOfAWindowIsToldStepByStep(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.work(o.queue)
	p := o.window(1)
	p = o.granted(o.do("clerk", p, licensing.Accept, ""))
	p = o.do("clerk", p, licensing.MakeCertificate, "")
	p = o.do("clerk", p, licensing.CertificateDone, "")
	o.do("clerk", p, licensing.Deliver, "本人领取")
	o.until(func() bool { return o.allSent(p.ApplyNo) })
	require.Equal(t, []string{"01", "02", "05", "08", "10", "11"}, o.platform.nodes(p.ApplyNo))
	require.Len(t, o.platform.endpoints(p.ApplyNo), 6, "no documents")
	accepted := o.platform.cases[p.ApplyNo][1].body
	require.Equal(t, "2026-11-23", accepted["acceptTime"])
	require.Equal(t, "2026-11-26", accepted["promiseTime"])
	require.EqualValues(t, 3, accepted["remainDays"])
	require.NotContains(t, o.platform.cases[p.ApplyNo][2].body["opinion"], "材料齐全", "what officials say to each other stays here")
	require.Equal(t, []string{saveApply}, o.platform.other[p.ApplyNo])
}

// TestAProposedRefusalIsNotTold: outside it is under decision, as when a review has
// passed, and what is told is the decision.
func TestAProposedRefusalIsNotTold(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.work(o.queue)
	_, p := o.online(1)
	p = o.do("clerk", o.do("clerk", p, licensing.Receive, ""), licensing.Accept, "")
	p, err := o.cases.Claim(o.As("rev"), p.ID, application.Order{ID: o.id(), Version: p.Revision})
	require.NoError(t, err)
	p = o.do("rev", p, licensing.ProposeRefusal, "内部意见：拟不予许可")
	p, err = o.cases.Do(o.As("boss"), p.ID, licensing.Deny, application.Order{ID: o.id(), Version: p.Revision, Text: "不符合规定的条件", Unmet: []string{p.Grounds[0].Article}})
	require.NoError(t, err)
	o.until(func() bool { return o.allSent(p.ApplyNo) })
	require.Equal(t, []string{"01", "02", "05", "09", "11"}, slices.Compact(o.platform.nodes(p.ApplyNo)))
	var bodies string
	require.NoError(t, o.DB.QueryRow(t.Context(), "SELECT string_agg(body, ' ') FROM onestop_message").Scan(&bodies))
	require.NotContains(t, bodies, "拟不予许可")
	require.Contains(t, bodies, "不符合规定的条件")
}

// TestAnApplicantReadsEverythingOnline: all that has to be put right at once, the
// decision, and every letter as it was issued, with the receipt as its delivery.
func TestAnApplicantReadsEverythingOnline(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	stop := o.work(o.queue)
	_, p := o.online(1)
	p = o.do("clerk", p, licensing.Receive, "")
	p, err := o.cases.Do(o.As("clerk"), p.ID, licensing.RequireCorrection, application.Order{ID: o.id(), Version: p.Revision, Defects: []application.Defect{
		{Part: "MATERIAL", Key: "M05", Name: "照片", Reason: "不是白底", HowTo: "请重新拍摄白底照片"},
		{Part: "MATERIAL", Key: "M03", Name: "身份证", Reason: "不清晰", HowTo: "请重新上传"},
	}})
	require.NoError(t, err)
	o.until(func() bool { return o.allSent(p.ApplyNo) })
	stop()
	require.Equal(t, []string{status, document, status, correction, document}, o.platform.endpoints(p.ApplyNo))
	require.Subset(t, o.platform.other[p.ApplyNo], []string{saveApply, uploadStuff, submitApply})
	require.Equal(t, submitApply, o.platform.other[p.ApplyNo][len(o.platform.other[p.ApplyNo])-1])
	told := o.platform.cases[p.ApplyNo][3].body
	require.Len(t, told["defects"], 2, "all of it, once")
	require.NotEmpty(t, told["dueTime"])
	list, err := o.letters.OfCase(t.Context(), o.DB, p.ID)
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, "YW-"+p.ApplyNo+"-2", list[0].Delivered.Number, "the receipt is the delivery")
	for i, n := range []int{1, 4} {
		body := o.platform.cases[p.ApplyNo][n].body
		require.Equal(t, list[i].Kind, body["documentType"])
		require.Equal(t, fmt.Sprintf("%x", list[i].Digest), body["sm3"])
		require.NotEmpty(t, body["file"])
	}
	require.Equal(t, []string{"D13 YW-" + p.ApplyNo + "-2", "D04 YW-" + p.ApplyNo + "-5"}, o.notes)
	var bodies string
	require.NoError(t, o.DB.QueryRow(t.Context(), "SELECT string_agg(body, ' ') FROM onestop_message").Scan(&bodies))
	require.NotContains(t, bodies, examtest.IDNumber(1))
}

// TestARefusalIsDeliveredByItsReceipt: when the platform has every letter, the case
// is at its end, and the platform is told that as well.
func TestARefusalIsDeliveredByItsReceipt(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	stop := o.work(o.queue)
	_, p := o.online(1)
	p = o.do("clerk", o.do("clerk", p, licensing.Receive, ""), licensing.Accept, "")
	p, err := o.cases.Claim(o.As("rev"), p.ID, application.Order{ID: o.id(), Version: p.Revision})
	require.NoError(t, err)
	p = o.do("rev", p, licensing.ProposeRefusal, "不符合规定的条件")
	_, err = o.cases.Do(o.As("boss"), p.ID, licensing.Deny, application.Order{ID: o.id(), Version: p.Revision, Text: "不符合规定的条件", Unmet: []string{p.Grounds[0].Article}})
	require.NoError(t, err)
	o.until(func() bool { return o.show(p.ID).State == licensing.Completed && o.allSent(p.ApplyNo) })
	stop()
	list, err := o.letters.OfCase(t.Context(), o.DB, p.ID)
	require.NoError(t, err)
	require.Equal(t, "D09", list[len(list)-1].Kind)
	told := o.platform.cases[p.ApplyNo]
	require.Equal(t, "11", told[len(told)-2].body["node"], "delivered")
}

// TestADraftIsToldOnce: that it lies there, however often it is saved; what is in it
// when it is sent, and that it was given up when it is not.
func TestADraftIsToldOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	c, p := o.drafted(1)
	me := applicant(c)
	for range 3 {
		var err error
		p, err = o.cases.OwnSave(me, p.ID, application.Edited{
			ID: o.id(), Version: p.Version, Categories: p.Categories, Form: map[string]string{"reason": "LOST", "statement": "上周遗失", "delivery": "COUNTER"},
		})
		require.NoError(t, err)
	}
	o.work(o.queue)
	o.until(func() bool { return o.allSent(p.ApplyNo) })
	require.Equal(t, []string{saveApply}, o.platform.other[p.ApplyNo])
	require.Empty(t, o.platform.endpoints(p.ApplyNo))
	_, err := o.cases.OwnDo(me, p.ID, licensing.Withdraw, application.Order{ID: o.id(), Version: p.Version})
	require.NoError(t, err)
	o.until(func() bool { return slices.Equal([]string{"12"}, o.platform.nodes(p.ApplyNo)) })
}

// TestNothingIsToldOfWhatWasRolledBack.
func TestNothingIsToldOfWhatWasRolledBack(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.window(1)
	before := dbtest.Snapshot(t, o.DB)
	boom := errors.New("boom")
	require.ErrorIs(t, o.DB.InTx(t.Context(), func(tx pgx.Tx) error {
		n := application.News{Case: p.Case, Matter: p.Matter, Event: licensing.Accept, From: licensing.Received, At: o.Clock.Now()}
		require.NoError(t, o.one.Tell(t.Context(), tx, n))
		return boom
	}), boom)
	require.Equal(t, before, dbtest.Snapshot(t, o.DB))
}

// TestAFiveHoursOutage: nobody waits, and afterwards everything arrives by itself,
// once, and in order for each case; two copies send.
func TestAFiveHoursOutage(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.platform.set(func() { o.platform.down = true })
	two, queue := o.connect(true, o.letters, calendar.New(o.DB, o.Audit, o.Clock))
	require.NotNil(t, two)
	o.work(o.queue)
	o.work(queue)
	var list []application.Page
	for n := range 6 {
		p := o.window(n + 1)
		list = append(list, o.granted(o.do("clerk", p, licensing.Accept, "")))
	}
	o.until(func() bool { o.platform.mu.Lock(); defer o.platform.mu.Unlock(); return o.platform.calls > 40 })
	standing, err := o.one.Standing(o.As("sys"))
	require.NoError(t, err)
	require.Equal(t, 6*5, standing.Waiting)
	require.Contains(t, standing.Trouble, "503")
	o.platform.set(func() { o.platform.down, o.platform.drop, o.platform.delay = false, 3, 10*time.Millisecond })
	for _, p := range list {
		o.until(func() bool { return o.allSent(p.ApplyNo) })
		require.Equal(t, []string{"01", "02", "05", "08"}, o.platform.nodes(p.ApplyNo))
		require.Len(t, o.platform.endpoints(p.ApplyNo), 4)
	}
	o.until(func() bool {
		left, err := o.queue.List(o.As("sys"), jobs.Filter{}, db.Page{})
		require.NoError(t, err)
		return left.Total == 0
	})
}

// TestWhoeverSendsAtOnceSendsOnce: six workers with the same case in hand make one
// call for each message, in order, and one delivery of each letter.
func TestWhoeverSendsAtOnceSendsOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.platform.set(func() { o.platform.delay = 20 * time.Millisecond })
	_, p := o.online(1)
	p = o.do("clerk", p, licensing.Receive, "")
	o.do("clerk", p, licensing.Accept, "")
	before := len(o.states(p.ApplyNo))
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if err := o.one.send(context.Background(), p.ApplyNo); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.True(t, o.allSent(p.ApplyNo))
	require.Equal(t, before, o.platform.calls)
	require.Equal(t, []string{"01", "02"}, o.platform.nodes(p.ApplyNo))
	require.Len(t, o.notes, 2)
}

// TestAnAnswerThatIsLostIsNoSecondMessage.
func TestAnAnswerThatIsLostIsNoSecondMessage(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.platform.set(func() { o.platform.drop = 4 })
	o.work(o.queue)
	_, p := o.online(1)
	o.until(func() bool { return o.allSent(p.ApplyNo) })
	require.Equal(t, []string{status, document}, o.platform.endpoints(p.ApplyNo))
	list, err := o.one.Messages(o.As("looks"), Filter{}, db.Page{Q: p.ApplyNo})
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(list.Items, func(m Message) bool { return m.Tries > 1 && m.State == Sent }))
}

// TestARefusalStopsItsCaseAlone, until a person sends it again or leaves it out.
func TestARefusalStopsItsCaseAlone(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.platform.set(func() { o.platform.refuse[status+"02"] = "NODE_UNKNOWN" })
	o.work(o.queue)
	a := o.do("clerk", o.window(1), licensing.Accept, "")
	a = o.granted(a)
	b := o.window(2)
	o.until(func() bool { return o.allSent(b.ApplyNo) })
	o.until(func() bool { return slices.Contains(o.states(a.ApplyNo), Refused) })
	require.Equal(t, []State{Sent, Sent, Refused, Waiting, Waiting}, o.states(a.ApplyNo))
	require.Equal(t, []string{"01"}, o.platform.nodes(a.ApplyNo))
	o.until(func() bool {
		stuck, err := o.queue.List(o.As("sys"), jobs.Filter{State: "STUCK"}, db.Page{})
		require.NoError(t, err)
		return stuck.Total == 1 && strings.Contains(stuck.Items[0].LastError, "NODE_UNKNOWN") && stuck.Items[0].Key == a.ApplyNo
	})
	list, err := o.one.Messages(o.As("sys"), Filter{State: "REFUSED"}, db.Page{})
	require.NoError(t, err)
	require.Len(t, list.Items, 1)
	id := list.Items[0].ID

	_, err = o.one.Skip(o.As("looks"), id, "平台方确认不需要")
	require.True(t, fault.Is(err, "auth.forbidden"), err)
	_, err = o.one.Skip(o.As("sys"), id, " ")
	require.True(t, fault.Is(err, "onestop.settle.reason"), err)
	_, err = o.one.Resend(o.As("sys"), id, "平台方说已修复")
	require.NoError(t, err)
	o.until(func() bool { return slices.Contains(o.states(a.ApplyNo), Refused) })
	c, err := o.one.Skip(o.As("sys"), id, "平台方确认不需要这一条")
	require.NoError(t, err)
	require.Equal(t, Skipped, c.Message.State)
	require.Equal(t, "姓名sys", c.Steps[len(c.Steps)-1].By)
	o.until(func() bool { return o.allSent(a.ApplyNo) })
	require.Equal(t, []string{"01", "05", "08"}, o.platform.nodes(a.ApplyNo), "no gap where one was left out")
	_, err = o.one.Skip(o.As("sys"), id, "平台方确认不需要这一条")
	require.True(t, fault.Is(err, "onestop.settle.state"), err)
}

// TestAPlatformThatLostItsLastDayIsToldAgain.
func TestAPlatformThatLostItsLastDayIsToldAgain(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.work(o.queue)
	p := o.do("clerk", o.window(1), licensing.Accept, "")
	o.until(func() bool { return o.allSent(p.ApplyNo) && len(o.platform.nodes(p.ApplyNo)) == 2 })
	o.platform.set(func() { o.platform.cases[p.ApplyNo] = o.platform.cases[p.ApplyNo][:1] })
	p = o.granted(p)
	o.until(func() bool { return o.allSent(p.ApplyNo) })
	require.Equal(t, []string{"01", "02", "05", "08"}, o.platform.nodes(p.ApplyNo))
}

// TestWithoutAnAddressNothingIsLost.
func TestWithoutAnAddressNothingIsLost(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	client := o.one.Client
	o.one.Client = nil
	p := o.do("clerk", o.window(1), licensing.Accept, "")
	left, err := o.queue.List(o.As("sys"), jobs.Filter{}, db.Page{})
	require.NoError(t, err)
	require.Zero(t, left.Total, "no job turns in vain")
	standing, err := o.one.Standing(o.As("looks"))
	require.NoError(t, err)
	require.False(t, standing.Configured)
	require.Equal(t, 3, standing.Waiting)
	require.NoError(t, o.one.Sweep(t.Context()))
	_, err = o.one.SignOn(t.Context(), "x")
	require.True(t, fault.Is(err, "onestop.unconfigured"), err)

	o.one.Client = client
	require.NoError(t, o.one.Sweep(t.Context()))
	o.work(o.queue)
	o.until(func() bool { return o.allSent(p.ApplyNo) })
	require.Equal(t, []string{"01", "02"}, o.platform.nodes(p.ApplyNo))
}

// TestACopyThatDiedHoldsNobodyUp: what it had in hand is taken up by the next sweep.
func TestACopyThatDiedHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.do("clerk", o.window(1), licensing.Accept, "")
	_, err := o.DB.Exec(t.Context(), "UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now(), attempted_by = '{dead}'")
	require.NoError(t, err)
	o.work(o.queue)
	require.NoError(t, o.one.Sweep(t.Context()))
	o.until(func() bool { return o.allSent(p.ApplyNo) })
	require.Equal(t, []string{"01", "02"}, o.platform.nodes(p.ApplyNo))
}

// TestNumbersAreAtHandWhileThePlatformIsDown, and given out once.
func TestNumbersAreAtHandWhileThePlatformIsDown(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	const item = "071234567890"
	take := func(fail error) (no string) {
		err := o.DB.InTx(context.Background(), func(tx pgx.Tx) (err error) {
			if no, err = o.one.Number(context.Background(), tx, item); err == nil {
				err = fail
			}
			return err
		})
		require.ErrorIs(t, err, fail)
		return no
	}
	require.Empty(t, take(nil), "none yet, and nobody waits for one")
	o.work(o.queue)
	o.until(func() bool {
		s, err := o.one.Standing(o.As("sys"))
		require.NoError(t, err)
		return len(s.Stocks) == 1 && s.Stocks[0].Free == fullNumbers
	})
	o.platform.set(func() { o.platform.down = true })
	first := take(errors.New("rolled back"))
	require.Equal(t, first, take(nil), "what was rolled back is there again")
	seen := map[string]bool{first: true}
	for range fullNumbers - 1 {
		no := take(nil)
		require.Len(t, no, 15)
		require.False(t, seen[no], no)
		seen[no] = true
	}
	require.Empty(t, take(nil))
	o.platform.set(func() { o.platform.down = false })
	o.until(func() bool { return take(nil) != "" })
	o.Clock.Advance(60 * 24 * time.Hour)
	require.Empty(t, take(nil), "a number has its year in it")
}
