package application_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/register"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/protocol/fault"
)

// city is the registers as a test wants them.
type city struct {
	mu     sync.Mutex
	down   bool
	refuse bool
	owes   int // unsettled penalties
	asked  []register.Question
	// before is called with each question, before it is answered
	before func(q register.Question)
}

func (c *city) Ask(_ context.Context, q register.Question) (register.Answer, error) {
	c.mu.Lock()
	c.asked = append(c.asked, q)
	before, down, refuse, owes := c.before, c.down, c.refuse, c.owes
	c.mu.Unlock()
	if before != nil {
		before(q)
	}
	switch {
	case down:
		return register.Answer{}, fault.New(fault.Unavailable, "external.citydata.down", "平台连接不上")
	case refuse:
		return register.Answer{}, fault.New(fault.Precondition, register.CodeRefused, "平台不受理（PURPOSE_REFUSED）")
	}
	a := register.Answer{Service: q.Service, Source: "执法", AsOf: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), Found: true, Raw: []byte(fmt.Sprintf(`{"owes":%d}`, owes))}
	switch q.Service {
	case register.Penalty:
		a.Penalties = &register.Unsettled{Count: owes, Orgs: []string{"执法大队"}}
	case register.Driving:
		a.Driving = &register.DrivingLicence{Class: "A2D", First: licensedOn, Status: "NORMAL"}
	case register.Company:
		a.Company = &register.Firm{Name: q.Company, Status: "IN_FORCE"}
		if q.Company == closedFirm {
			a.Company.Status = "CLOSED"
		}
	}
	return a, nil
}

