package application_test

import (
	"bytes"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
)

// said is what the newest letter of a kind says, without the spaces of its layout.
func (h *hall) said(p application.Page, kind string) string {
	h.t.Helper()
	for i := len(p.Letters) - 1; i >= 0; i-- {
		if p.Letters[i].Kind != kind {
			continue
		}
		pdf, err := h.Letters.File(h.t.Context(), h.DB, &p.Letters[i])
		require.NoError(h.t, err)
		return h.text(pdf)
	}
	h.t.Fatalf("no %s among %v", kind, letters(p))
	return ""
}

func (h *hall) text(pdf []byte) string {
	h.t.Helper()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		h.t.Skip("pdftotext (poppler-utils) is not installed")
	}
	cmd := exec.CommandContext(h.t.Context(), tool, "-layout", "-", "-") //nolint:gosec // found above
	cmd.Stdin = bytes.NewReader(pdf)
	out, err := cmd.Output()
	require.NoError(h.t, err)
	return strings.NewReplacer(" ", "", "\n", "", "\f", "", "　", "").Replace(string(out))
}

// Nobody answered in five days: the notice says that and the day, which after a
// correction is the one on which the material was whole.
func TestADeemedAcceptanceSaysWhatItIs(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.do("clerk", h.opened("RT04"), licensing.Submit, "")
	h.expired(1, 8)
	p = h.shown(p)
	require.Equal(t, licensing.Accepted, p.State)
	said := h.said(p, "D02")
	require.Contains(t, said, "第（四）项")
	require.Contains(t, said, "受理日期为2026年11月23日")
	require.NotContains(t, said, "材料齐全")

	h = newHall(t)
	p = h.do("clerk", h.opened("RT04"), licensing.Submit, "")
	p = h.asked(p)
	h.Clock.Advance(7 * 24 * time.Hour)
	_, err := h.Attach(h.As("clerk"), p.ID, "M03", "", nil)
	require.NoError(t, err)
	p = h.do("clerk", h.shown(p), licensing.Supplement, "")
	h.expired(1, 8)
	p = h.shown(p)
	require.Equal(t, "2026-11-30", p.AcceptedOn.String())
	require.Contains(t, h.said(p, "D02"), "受理日期为2026年11月30日")

	h = newHall(t)
	said = h.said(h.do("clerk", h.do("clerk", h.opened("RT04"), licensing.Submit, ""), licensing.Accept, ""), "D02")
	require.Contains(t, said, "材料齐全")
	require.Contains(t, said, "受理日期为2026年11月23日")
	require.NotContains(t, said, "第（四）项")
}

// expired lets days pass, and so many cases move by themselves.
func (h *hall) expired(want, days int) {
	h.t.Helper()
	h.Clock.Advance(time.Duration(days) * 24 * time.Hour)
	n, err := h.Expire(h.t.Context())
	require.NoError(h.t, err)
	require.Equal(h.t, want, n)
}

func (h *hall) shown(p application.Page) application.Page {
	h.t.Helper()
	out, err := h.Show(h.As("clerk"), p.ID)
	require.NoError(h.t, err)
	return out
}

// asked is a case whose applicant is to hand in the ID card again.
func (h *hall) asked(p application.Page) application.Page {
	h.t.Helper()
	out, err := h.Service.Do(h.As("clerk"), p.ID, licensing.RequireCorrection, application.Order{ID: h.id(), Version: p.Revision, Defects: []application.Defect{
		{Part: "MATERIAL", Key: "M03", Name: "居民身份证", Reason: "看不清", HowTo: "请重新提供"},
	}})
	require.NoError(h.t, err)
	return out
}

// opening is somebody at the window with everything for a matter.
func (h *hall) opening(t *testing.T, code string) *walk {
	t.Helper()
	d, err := h.Matters.Current(code)
	require.NoError(t, err)
	ch := licensing.Window
	if !d.Takes(ch) {
		ch = d.Channels[0]
	}
	w := &walk{hall: h, t: t, d: d, ch: ch, v: ways(d, ch)[0], before: map[string]string{}}
	w.prepare()
	w.open()
	return w
}

