package application_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

const company = "11100000000019713D"

// idLike adds the check digit to seventeen digits.
func idLike(first17 string) string {
	sum := 0
	for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(first17[i]-'0') * w
	}
	return first17 + string("10X98765432"[sum%11])
}

func day(t *testing.T, text string) clock.Date {
	t.Helper()
	d, err := clock.ParseDate(text)
	require.NoError(t, err)
	return d
}

func (h *hall) tx(do func(ctx context.Context, tx pgx.Tx) error) {
	h.t.Helper()
	ctx := auth.System(h.t.Context(), "test")
	require.NoError(h.t, h.DB.InTx(ctx, func(tx pgx.Tx) error { return do(ctx, tx) }))
}

// dispatcher makes the file of somebody with a bus certificate first issued on a
// day; "" for none yet.
func (h *hall) busman(number, category, issued string) (who practitioner.Person, l practitioner.Licence) {
	h.t.Helper()
	id, err := person.ParseID(number)
	require.NoError(h.t, err)
	h.tx(func(ctx context.Context, tx pgx.Tx) (err error) {
		if who, err = h.people.Ensure(ctx, tx, practitioner.Basic{ID: id, Name: "李公交"}); err != nil || issued == "" {
			return err
		}
		l, err = h.people.Issue(ctx, tx, practitioner.Grant{Person: who.ID, Act: practitioner.First, Type: practitioner.Bus, Categories: []string{category}, On: day(h.t, issued)})
		return err
	})
	return who, l
}

// busCase opens an application for a bus certificate with everything that is
// handed in at the window.
func (h *hall) busCase(matter, number, licence, category string, form map[string]string, materials ...string) application.Page {
	h.t.Helper()
	all := map[string]string{
		"address": "上海市浦东新区世纪大道 1 号", "employer": "浦东公交（演示）", "employer_code": company, "delivery": "COUNTER", "agent": "SELF", "reason": "EXPIRE",
	}
	for k, v := range form {
		all[k] = v
	}
	p, err := h.Open(h.As("clerk"), application.Draft{
		ID: h.id(), Matter: matter, Name: "李公交", IDNo: number, Mobile: "13900004321", Licence: licence, Categories: []string{category}, Form: all,
	})
	require.NoError(h.t, err)
	for _, code := range append([]string{"M03", "M05"}, materials...) {
		name, data := "扫描件.jpg", []byte(jpeg)
		if code == "M03" || code == "M08" {
			name, data = "", nil
		}
		p, err = h.Attach(h.As("clerk"), p.ID, code, name, data)
		require.NoError(h.t, err, code)
	}
	return p
}

// decided walks a submitted case to the decision.
func (h *hall) toApproval(p application.Page) application.Page {
	h.t.Helper()
	p = h.do("clerk", p, licensing.Accept, "")
	p, err := h.Claim(h.As("rev"), p.ID, application.Order{ID: h.id(), Version: p.Revision})
	require.NoError(h.t, err)
	return h.do("rev", h.confirmed("rev", p), licensing.PassReview, "符合条件")
}

func (h *hall) finished(p application.Page) application.Page {
	h.t.Helper()
	p = h.do("boss", p, licensing.Grant, "")
	for _, e := range []licensing.Event{licensing.MakeCertificate, licensing.CertificateDone, licensing.Deliver} {
		p = h.do("clerk2", p, e, "本人领取")
	}
	require.Equal(h.t, licensing.Completed, p.State)
	return p
}

func (h *hall) refused(who string, p application.Page, e licensing.Event, code, says string) {
	h.t.Helper()
	_, err := h.Service.Do(h.As(who), p.ID, e, h.ordered(p, e, "符合条件，同意"))
	require.True(h.t, fault.Is(err, code), "%s: %v", code, err)
	require.ErrorContains(h.t, err, says)
}

// M42: a new bus certificate after a passed exam, numbered by post and year.
func TestABusCertificateAfterAPassedExam(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	number := idLike("31010119900307001")
	p := h.busCase("BU01", number, "", "13901", nil, "M23")
	h.refused("clerk", p, licensing.Submit, "licensing.case.submit.incomplete", "考试合格成绩")
	id, _ := person.ParseID(number)
	h.Passed(id, "李公交", "13901")
	p = h.do("clerk", p, licensing.Submit, "")
	p = h.toApproval(p)
	require.Equal(t, "PASS", standing(p, "E08").Result)
	p = h.finished(p)
	list, err := h.people.Licences(t.Context(), h.DB, p.Person)
	require.NoError(t, err)
	require.Equal(t, "GJS2026000001", list[0].Number)
	require.Equal(t, "2032-11-23", list[0].ValidTo.String())
	require.Equal(t, []string{"D13", "D02", "D05", "D09"}, letters(p))

	again := h.busCase("BU01", number, "", "13901", nil, "M23")
	again = h.do("clerk", again, licensing.Submit, "")
	again = h.do("clerk", again, licensing.Accept, "")
	require.Equal(t, "FAIL", standing(again, "E09").Result, "there is one in force")
}

func standing(p application.Page, code string) application.CheckResult {
	for _, c := range p.Checks {
		if c.Code == code {
			return c
		}
	}
	return application.CheckResult{}
}

