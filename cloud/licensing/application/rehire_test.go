package application_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
)

func (h *hall) timeline(of, kind string) []practitioner.Line {
	h.t.Helper()
	h.Staff("files", practitioner.PermList)
	got, err := h.people.Timeline(h.As("files"), of, practitioner.TimelineFilter{Kind: kind}, db.Page{})
	require.NoError(h.t, err)
	return got.Items
}

// service opens a rehire or a dismissal.
func (h *hall) service(matter, number, licence, category string, form map[string]string) application.Page {
	h.t.Helper()
	all := map[string]string{"address": "上海市浦东新区世纪大道 1 号", "employer": "浦东公交（演示）", "employer_code": company}
	for k, v := range form {
		all[k] = v
	}
	p, err := h.Open(h.As("clerk"), application.Draft{
		ID: h.id(), Matter: matter, Name: "李公交", IDNo: number, Mobile: "13900004321", Licence: licence, Categories: []string{category}, Form: all,
	})
	require.NoError(h.t, err)
	codes := []string{"M25", "M03", "M04"}
	if matter == "RH02" {
		codes = []string{"M26"}
	}
	for _, code := range codes {
		p, err = h.Attach(h.As("clerk"), p.ID, code, "扫描件.jpg", []byte(jpeg))
		require.NoError(h.t, err, code)
	}
	return p
}

func rehireForm(change map[string]string) map[string]string {
	out := map[string]string{"rehire_from": "2026-12-01", "rehire_until": "2027-06-30", "health_until": "2027-06-30", "contract_until": "2027-12-31"}
	for k, v := range change {
		out[k] = v
	}
	return out
}

// served walks a service from the window to the end: no statutory letter, the
// promised days alone.
func (h *hall) served(p application.Page, promised string) application.Page {
	h.t.Helper()
	p = h.do("clerk", p, licensing.Submit, "")
	p = h.do("clerk", p, licensing.Accept, "")
	require.Equal(h.t, []any{application.Promised, promised}, []any{p.DueClock, p.Due.String()}, "no statutory period runs")
	p, err := h.Claim(h.As("rev"), p.ID, application.Order{ID: h.id(), Version: p.Revision})
	require.NoError(h.t, err)
	p = h.do("rev", h.confirmed("rev", p), licensing.PassReview, "符合条件")
	p = h.do("boss", p, licensing.Grant, "")
	p = h.do("clerk2", h.do("clerk2", p, licensing.CertificateDone, ""), licensing.Deliver, "企业经办人签收")
	require.Equal(h.t, licensing.Completed, p.State)
	require.Equal(h.t, []string{"D13", "D09"}, letters(p))
	return p
}

