package application_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

const (
	closedFirm = "91310000MA1CLOSED1"
	goodFirm   = "91310000MA1GOOD001"
)

var licensedOn = clock.Date{Year: 2010, Month: 6, Day: 1} //nolint:gochecknoglobals // a constant

// approving is a reissue before the approver, its check answered.
func (h *hall) approving() application.Page {
	h.t.Helper()
	p := h.inReview()
	h.ask(1)
	return h.do("rev", p, licensing.PassReview, "符合条件，同意")
}

func (h *hall) grant(p application.Page) error {
	_, err := h.Service.Do(h.As("boss"), p.ID, licensing.Grant, application.Order{ID: h.id(), Version: p.Revision})
	return err
}

// A decision rests on answers of the last 24 hours: to the moment.
func TestADecisionNeedsAnAnswerOfToday(t *testing.T) {
	t.Parallel()
	for after, want := range map[time.Duration]string{
		24 * time.Hour: "", 24*time.Hour + time.Microsecond: "licensing.case.grant.stale", 40 * time.Hour: "licensing.case.grant.stale",
	} {
		h, _ := newCity(t)
		p := h.approving()
		h.Clock.Advance(after)
		err := h.grant(p)
		if want == "" {
			require.NoError(t, err, after)
			continue
		}
		require.True(t, fault.Is(err, want), "%s: %v", after, err)
		require.ErrorContains(t, err, "请先重新核查")
		_, err = h.Confirm(h.As("boss"), p.ID, application.Seen{Code: "E14", Version: p.Revision, Text: "已核对证明原件"})
		require.True(t, fault.Is(err, "licensing.case.confirm.ask"), "first the platform: %v", err)
		_, err = h.Recheck(h.As("boss"), p.ID, p.Revision)
		require.NoError(t, err)
		require.True(t, fault.Is(h.grant(p), want), "asked is not answered")
		h.ask(1)
		require.NoError(t, h.grant(p))
	}
}

// What has changed since the review bars the decision.
func TestADecisionHearsWhatHasChanged(t *testing.T) {
	t.Parallel()
	h, c := newCity(t)
	p := h.approving()
	h.Clock.Advance(25 * time.Hour)
	c.set(func() { c.owes = 1 })
	_, err := h.Recheck(h.As("boss"), p.ID, p.Revision)
	require.NoError(t, err)
	h.ask(1)
	err = h.grant(p)
	require.True(t, fault.Is(err, "licensing.case.check"), err)
	require.ErrorContains(t, err, "尚未接受处理")
}

// The platform is down at the decision: the approver writes down what was seen
// instead, and that is what the record says.
func TestADecisionDuringAnOutage(t *testing.T) {
	t.Parallel()
	h, c := newCity(t)
	p := h.approving()
	h.Clock.Advance(25 * time.Hour)
	c.set(func() { c.down = true })
	_, err := h.Recheck(h.As("boss"), p.ID, p.Revision)
	require.NoError(t, err)
	seen := application.Seen{Code: "E14", Version: p.Revision, Text: "平台中断，已电话向执法总队核实没有未处理的处罚"}
	_, err = h.Confirm(h.As("boss"), p.ID, seen)
	require.True(t, fault.Is(err, "licensing.case.confirm.asking"), "it has not failed yet: %v", err)
	h.ask(0)
	for _, who := range []string{"rev", "all"} {
		_, err = h.Confirm(h.As(who), p.ID, seen)
		if who == "rev" {
			require.True(t, fault.Is(err, "auth.forbidden"), err)
		}
	}
	require.NoError(t, err, "any approver who has not reviewed it")
	require.NoError(t, h.grant(p))
	e14 := h.check(p, "E14")
	require.Equal(t, application.Confirmed, e14.Result)
	require.Equal(t, "姓名all", e14.Source)
	require.Contains(t, e14.Reason, "电话")
	c.set(func() { c.down = false })
	h.Clock.Advance(time.Minute)
	h.ask(1)
	require.Equal(t, 1, h.count(`SELECT count(*) FROM licensing_query WHERE state = 'IGNORED'`), "it was decided meanwhile")
}

// A confirmation ages like an answer.
func TestAConfirmationAges(t *testing.T) {
	t.Parallel()
	h, c := newCity(t)
	c.down = true
	p := h.inReview()
	h.ask(0)
	p = h.do("rev", h.confirmed("rev", p), licensing.PassReview, "材料齐全，符合条件")
	h.Clock.Advance(25 * time.Hour)
	require.True(t, fault.Is(h.grant(p), "licensing.case.grant.stale"))
	p, err := h.Confirm(h.As("boss"), p.ID, application.Seen{Code: "E14", Version: p.Revision, Text: "平台仍然中断，已再次电话核实"})
	require.NoError(t, err)
	require.NoError(t, h.grant(p))
}

// An answer made younger behind the program's back stops the case.
func TestAnAnswerEditedBehindTheProgramsBack(t *testing.T) {
	t.Parallel()
	h, _ := newCity(t)
	p := h.approving()
	h.Clock.Advance(30 * time.Hour)
	_, err := h.DB.Exec(t.Context(), `UPDATE licensing_query SET answered_at = $1`, h.Clock.Now())
	require.NoError(t, err)
	require.True(t, fault.Is(h.grant(p), "licensing.case.tampered"))
}

