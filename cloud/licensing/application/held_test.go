package application_test

import (
	"cmp"
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
)

// holder is somebody with a road certificate whose categories were issued on days of
// their own, on the way to a matter.
func holder(t *testing.T, code string, categories []string, issued ...[2]string) *walk {
	t.Helper()
	h := newHall(t)
	h.t = t
	h.Staff("files", practitioner.PermList, practitioner.PermSave)
	w := moving(h, code, variant{categories: categories})
	w.prepare()
	for i, one := range issued {
		act := practitioner.Add
		if i == 0 {
			act = practitioner.First
		}
		w.tx(func(ctx context.Context, tx pgx.Tx) (err error) {
			w.licence, err = w.people.Issue(ctx, tx, practitioner.Grant{
				Person: w.who.ID, Act: act, Type: practitioner.TypeOf(one[0]), Categories: []string{one[0]}, On: day(t, one[1]),
			})
			return err
		})
	}
	return w
}

// accepted is what was sent, with its checks made.
func (w *walk) accepted() application.Page {
	w.t.Helper()
	p, err := w.Show(w.As("clerk"), w.id)
	require.NoError(w.t, err)
	return w.do("clerk", p, licensing.Accept, "")
}

// Who gives up one category keeps the others (chapter 1.3).
func TestGivingUpOneCategoryKeepsTheRest(t *testing.T) {
	t.Parallel()
	w := holder(t, "DG06", []string{"03001"}, [2]string{"02001", "2022-03-01"}, [2]string{"03001", "2024-05-01"})
	w.open()
	w.toTheEnd()
	l := w.now()
	require.Equal(t, practitioner.InForce, l.State)
	require.Len(t, l.Categories, 1)
	require.Equal(t, "02001", l.Categories[0].Code)
	require.Equal(t, "2028-03-01", l.ValidTo.String(), "the end of what is left")
	require.Equal(t, 3, l.PrintVersion)

	w = w.next("RT07")
	w.v.categories, w.licence = []string{"02001"}, l
	w.open()
	w.toTheEnd()
	require.Equal(t, practitioner.Cancelled, w.now().State, "the last one takes the certificate along")
}

// Every category ends, and is renewed, by itself (chapter 1.5).
func TestARenewalIsOfTheCategoriesThatEnd(t *testing.T) {
	t.Parallel()
	issued := [][2]string{{"02001", "2020-12-10"}, {"01001", "2024-03-01"}}
	w := holder(t, "RT03", []string{"02001"}, issued...)
	w.open()
	w.toTheEnd()
	l := w.now()
	freight, _ := l.Category("02001")
	passengers, _ := l.Category("01001")
	require.Equal(t, "2032-12-11", freight.ValidTo.String())
	require.Equal(t, "2030-03-01", passengers.ValidTo.String(), "its own time has not come")

	w = holder(t, "RT03", []string{"02001", "01001"}, issued...)
	w.open()
	c := w.check(w.accepted(), "E11")
	require.Equal(t, application.Fail, c.Result)
	require.Contains(t, c.Reason, "道路旅客运输驾驶员有效期至 2030-03-01")
	require.Contains(t, c.Guide, "只选择到期的类别")
}

// The online page proposes what can be renewed now, and lets one choose.
func TestARenewalOnlineProposesWhatEnds(t *testing.T) {
	t.Parallel()
	w := holder(t, "RT03", []string{"02001"}, [2]string{"02001", "2020-12-10"}, [2]string{"01001", "2024-03-01"})
	p, err := w.OwnOpen(w.applicant(w.who.ID), w.account(), application.OwnDraft{ID: w.hall.id(), Matter: "RT03", Licence: w.licence.ID}, ours)
	require.NoError(t, err)
	require.Equal(t, []string{"02001"}, p.Categories)
	require.Len(t, p.Held, 2)
}