// Whoever is refused, has to correct or waits longer is told so in writing with the
// remedy, in a cancellation and in a service too; a service is called no permission.
func TestWhatHappensBesideIsWrittenWhateverTheMatter(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.Staff("files", practitioner.PermList, practitioner.PermSave)
	for code, want := range map[string]string{"RT07": "不予注销", "RH01": "不予办理", "SC01": "不予办理", "EX01": "不予办理", "XT01": "不予办理", "RT04": "不予许可"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			w := h.opening(t, code)
			p, err := w.Show(w.As("clerk"), w.id)
			require.NoError(t, err)
			if p.State == licensing.Submitted {
				p = w.do("clerk", p, licensing.Receive, "")
			}
			p = w.do("clerk", p, licensing.Refuse, "申请的事项由其他机关办理")
			d03 := w.said(p, "D03")
			require.Contains(t, d03, "六十日内")
			require.Equal(t, w.d.Route != matter.Service, permits(d03), d03)

			w = h.opening(t, code)
			p = w.approving()
			require.Equal(t, w.d.LegalDays > 0, slices.Contains(w.able("boss", p), licensing.Extend), "only a law's period is extended")
			p, err = w.Service.Do(w.As("rev2"), p.ID, licensing.Suspend, application.Order{ID: w.hall.id(), Version: p.Revision, Text: "笔迹需要鉴定", Procedure: "鉴定", Days: 10})
			require.NoError(t, err)
			require.Contains(t, w.said(p, "D08"), "预计需要10个工作日")
			p = w.do("rev", w.do("rev2", p, licensing.Resume, ""), licensing.PassReview, "符合条件")
			p = w.do("boss", p, licensing.Deny, "经核实不符合规定")
			d06 := w.said(p, "D06")
			require.Contains(t, d06, "决定"+want)
			require.Contains(t, d06, "六个月内")
			require.Equal(t, want == "不予许可", permits(d06), d06)
			require.Contains(t, w.able("clerk2", p), licensing.Deliver)
			p = w.do("clerk2", p, licensing.Deliver, "本人领取")
			require.Contains(t, w.said(p, "D09"), "不予")
		})
	}
}

// permits says that a letter calls what is asked for a permission.
func permits(said string) bool {
	return strings.Contains(strings.ReplaceAll(said, "行政许可专用章", ""), "行政许可")
}

// able is what somebody may do to a case, by its page, of what issues a letter.
func (w *walk) able(who string, p application.Page) []licensing.Event {
	w.t.Helper()
	p, err := w.Show(w.As(who), p.ID)
	require.NoError(w.t, err)
	return p.Writes
}

// A cancellation is corrected and extended in writing; a service has no period to
// be extended.
func TestACancellationIsCorrectedAndExtendedInWriting(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	d := h.draft("RT07")
	d.Form = map[string]string{"reason": "SELF", "agent": "SELF"}
	p, err := h.Open(h.As("clerk"), d)
	require.NoError(t, err)
	for _, code := range []string{"M03", "M08"} {
		p, err = h.Attach(h.As("clerk"), p.ID, code, "", nil)
		require.NoError(t, err)
	}
	p = h.asked(h.do("clerk", p, licensing.Submit, ""))
	require.Contains(t, h.said(p, "D04"), "看不清")
	h.Clock.Advance(time.Minute)
	_, err = h.Attach(h.As("clerk"), p.ID, "M03", "", nil)
	require.NoError(t, err)
	p = h.do("clerk", h.do("clerk", h.shown(p), licensing.Supplement, ""), licensing.Accept, "")
	p, err = h.Claim(h.As("rev"), p.ID, application.Order{ID: h.id(), Version: p.Revision})
	require.NoError(t, err)
	h.years(2027)
	p = h.do("boss", p, licensing.Extend, "需要向原发证机关核实")
	require.Contains(t, h.said(p, "D07"), "延长10个工作日")

	h.Staff("files", practitioner.PermList, practitioner.PermSave)
	w := h.opening(t, "SC01")
	p = w.approving()
	h.refused("boss", p, licensing.Extend, "licensing.case.extend.period", "没有法定期限")
}

// Who gives up one of two categories is not told that the certificate ends.
func TestACancellationNamesWhatItTakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		categories []string
		says, not  []string
	}{
		{
			[]string{"01001"},
			[]string{"你申请注销部分从业资格类别，", "所载的道路旅客运输驾驶员类别。", "证上其余类别（道路货物运输驾驶员）不受本决定影响"},
			[]string{"该证件失效", "全部从业资格"},
		},
		{[]string{"01001", "02001"}, []string{"你申请注销，", "及证上全部从业资格。", "该证件失效"}, []string{"其余类别", "所载的", "部分"}},
	} {
		h := newHall(t)
		d := h.draft("RT07")
		d.Categories, d.Form = c.categories, map[string]string{"reason": "SELF", "agent": "SELF"}
		p, err := h.Open(h.As("clerk"), d)
		require.NoError(t, err)
		for _, code := range []string{"M03", "M08"} {
			p, err = h.Attach(h.As("clerk"), p.ID, code, "", nil)
			require.NoError(t, err)
		}
		p = h.do("clerk", h.do("clerk", p, licensing.Submit, ""), licensing.Accept, "")
		p, err = h.Claim(h.As("rev"), p.ID, application.Order{ID: h.id(), Version: p.Revision})
		require.NoError(t, err)
		p = h.do("boss", h.do("rev", h.confirmed("rev", p), licensing.PassReview, "同意注销"), licensing.Grant, "")
		said := h.said(p, "D10")
		for _, s := range c.says {
			require.Contains(t, said, s)
		}
		for _, s := range c.not {
			require.NotContains(t, said, s)
		}
		h.do("clerk2", p, licensing.CertificateDone, "")
		l, err := h.people.Licence(t.Context(), h.DB, h.licence.ID)
		require.NoError(t, err)
		require.Equal(t, len(c.categories) == 1, l.State == practitioner.InForce, "the letter says what is done")
	}
}