// A driving licence that came back stands in the file and fills the next form; a
// company that changed is asked about anew.
func TestATaxiRenewalIsAnsweredAndFillsTheFile(t *testing.T) {
	t.Parallel()
	h, c := newCity(t)
	ctx := auth.System(t.Context(), "test")
	var taxi practitioner.Licence
	require.NoError(t, h.DB.InTx(ctx, func(tx pgx.Tx) (err error) {
		taxi, err = h.people.Issue(ctx, tx, practitioner.Grant{
			Person: h.person.ID, Act: practitioner.First, Type: practitioner.Taxi, Categories: []string{"09002"}, On: clock.Date{Year: 2024, Month: 3, Day: 1},
		})
		return err
	}))
	d := h.draft("TX04")
	d.Licence, d.Categories = taxi.ID, []string{"09002"}
	for k, v := range map[string]string{
		"reason": "EXPIRE", "driving_no": driver, "driving_class": "A2", "driving_first": "2010-06-01", "driving_until": "2030-06-01", "employer": "（测试）出租公司", "employer_code": closedFirm,
	} {
		d.Form[k] = v
	}
	p, err := h.Open(h.As("clerk"), d)
	require.NoError(t, err)
	for _, code := range p.Wanted {
		if code.Code == "M03" || code.Code == "M08" {
			_, err = h.Attach(h.As("clerk"), p.ID, code.Code, "", nil)
		} else if code.Required && code.Source != "FORM" && code.Source != "TRAINING" && code.Source != "CREDIT" {
			_, err = h.Attach(h.As("clerk"), p.ID, code.Code, "材料.jpg", []byte(jpeg))
		}
		require.NoError(t, err, code.Code)
	}
	h.Staff("files", practitioner.PermSave, practitioner.PermList)
	require.NoError(t, h.people.Educate(h.As("files"), h.person.ID, practitioner.Education{
		Category: "09002", Org: "（测试）学校", Hours: 60, Begins: clock.Date{Year: 2026, Month: 1, Day: 1}, Ends: clock.Date{Year: 2026, Month: 2, Day: 1}, Mode: "ONSITE", Source: "测试",
	}))
	p = h.do("clerk", p, licensing.Submit, "")
	require.Len(t, p.Inquiries, 3)
	h.ask(3)
	require.Equal(t, application.Pass, h.check(p, "E03").Result)
	e23 := h.check(p, "E23")
	require.Equal(t, application.Fail, e23.Result)
	require.Contains(t, e23.Reason, "注销")

	p, err = h.Service.Do(h.As("clerk"), p.ID, licensing.RequireCorrection, application.Order{ID: h.id(), Version: p.Revision, Defects: []application.Defect{
		{Part: "FIELD", Key: "employer_code", Name: "统一社会信用代码", Reason: "企业已注销", HowTo: "请填写现在的服务单位"},
	}})
	require.NoError(t, err)
	form := p.Values
	form["employer_code"] = goodFirm
	p, err = h.Edit(h.As("clerk"), p.ID, application.Edited{ID: h.id(), Version: p.Revision, Categories: p.Categories, Form: form})
	require.NoError(t, err)
	p = h.do("clerk", p, licensing.Supplement, "")
	p = h.do("clerk", p, licensing.Accept, "")
	require.Equal(t, application.Unknown, h.check(p, "E23").Result, "the other company's answer does not count")
	require.Equal(t, application.Pass, h.check(p, "E26").Result)
	h.ask(1)
	require.Equal(t, application.Pass, h.check(p, "E23").Result)
	require.Equal(t, goodFirm, c.asked[len(c.asked)-1].Company)

	known, ok, err := h.people.Driving(t.Context(), h.DB, h.person.ID)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "A2D", known.Class)
	require.Equal(t, "正常", known.Status)
	require.Contains(t, known.Source, "市大数据平台")
	facts, err := h.Facts(t.Context(), h.DB, h.person.ID, []string{"02001"})
	require.NoError(t, err)
	require.Equal(t, "A2", facts["driving_class"].Value)
	require.Equal(t, "2010-06-01", facts["driving_first"].Value)
	next := h.draft("RT03")
	q, err := h.Open(h.As("clerk"), next)
	require.NoError(t, err)
	require.Equal(t, "A2", q.Values["driving_class"], "the next form is filled in")
}

// What our own file says of transfers and of age.
func TestChecksFromTheFile(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.inReview()
	require.Equal(t, application.Pass, h.check(p, "E19").Result)
	ctx := auth.System(t.Context(), "test")
	h.do("clerk", p, licensing.Withdraw, "申请人要求撤回")
	again := h.opened("RT04")
	require.NoError(t, h.DB.InTx(ctx, func(tx pgx.Tx) error {
		return h.people.SetState(ctx, tx, h.licence.ID, practitioner.Transferred, "转出", "x")
	}))
	_, err := h.Service.Do(h.As("clerk"), again.ID, licensing.Submit, application.Order{ID: h.id(), Version: again.Revision})
	require.ErrorContains(t, err, "证件已转出本市")
}

// Asking again does not undo an answer of today: an outage that begins after it
// stops nobody.
func TestAskingAgainUndoesNoAnswer(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*city){"down": func(c *city) { c.down = true }, "refusing": func(c *city) { c.refuse = true }} {
		h, c := newCity(t)
		p := h.approving()
		h.Clock.Advance(time.Hour)
		c.set(func() { spoil(c) })
		_, err := h.Recheck(h.As("boss"), p.ID, p.Revision)
		require.NoError(t, err)
		_, err = h.AskDue(t.Context())
		require.NoError(t, err)
		require.Equal(t, application.Pass, h.check(p, "E14").Result, name)
		require.NoError(t, h.grant(p), name)
	}
}