func (c *city) set(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

func newCity(t *testing.T) (*hall, *city) {
	t.Helper()
	h, c := newHall(t), &city{}
	h.Registers = c
	return h, c
}

func (h *hall) ask(want int) {
	h.t.Helper()
	n, err := h.AskDue(h.t.Context())
	require.NoError(h.t, err)
	require.Equal(h.t, want, n)
}

func (h *hall) check(p application.Page, code string) application.CheckResult {
	h.t.Helper()
	p, err := h.Show(h.As("all"), p.ID)
	require.NoError(h.t, err)
	for _, c := range p.Checks {
		if c.Code == code {
			return c
		}
	}
	h.t.Fatalf("no %s in %s", code, p.Title)
	return application.CheckResult{}
}

func (h *hall) count(sql string, args ...any) (n int) {
	h.t.Helper()
	require.NoError(h.t, h.DB.QueryRow(h.t.Context(), sql, args...).Scan(&n))
	return n
}

// accepted is a reissue in review, its questions not asked yet.
func (h *hall) inReview() application.Page {
	h.t.Helper()
	p := h.do("clerk", h.opened("RT04"), licensing.Submit, "")
	p = h.do("clerk", p, licensing.Accept, "")
	p, err := h.Claim(h.As("rev"), p.ID, application.Order{ID: h.id(), Version: p.Revision})
	require.NoError(h.t, err)
	return p
}

// A question is written down with the submission, asked once, and its answer makes
// the check anew, with source and digest; nobody has to confirm it.
func TestARegisterAnswersACheck(t *testing.T) {
	t.Parallel()
	h, c := newCity(t)
	p := h.do("clerk", h.opened("RT04"), licensing.Submit, "")
	require.Len(t, p.Inquiries, 1)
	require.Equal(t, application.Waiting, p.Inquiries[0].State)
	require.Equal(t, []string{"E14"}, p.Inquiries[0].Codes)
	h.ask(1)
	h.ask(0)
	e14 := h.check(p, "E14")
	require.Equal(t, application.Pass, e14.Result)
	require.Equal(t, "市大数据平台·执法", e14.Source)
	require.Len(t, e14.Raw, 32)
	p = h.do("clerk", p, licensing.Accept, "")
	require.Len(t, c.asked, 1, "an answer of the same day is not asked for again")
	require.Equal(t, p.ApplyNo, c.asked[0].CaseNo)
	require.Equal(t, "RT04", c.asked[0].Matter)
	require.Equal(t, driver, c.asked[0].Person.Reveal())
	p, err := h.Claim(h.As("rev"), p.ID, application.Order{ID: h.id(), Version: p.Revision})
	require.NoError(t, err)
	p = h.do("rev", p, licensing.PassReview, "符合条件，没有需要人工确认的")
	h.do("boss", p, licensing.Grant, "")
	require.Equal(t, 1, h.count(`SELECT count(*) FROM audit_entry WHERE action = 'licensing.case.answered'`))
	for table, rows := range dbtest.Snapshot(t, h.DB) {
		require.NotContains(t, rows, driver, table)
		require.NotContains(t, rows, "执法大队", "the answer lies sealed: %s", table)
	}
}

func TestARegisterFailsACheck(t *testing.T) {
	t.Parallel()
	h, c := newCity(t)
	c.owes = 2
	p := h.inReview()
	_, err := h.Confirm(h.As("rev"), p.ID, application.Seen{Code: "E14", Version: p.Revision, Text: "已核对证明原件"})
	require.True(t, fault.Is(err, "licensing.case.confirm.asking"), "it is being asked: %v", err)
	h.ask(1)
	e14 := h.check(p, "E14")
	require.Equal(t, application.Fail, e14.Result)
	require.Contains(t, e14.Reason, "2 件")
	require.Contains(t, e14.Guide, "执法大队")
	_, err = h.Service.Do(h.As("rev"), p.ID, licensing.PassReview, application.Order{ID: h.id(), Version: p.Revision, Text: "符合条件"})
	require.True(t, fault.Is(err, "licensing.case.unsettled"), err)
	_, err = h.Confirm(h.As("rev"), p.ID, application.Seen{Code: "E14", Version: p.Revision, Text: "已核对证明原件"})
	require.True(t, fault.Is(err, "licensing.case.confirm.code"), "nobody talks it away: %v", err)
	c.set(func() { c.owes = 0 })
	h.Clock.Advance(time.Hour)
	_, err = h.Recheck(h.As("rev"), p.ID, p.Revision)
	require.NoError(t, err)
	h.ask(1)
	require.Equal(t, application.Pass, h.check(p, "E14").Result)
	h.do("rev", p, licensing.PassReview, "已接受处理")
}

// Five hours without the platform: asked about once a minute, unknown all the time,
// answered when it is back, by whichever worker is there then.
func TestAnOutageAndItsEnd(t *testing.T) {
	t.Parallel()
	h, c := newCity(t)
	c.down = true
	p := h.inReview()
	for range 300 {
		h.ask(0)
		h.Clock.Advance(time.Minute)
	}
	p, err := h.Show(h.As("rev"), p.ID)
	require.NoError(t, err)
	require.Equal(t, application.Unknown, h.check(p, "E14").Result)
	require.Equal(t, "平台连接不上", p.Inquiries[0].LastError)
	require.InDelta(t, 300, p.Inquiries[0].Tries, 5)
	c.set(func() { c.down = false })
	parts := h.Parts // a restart
	n, err := application.New(parts).AskDue(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, application.Pass, h.check(p, "E14").Result)
	no := map[string]bool{}
	for _, q := range c.asked {
		no[q.No] = true
	}
	require.Len(t, no, 1, "one question, however often it was tried")
}

// While the platform is down a reviewer confirms in writing; the answer that comes
// later counts all the same, when it says no.
func TestAConfirmationDuringAnOutageAndTheAnswerAfterIt(t *testing.T) {
	t.Parallel()
	h, c := newCity(t)
	c.down = true
	p := h.inReview()
	h.ask(0)
	p, err := h.Confirm(h.As("rev"), p.ID, application.Seen{Code: "E14", Version: p.Revision, Text: "已电话核实，执法大队回复没有未处理的处罚"})
	require.NoError(t, err)
	require.Equal(t, application.Confirmed, h.check(p, "E14").Result)
	c.set(func() { c.down, c.owes = false, 1 })
	h.Clock.Advance(time.Minute)
	h.ask(1)
	require.Equal(t, application.Fail, h.check(p, "E14").Result)
}

// A worker that was slower than its lease answers a second time: nothing happens.
func TestAnAnswerThatComesTwice(t *testing.T) {
	t.Parallel()
	h, c := newCity(t)
	p := h.inReview()
	slow, entered := make(chan struct{}), make(chan struct{})
	var first atomic.Bool
	c.before = func(register.Question) {
		if first.CompareAndSwap(false, true) {
			close(entered)
			<-slow
		}
	}
	done := make(chan error, 1)
	go func() {
		_, err := h.AskDue(context.Background())
		done <- err
	}()
	<-entered
	h.ask(0) // the lease holds
	h.Clock.Advance(2 * time.Minute)
	h.ask(1)
	rows := h.count(`SELECT count(*) FROM licensing_check`)
	close(slow)
	require.NoError(t, <-done)
	require.Equal(t, rows, h.count(`SELECT count(*) FROM licensing_check`))
	require.Equal(t, 1, h.count(`SELECT count(*) FROM audit_entry WHERE action = 'licensing.case.answered'`))
	require.Equal(t, application.Pass, h.check(p, "E14").Result)
}

func TestTwoWorkersAtOnceAskEverythingOnce(t *testing.T) {
	t.Parallel()
	h, c := newCity(t)
	p := h.do("clerk", h.opened("RT04"), licensing.Submit, "")
	for _, service := range []register.Service{register.Driving, register.Traffic, register.Residence, register.Education, register.Background} {
		_, err := h.DB.Exec(t.Context(), `INSERT INTO licensing_query (id, case_id, service, round, state, asked_at, asked_by, due_at)
			VALUES ($1, $2, $1, 1, 'WAITING', $3, 'x', $3)`, service, p.ID, h.Clock.Now())
		require.NoError(t, err)
	}
	var total atomic.Int64
	var wg sync.WaitGroup
	for range 2 {
		other := application.New(h.Parts)
		wg.Go(func() {
			n, err := other.AskDue(context.Background())
			if err != nil {
				t.Error(err)
			}
			total.Add(int64(n))
		})
	}
	wg.Wait()
	require.Equal(t, int64(6), total.Load())
	require.Len(t, c.asked, 6)
}

// The case is withdrawn while the platform thinks: the answer is noted and not
// kept. A question that has not been put yet is not put any more.
func TestAnAnswerToACaseThatHasEnded(t *testing.T) {
	t.Parallel()
	h, c := newCity(t)
	p := h.do("clerk", h.opened("RT04"), licensing.Submit, "")
	c.before = func(register.Question) { h.do("clerk", p, licensing.Withdraw, "申请人要求撤回") }
	h.ask(1)
	require.Equal(t, 1, h.count(`SELECT count(*) FROM licensing_query WHERE state = 'IGNORED' AND answer IS NULL AND length(digest) = 32`))
	require.Zero(t, h.count(`SELECT count(*) FROM licensing_check WHERE code = 'E14'`))
	require.Equal(t, 1, h.count(`SELECT count(*) FROM audit_entry WHERE action = 'licensing.case.answer_ignored'`))

	c.before = nil
	p = h.do("clerk", h.opened("RT04"), licensing.Submit, "")
	h.do("clerk", p, licensing.Withdraw, "申请人要求撤回")
	h.ask(1)
	require.Len(t, c.asked, 1, "there is no purpose any more")
	require.Equal(t, 1, h.count(`SELECT count(*) FROM licensing_query WHERE state = 'IGNORED' AND digest IS NULL`))
}

func TestARefusedQuestionIsForAPerson(t *testing.T) {
	t.Parallel()
	h, c := newCity(t)
	c.refuse = true
	p := h.inReview()
	h.ask(1)
	e14 := h.check(p, "E14")
	require.Equal(t, application.Unknown, e14.Result)
	require.Contains(t, e14.Reason, "PURPOSE_REFUSED")
	_, err := h.Confirm(h.As("rev"), p.ID, application.Seen{Code: "E14", Version: p.Revision, Text: "已核对证明原件"})
	require.NoError(t, err)
}

func TestWhoMayAskAgainAndHowOften(t *testing.T) {
	t.Parallel()
	h, c := newCity(t)
	p := h.inReview()
	at := "/api/v1/licensing/cases/" + p.ID + "/recheck"
	body := map[string]int{"version": p.Revision}
	for who, want := range map[string]int{"": 401, "nobody": 403, "clerk": 403, "rev2": 403, "boss": 403, "rev": 200} {
		status, answer := h.World.Do(who, http.MethodPost, at, body)
		require.Equal(t, want, status, "%s: %s", who, answer)
	}
	require.Equal(t, 1, h.count(`SELECT count(*) FROM licensing_query`), "it is being asked already")
	h.ask(1)
	_, err := h.Recheck(h.As("rev"), p.ID, p.Revision)
	require.True(t, fault.Is(err, "licensing.case.recheck.soon"), err)
	_, err = h.Recheck(h.As("rev"), p.ID, p.Revision+1)
	require.True(t, fault.Is(err, "licensing.case.stale"), err)
	for i := range 9 {
		h.Clock.Advance(2 * time.Minute)
		_, err = h.Recheck(h.As("rev"), p.ID, p.Revision)
		require.NoError(t, err, i)
		h.ask(1)
	}
	h.Clock.Advance(2 * time.Minute)
	_, err = h.Recheck(h.As("rev"), p.ID, p.Revision)
	require.True(t, fault.Is(err, "licensing.case.recheck.often"), err)
	require.Len(t, c.asked, 10)
	require.Equal(t, 9, h.count(`SELECT count(*) FROM audit_entry WHERE action = $1`, application.PermRecheck))
	h.Registers = nil
	_, err = h.Recheck(h.As("rev"), p.ID, p.Revision)
	require.True(t, fault.Is(err, "licensing.case.recheck.unconfigured"), err)
}

func TestThePageSaysWhatIsGoingOn(t *testing.T) {
	t.Parallel()
	h, c := newCity(t)
	c.down = true
	p := h.inReview()
	h.ask(0)
	status, raw := h.World.Do("rev", http.MethodGet, "/api/v1/licensing/cases/"+p.ID, nil)
	require.Equal(t, 200, status)
	var page struct {
		Recheck   bool
		Inquiries []struct{ Service, Name, State, Problem string }
	}
	require.NoError(t, json.Unmarshal(raw, &page))
	require.True(t, page.Recheck)
	require.Equal(t, "行政处罚", page.Inquiries[0].Name)
	require.Equal(t, "平台连接不上", page.Inquiries[0].Problem)
	require.NotContains(t, string(raw), driver)
}