// A certificate that was let lapse is no certificate, and no obstacle: its holder
// sits the exam and applies anew (chapters 1.5 and 16.2).
func TestWhoLetItLapseAppliesAnew(t *testing.T) {
	t.Parallel()
	lapsed := [2]string{"02001", "2018-01-10"} // ended 10 January 2024
	w := holder(t, "RT04", []string{"02001"}, lapsed)
	w.open()
	c := w.check(w.accepted(), "E10")
	require.Equal(t, application.Fail, c.Result)
	require.Contains(t, c.Reason, "2024-01-10 到期")

	w = holder(t, "RT01", []string{"02001"}, lapsed)
	w.open()
	w.toTheEnd()
	l := w.now()
	require.Equal(t, practitioner.InForce, l.State)
	require.Equal(t, "2032-11-23", l.ValidTo.String())
	require.Equal(t, "2026-11-23", l.Categories[0].FirstIssue.String(), "the years before do not count")

	w = holder(t, "RT01", []string{"02001"}, [2]string{"02001", "2020-09-01"}) // ended less than 180 days ago
	w.open()
	c = w.check(w.accepted(), "E09")
	require.Equal(t, application.Fail, c.Result)
	require.Contains(t, c.Guide, "请办理换证")
}

// Who registers anew needs no hours of a period that has not begun; who left the
// trade for three years needs a refresher (chapter 1.6).
func TestHoursBeforeARegistration(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ issued, left, want string }{
		"three days after the qualification": {"2026-11-20", "", application.Pass},
		"to the day":                         {"2023-11-23", "", application.Pass},
		"a day more than three years":        {"2023-11-22", "", application.Fail},
		"who was registered until last year": {"2015-03-01", "2025-10-01", application.Pass},
		"and who left long ago":              {"2015-03-01", "2020-10-01", application.Fail},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := holder(t, "TR01", []string{"09002"}, [2]string{"09002", c.issued})
			if c.left != "" {
				w.tx(func(ctx context.Context, tx pgx.Tx) error {
					if err := w.people.PutRegistration(ctx, tx, w.who.ID, practitioner.RegistrationDraft{
						Category: "09002", Employer: "强生出租（演示）", EmployerCode: company, From: day(t, "2018-01-10"), Source: "导入",
					}); err != nil {
						return err
					}
					_, err := w.people.Leave(ctx, tx, practitioner.Leaving{Person: w.who.ID, Category: "09002", EmployerCode: company, On: day(t, c.left), Reported: day(t, c.left)})
					return err
				})
			}
			w.open()
			e12 := w.check(w.accepted(), "E12")
			require.Equal(t, c.want, e12.Result, e12.Reason)
			if c.want == application.Fail {
				require.Contains(t, e12.Reason, "应有 27 学时")
			}
		})
	}
}

// An additional category of dangerous goods stands on its kind (chapter 1.1).
func TestAnAdditionalCategoryNeedsItsKind(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		matter     string
		categories []string
		holds      [][2]string
		refused    bool
	}{
		"poisons to load without loading":      {"DG01", []string{"03006"}, nil, true},
		"driving is another kind":              {"DG01", []string{"03006"}, [][2]string{{"03001", "2024-05-01"}}, true},
		"one that has ended":                   {"DG01", []string{"03006"}, [][2]string{{"03002", "2018-05-01"}}, true},
		"held":                                 {"DG01", []string{"03006"}, [][2]string{{"03002", "2024-05-01"}}, false},
		"both at once":                         {"DG01", []string{"03002", "03006"}, nil, false},
		"giving up what another stands on":     {"DG06", []string{"03002"}, [][2]string{{"03002", "2024-05-01"}, {"03006", "2024-05-01"}}, true},
		"both are given up":                    {"DG06", []string{"03002", "03006"}, [][2]string{{"03002", "2024-05-01"}, {"03006", "2024-05-01"}}, false},
		"the additional one alone is given up": {"DG06", []string{"03006"}, [][2]string{{"03002", "2024-05-01"}, {"03006", "2024-05-01"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := holder(t, c.matter, c.categories, c.holds...)
			p := w.filledIn()
			_, err := w.Service.Do(w.As("clerk"), p.ID, licensing.Submit, w.order(p.Revision, ""))
			require.Equal(t, c.refused, fault.Is(err, "licensing.case.main"), "%v", err)
			if !c.refused {
				require.NoError(t, err)
			}
		})
	}
}