// A refusal to accept rests on an article of the law, and says who is competent.
func TestARefusalQuotesTheLaw(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.do("clerk", h.opened("RT04"), licensing.Submit, "")
	for _, c := range []struct {
		code string
		set  func(o *application.Order)
	}{
		{"licensing.case.refuse.ground", func(o *application.Order) { o.Ground = "" }},
		{"licensing.case.refuse.ground", func(o *application.Order) { o.Ground = "OTHER" }},
		{"licensing.case.refuse.competent", func(o *application.Order) { o.Competent = "　" }},
		{"licensing.case.refuse.unmended", func(o *application.Order) { o.Ground = application.Unmended }},
	} {
		o := h.ordered(p, licensing.Refuse, "该证由江苏省核发")
		c.set(&o)
		_, err := h.Service.Do(h.As("clerk"), p.ID, licensing.Refuse, o)
		require.True(t, fault.Is(err, c.code), "%s: %v", c.code, err)
	}
	p = h.do("clerk", p, licensing.Refuse, "该证由江苏省核发")
	said := h.said(p, "D03")
	require.Contains(t, said, "依据《中华人民共和国行政许可法》第三十二条第一款第（二）项")
	require.Contains(t, said, "应当向江苏省交通运输厅申请：该证由江苏省核发")
	require.NotContains(t, said, "道路运输从业人员管理规定")

	for ground, article := range map[string]string{application.NotNeeded: "第三十二条第一款第（一）项", application.Untrue: "第七十八条", application.Unmended: "第三十二条第一款第（四）项、第（五）项"} {
		p = h.do("clerk", h.opened("RT04"), licensing.Submit, "")
		if ground == application.Unmended {
			p = h.asked(p)
			h.Clock.Advance(time.Minute)
			_, err := h.Attach(h.As("clerk"), p.ID, "M03", "", nil)
			require.NoError(t, err)
			p = h.do("clerk", h.shown(p), licensing.Supplement, "")
		}
		o := h.ordered(p, licensing.Refuse, "已经核实")
		o.Ground = ground
		p, err := h.Service.Do(h.As("clerk"), p.ID, licensing.Refuse, o)
		require.NoError(t, err)
		require.Contains(t, h.said(p, "D03"), "依据《中华人民共和国行政许可法》"+article)
	}
}

// A denial quotes the rules that the approver says are not met, of those that the
// matter and its failed checks have.
func TestADenialQuotesTheRuleThatIsNotMet(t *testing.T) {
	t.Parallel()
	h, c := newCity(t)
	c.set(func() { c.owes = 1 })
	p := h.inReview()
	h.ask(1)
	p = h.do("rev", h.shown(p), licensing.ProposeRefusal, "有未处理完毕的行政处罚")
	var penalty string
	for _, g := range p.Grounds {
		if slices.Contains(g.Checks, "E14") {
			penalty = g.Article
		}
	}
	require.Equal(t, "《道路运输从业人员管理规定》第三十一条", penalty, "%+v", p.Grounds)
	for _, unmet := range [][]string{nil, {"《中华人民共和国宪法》第一条"}} {
		o := h.ordered(p, licensing.Deny, "有未处理完毕的行政处罚")
		o.Unmet = unmet
		_, err := h.Service.Do(h.As("boss"), p.ID, licensing.Deny, o)
		require.True(t, fault.Is(err, "licensing.case.deny.unmet"), "%v", err)
	}
	o := h.ordered(p, licensing.Deny, "有未处理完毕的行政处罚")
	o.Unmet = []string{penalty}
	p, err := h.Service.Do(h.As("boss"), p.ID, licensing.Deny, o)
	require.NoError(t, err)
	require.Contains(t, h.said(p, "D06"), "经审查，有未处理完毕的行政处罚，不符合《道路运输从业人员管理规定》第三十一条的规定")
	require.Empty(t, p.Grounds, "it has been decided")
}

// A ride-hailing certificate counts as long as its registration: three years.
func TestARideHailingDecisionNamesItsThreeYears(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.Staff("files", practitioner.PermList, practitioner.PermSave)
	p := h.opening(t, "NT01").approving()
	said := h.said(h.do("boss", p, licensing.Grant, ""), "D05")
	require.Contains(t, said, "有效期自2026年11月23日至2029年11月23日")
	require.NotContains(t, said, "长期")
	require.Contains(t, h.said(h.do("boss", h.opening(t, "TX01").approving(), licensing.Grant, ""), "D05"), "至长期", "a taxi driver's has no end")
}