// Many decided at once: numbers of a post and year without gap or repeat, and a
// decision that is rolled back takes none.
func TestBusNumbersHaveNoGapsAndNoRepeats(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	var wg sync.WaitGroup
	for i := range 12 {
		who, _ := h.busman(idLike(fmt.Sprintf("3101011985010%d001", 10+i)[:17]), "13902", "")
		wg.Go(func() {
			ctx := auth.System(context.Background(), "test")
			err := h.DB.InTx(ctx, func(tx pgx.Tx) error {
				_, err := h.people.Issue(ctx, tx, practitioner.Grant{Person: who.ID, Act: practitioner.First, Type: practitioner.Bus, Categories: []string{"13902"}, On: day(t, "2026-11-23")})
				if err == nil && i%3 == 0 {
					return errRollback
				}
				return err
			})
			if (err != nil) != (i%3 == 0) {
				t.Error(i, err)
			}
		})
	}
	wg.Wait()
	rows, err := h.DB.Query(t.Context(), `SELECT number_mask FROM practitioner_licence WHERE type = 'BUS' ORDER BY 1`)
	require.NoError(t, err)
	numbers, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Len(t, numbers, 8)
	for i, n := range numbers {
		require.Equal(t, fmt.Sprintf("GJT2026%06d", i+1), n)
	}
}

var errRollback = fault.New(fault.Conflict, "test.rollback", "回滚")

// M43: a renewal counts continuing education and shows what it counted.
func TestABusRenewalCountsContinuingEducation(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	number := idLike("31010119900307002")
	h.Staff("files", practitioner.PermSave)
	who, l := h.busman(number, "13001", "2021-01-10") // ends on 2027-01-10: the window is open
	p := h.busCase("BU02", number, l.ID, "13001", nil, "M08")
	h.refused("clerk", p, licensing.Submit, "licensing.case.submit.incomplete", "继续教育")
	teach := func(hours int, class, ends string) {
		require.NoError(t, h.people.Educate(h.As("files"), who.ID, practitioner.Education{
			Category: "13001", Org: "交运培训中心", ClassNo: class, Hours: hours, Begins: day(t, ends), Ends: day(t, ends), Mode: "ONSITE", Source: "培训系统",
		}))
	}
	teach(20, "1", "2026-03-02")
	teach(20, "2", "2024-11-01") // more than two years ago
	h.refused("clerk", p, licensing.Submit, "licensing.case.submit.incomplete", "继续教育")
	teach(4, "3", "2026-10-08")
	p = h.do("clerk", p, licensing.Submit, "")
	p = h.toApproval(p)
	require.Contains(t, standing(p, "E12").Reason, "继续教育 24 学时，应有 24 学时", "the reviewer sees what was counted")
	h.finished(p)
	list, err := h.people.Licences(t.Context(), h.DB, who.ID)
	require.NoError(t, err)
	require.Equal(t, l.Number, list[0].Number)
	require.Equal(t, "2033-01-11", list[0].ValidTo.String())
	require.Equal(t, 2, list[0].PrintVersion)

	early := idLike("31010119900307003")
	who2, l2 := h.busman(early, "13001", "2024-01-10")
	who = who2
	teach(24, "1", "2026-03-02")
	p = h.busCase("BU02", early, l2.ID, "13001", nil, "M08")
	p = h.do("clerk", h.do("clerk", p, licensing.Submit, ""), licensing.Accept, "")
	require.Equal(t, "FAIL", standing(p, "E11").Result)
}

// M44: a reissue looks at the old certificate, and voids its print.
func TestABusReissueVoidsTheOldPrint(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	number := idLike("31010119900307004")
	lost := map[string]string{"reason": "LOST", "statement": "十一月二十日在车队遗失"}
	who, l := h.busman(number, "13902", "2024-01-10")
	p := h.finished(h.toApproval(h.do("clerk", h.busCase("BU03", number, l.ID, "13902", lost), licensing.Submit, "")))
	list, err := h.people.Licences(t.Context(), h.DB, who.ID)
	require.NoError(t, err)
	require.Equal(t, []any{l.Number, l.ValidTo, 2}, []any{list[0].Number, list[0].ValidTo, list[0].PrintVersion})
	f := h.timeline(who.ID, "REISSUE")
	require.Contains(t, f[0].Text, "第 1 版作废")
	require.Equal(t, []any{1, 2, p.ID}, []any{f[0].Before.PrintVersion, f[0].After.PrintVersion, f[0].Case})

	p = h.do("clerk", h.busCase("BU03", number, l.ID, "13902", lost), licensing.Submit, "")
	h.tx(func(ctx context.Context, tx pgx.Tx) error {
		return h.people.SetState(ctx, tx, l.ID, practitioner.Cancelled, "本人注销", "另一办件")
	})
	p = h.do("clerk", p, licensing.Accept, "")
	require.Equal(t, "FAIL", standing(p, "E10").Result)
	p, err = h.Claim(h.As("rev"), p.ID, application.Order{ID: h.id(), Version: p.Revision})
	require.NoError(t, err)
	h.refused("rev", h.confirmed("rev", p), licensing.PassReview, "licensing.case.unsettled", "原证")
}