// M53: hired again at the statutory age, and no longer than health and contract;
// the company reports the end, which is taken late as well, and said.
func TestRehiringAndDismissing(t *testing.T) {
	t.Parallel()
	h := newHall(t) // Monday 2026-11-23
	number := idLike("31010119650105003")
	who, l := h.busman(number, "13902", "2022-01-10")
	for says, change := range map[string]map[string]string{
		"体检有效期至": {"health_until": "2027-06-29"}, "返聘协议至": {"contract_until": "2027-06-01"}, "法定退休年龄": {"rehire_from": "2025-01-01"},
		"不得超过 65 周岁": {"rehire_until": "2030-01-05", "health_until": "2031-01-01", "contract_until": "2031-01-01"},
		"统一社会信用代码":   {"employer_code": "111000000000197131"},
	} {
		p := h.service("RH01", number, l.ID, "13902", rehireForm(change))
		_, err := h.Service.Do(h.As("clerk"), p.ID, licensing.Submit, application.Order{ID: h.id(), Version: p.Revision})
		require.ErrorContains(t, err, says)
	}
	young := idLike("31010119850105003")
	_, l2 := h.busman(young, "13902", "2022-01-10")
	p := h.service("RH01", young, l2.ID, "13902", rehireForm(nil))
	h.refused("clerk", p, licensing.Submit, "practitioner.rehire.early", "到龄前按在职人员管理")

	p = h.served(h.service("RH01", number, l.ID, "13902", rehireForm(nil)), "2026-11-26")
	require.Equal(t, "PASS", standing(p, "E26").Result, "from our own records")
	r, _, err := h.people.ActiveRehire(t.Context(), h.DB, who.ID, day(t, "2026-12-01"))
	require.NoError(t, err)
	require.Equal(t, []string{p.ID, "2027-06-30", company}, []string{r.Ref, r.To.String(), r.CompanyCode})
	again := h.service("RH01", number, l.ID, "13902", rehireForm(nil))
	h.refused("clerk", again, licensing.Submit, "practitioner.rehire.twice", "先由该企业办理解聘")

	h.Clock.Advance(60 * 24 * time.Hour) // 2027-01-22
	h.year(2027)
	p = h.service("RH02", number, l.ID, "13902", map[string]string{"dismissed_on": "2026-12-31", "employer_code": "91310000132207927C"})
	_, err = h.Service.Do(h.As("clerk"), p.ID, licensing.Submit, application.Order{ID: h.id(), Version: p.Revision})
	require.ErrorContains(t, err, "只能由该企业报告解聘")
	p = h.service("RH02", number, l.ID, "13902", map[string]string{"dismissed_on": "2026-12-31", "reason": "协议提前解除"})
	require.Contains(t, p.Notices[0], "逾期 2 日")
	h.served(p, "2027-01-25")
	require.Contains(t, h.timeline(who.ID, "DISMISS")[0].Text, "逾期 2 日")
	_, on, err := h.people.ActiveRehire(t.Context(), h.DB, who.ID, day(t, "2027-01-22"))
	require.NoError(t, err)
	require.False(t, on)
}

// year makes the calendar know a year with one holiday.
func (h *hall) year(n int) {
	h.t.Helper()
	_, err := h.DB.Exec(h.t.Context(), `INSERT INTO licensing_calendar_year (year, source, set_by, set_at) VALUES ($1, '试验', '', now())`, n)
	require.NoError(h.t, err)
	_, err = h.DB.Exec(h.t.Context(), `INSERT INTO licensing_calendar_day (day, year, kind, name) VALUES (make_date($1, 1, 1), $1, 'holiday', '元旦')`, n)
	require.NoError(h.t, err)
}

// Somebody over the age who was hired again renews; who was not does not.
func TestAgeChecksKnowWhoWorksOn(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	number := idLike("31010119650105004") // 61 since January
	who, l := h.busman(number, "13902", "2021-01-10")
	h.Staff("files", practitioner.PermSave)
	require.NoError(t, h.people.Educate(h.As("files"), who.ID, practitioner.Education{
		Category: "13902", Org: "交运培训中心", Hours: 24, Begins: day(t, "2026-03-02"), Ends: day(t, "2026-03-02"), Mode: "ONSITE", Source: "培训系统",
	}))
	p := h.do("clerk", h.busCase("BU02", number, l.ID, "13902", nil, "M08"), licensing.Submit, "")
	p = h.do("clerk", p, licensing.Accept, "")
	require.Equal(t, "FAIL", standing(p, "E02").Result)
	h.do("clerk", p, licensing.Withdraw, "先办理返聘")
	h.tx(func(ctx context.Context, tx pgx.Tx) error {
		_, err := h.people.Rehire(ctx, tx, practitioner.RehireDraft{
			Person: who.ID, Category: "13902", Company: "浦东公交（演示）", CompanyCode: company, From: day(t, "2026-11-01"), To: day(t, "2027-10-31"),
			HealthUntil: day(t, "2027-10-31"), ContractUntil: day(t, "2027-10-31"),
		})
		return err
	})
	p = h.do("clerk", h.busCase("BU02", number, l.ID, "13902", nil, "M08"), licensing.Submit, "")
	p = h.do("clerk", p, licensing.Accept, "")
	require.Equal(t, "PASS", standing(p, "E02").Result)
}
