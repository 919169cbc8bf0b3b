package application_test

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/calendar"
	"huyun.internal/cloud/licensing/online"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/fault"
)

const untrue = "《中华人民共和国行政许可法》第七十八条"

// untruthful has a case refused because what was handed in is false.
func (w *walk) untruthful() application.Page {
	w.t.Helper()
	p, err := w.Show(w.As("clerk"), w.id)
	require.NoError(w.t, err)
	o := w.ordered(p, licensing.Refuse, "从业资格考试成绩单系伪造，已向考试中心核实")
	o.Ground = application.Untrue
	p, err = w.Service.Do(w.As("clerk"), p.ID, licensing.Refuse, o)
	require.NoError(w.t, err)
	return p
}

// barred says whether the window is told, in red and before anything else, that the
// person cannot apply for a matter.
func (w *walk) barred(code string) bool {
	w.t.Helper()
	hints, err := w.HintsFor(w.As("clerk"), code, w.who.ID)
	require.NoError(w.t, err)
	i := slices.IndexFunc(hints, func(p sanction.Prompt) bool { return p.Color == sanction.Red })
	if i >= 0 {
		require.Zero(w.t, i)
		require.Contains(w.t, hints[0].Text, "2027-11-22（含当日）以前不得再次申请该行政许可；2027-11-23 起可以再次申请")
	}
	return i >= 0
}

// nextYear makes the working days of 2027 known.
func (h *hall) nextYear() {
	h.t.Helper()
	rows := [][]any{{"2027-01-01", "放假", "元旦"}}
	for d := 1; d <= 11; d++ {
		rows = append(rows, []any{fmt.Sprintf("2027-05-%02d", d), "放假", "劳动节"})
	}
	book, err := sheet.Write("工作日历", calendar.Columns(), rows)
	require.NoError(h.t, err)
	h.Staff("planner", calendar.PermList, calendar.PermImport)
	_, err = h.Calendar.Import(h.As("planner"), 2027, "通知.xlsx", book)
	require.NoError(h.t, err)
}

// Who was found untrue may not apply for the same permission for a year, and is told so
// in the letter, at the window, online and when they try; on the day after they may.
func TestWhoWasUntruthfulWaitsAYear(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	w := h.opening(t, "RT01")
	require.False(t, w.barred("RT01"))
	p := w.untruthful()
	require.Equal(t, "2027-11-23", p.Banned.String())
	require.Contains(t, w.said(p, "D03"), "依据"+untrue+"，你在2027年11月22日（含当日）以前不得再次申请该行政许可")

	// the same permission alone, and nothing of what somebody holds
	for code, want := range map[string]bool{
		"RT01": true, "RT02": true, "DG01": false, "TX01": false, "BU01": false, "RT03": false, "RT04": false, "RT05": false, "RT06": false, "RT07": false, "EX01": false,
	} {
		require.Equal(t, want, w.barred(code), code)
	}
	door := online.New(online.Parts{
		DB: h.DB, Keys: h.Keys, Audit: h.Audit, Clock: h.Clock, Log: slog.New(slog.DiscardHandler), Cases: h.Service, Matters: h.Matters, People: h.people, Sanctions: h.sanctions,
	})
	intro, err := door.Introduce(h.applicant(w.who.ID), "RT01")
	require.NoError(t, err)
	require.Contains(t, intro.Why, "2027-11-23 起可以再次申请")

	h.nextYear()
	again := w.filledIn()
	tries := func() error {
		_, err := h.Service.Do(h.As("clerk"), again.ID, licensing.Submit, application.Order{ID: h.id(), Version: h.shown(again).Revision})
		return err
	}
	require.Equal(t, sanction.Red, h.shown(again).Hints[0].Color, "the draft says so too")
	require.True(t, fault.Is(tries(), "licensing.case.submit.banned"))
	h.Clock.Advance(364 * 24 * time.Hour)
	h.Passed(w.basic().ID, w.who.Name, w.v.categories[0]) // the pass of last year has run out
	err = tries()
	require.True(t, fault.Is(err, "licensing.case.submit.banned"), "%v", err)
	require.ErrorContains(t, err, "2027-11-23 起可以再次申请")
	h.Clock.Advance(24 * time.Hour)
	require.NoError(t, tries())
	require.False(t, w.barred("RT01"))
}

// What is denied for it bars too, and the application that was sent before is stopped by
// E17; the decision undone, so is the ban.
func TestADenialForSomethingUntrueStopsWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	w := h.opening(t, "RT01")
	other := *w
	other.v.categories = []string{w.d.Categories[len(w.d.Categories)-1]}
	h.Passed(w.basic().ID, w.who.Name, other.v.categories[0])
	other.openWindow()
	p := w.approving()
	o := w.ordered(p, licensing.Deny, "驾驶经历证明系伪造，已向出具单位核实")
	require.True(t, slices.Contains(articles(p), untrue), "%v", articles(p))
	o.Unmet = []string{untrue}
	p, err := h.Service.Do(h.As("boss"), p.ID, licensing.Deny, o)
	require.NoError(t, err)
	d06 := w.said(p, "D06")
	require.Contains(t, d06, "不符合"+untrue+"的规定")
	require.Contains(t, d06, "你在2027年11月22日（含当日）以前不得再次申请该行政许可")

	b, err := h.Show(h.As("clerk"), other.id)
	require.NoError(t, err)
	require.Equal(t, application.Pass, result(b, "E17").Result, "as it was sent")
	b = w.do("clerk", b, licensing.Accept, "")
	require.Equal(t, application.Fail, result(b, "E17").Result)
	require.Contains(t, result(b, "E17").Reason, "2027-11-22（含当日）以前不得再次申请该行政许可")

	require.True(t, w.barred("RT01"))
	ctx := auth.System(t.Context(), "test")
	require.NoError(t, h.DB.InTx(ctx, func(tx pgx.Tx) error {
		return h.Letters.Void(ctx, tx, p.Letters[len(p.Letters)-1].ID, "行政复议决定撤销")
	}))
	require.False(t, w.barred("RT01"))
}

// Who asks untruly for a reissue is refused it, and may ask truly the next day: that is
// no permission which they could be without for a year.
func TestAnUntrueReissueBarsNothing(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	w := h.opening(t, "RT04")
	p := w.untruthful()
	require.True(t, p.Banned.IsZero())
	require.NotContains(t, w.said(p, "D03"), "不得再次申请")
	w.openWindow()
}

func articles(p application.Page) []string {
	var out []string
	for _, g := range p.Grounds {
		out = append(out, g.Article)
	}
	return out
}

func result(p application.Page, code string) application.CheckResult {
	for _, c := range p.Checks {
		if c.Code == code {
			return c
		}
	}
	return application.CheckResult{}
}