// What a category stands on can be given up, or come, between application and decision:
// whichever is decided first, the other is refused, also at the same moment.
func TestADecisionLooksAtTheMainCategoryAgain(t *testing.T) {
	t.Parallel()
	both := func(t *testing.T) (add, drop *walk, adding, dropping application.Page) {
		t.Helper()
		add = holder(t, "DG01", []string{"03006"}, [2]string{"03002", "2024-05-01"})
		add.open()
		drop = add.next("DG06")
		drop.v.categories, drop.licence = []string{"03002"}, add.licence
		drop.open()
		return add, drop, add.approving(), drop.approving()
	}
	add, drop, adding, dropping := both(t)
	drop.do("boss", dropping, licensing.Grant, "")
	err := add.grant(add.shown(adding))
	require.True(t, fault.Is(err, "licensing.case.main"), "%v", err)
	require.ErrorContains(t, err, "请作出不予决定")

	add, drop, adding, dropping = both(t)
	add.do("boss", adding, licensing.Grant, "")
	err = drop.grant(drop.shown(dropping))
	require.True(t, fault.Is(err, "licensing.case.main"), "%v", err)
	require.ErrorContains(t, err, "不能只注销后者")

	add, drop, adding, dropping = both(t)
	met := make(chan error, 1)
	go func() { met <- add.grant(adding) }()
	one := drop.grant(dropping)
	two := <-met
	require.NotEqual(t, one == nil, two == nil, "%v, %v", one, two)
	require.True(t, fault.Is(cmp.Or(one, two), "licensing.case.main"), "%v, %v", one, two)
}

// A grade B that was put right bars nobody: what proves it a person looks at.
func TestAGradeBThatWasPutRight(t *testing.T) {
	t.Parallel()
	w := holder(t, "RT03", []string{"02001"}, [2]string{"02001", "2020-12-10"})
	require.NoError(t, w.people.Assess(w.As("files"), w.who.ID, practitioner.Assessment{
		Category: "02001", From: day(t, "2025-01-01"), To: day(t, "2025-12-31"), Grade: "B", Points: 20, Source: "考核系统",
	}))
	w.open()
	p := w.accepted()
	c := w.check(p, "E13")
	require.Equal(t, application.Unknown, c.Result)
	require.Contains(t, c.Reason, "B 级")
	p, err := w.Claim(w.As("rev"), p.ID, w.order(p.Revision, ""))
	require.NoError(t, err)
	w.do("boss", w.do("rev", w.confirmed("rev", p), licensing.PassReview, "已补充教育并整改"), licensing.Grant, "")
}

// A window proposes what an applicant's own draft begins with: what can be done now.
func TestAWindowProposesWhatCanBeDone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		matter string
		issued [][2]string
		due    []string
	}{
		{"RT03", [][2]string{{"02001", "2020-12-10"}, {"01001", "2024-03-01"}}, []string{"02001"}}, // the other's time has not come
		{"RT03", [][2]string{{"02001", "2024-03-01"}, {"01001", "2024-03-01"}}, []string{"01001", "02001"}},
		{"RT04", [][2]string{{"02001", "2020-09-01"}, {"01001", "2024-03-01"}}, []string{"01001"}}, // the other is over
		{"RT07", [][2]string{{"02001", "2020-09-01"}, {"01001", "2024-03-01"}}, []string{"01001", "02001"}},
		{"RT02", [][2]string{{"02001", "2024-03-01"}}, []string{"01001"}},
	} {
		w := holder(t, c.matter, []string{"02001"}, c.issued...)
		list, err := w.Holdings(w.As("clerk"), c.matter, w.who.ID)
		require.NoError(t, err)
		require.Equal(t, []application.Holding{{Licence: w.licence.ID, Due: c.due}}, list, c.matter)
	}
	w := holder(t, "RT03", []string{"02001"}, [2]string{"02001", "2024-03-01"})
	_, err := w.Holdings(w.As("rev"), "RT03", w.who.ID)
	require.Equal(t, fault.Forbidden, fault.From(err).Kind)
}
