package application_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/clock"
)

// ending is somebody whose certificate ends so many days from today.
func (h *hall) ending(days int) (who practitioner.Person, l practitioner.Licence) {
	h.t.Helper()
	ctx := auth.System(h.t.Context(), "test")
	who = h.another(renewer, "王强")
	end := clock.DateOf(h.Clock.Now()).Add(days)
	begin := clock.Date{Year: end.Year - 6, Month: end.Month, Day: min(end.Day, 28)}
	require.NoError(h.t, h.DB.InTx(ctx, func(tx pgx.Tx) (err error) {
		l, err = h.people.Issue(ctx, tx, practitioner.Grant{
			Person: who.ID, Act: practitioner.TakeIn, Type: practitioner.Road, Categories: []string{"02001"}, On: begin,
			Taken: &practitioner.Taken{Number: renewer, FirstIssue: begin, ValidFrom: begin, ValidTo: end, State: practitioner.InForce},
		})
		return err
	}))
	h.Staff("filer", practitioner.PermSave)
	return who, l
}

func colours(list []sanction.Prompt) []sanction.Color {
	out := []sanction.Color{}
	for _, p := range list {
		out = append(out, p.Color)
	}
	return out
}

// Who applies is told when the certificate is about to end or has ended (chapters 1.5,
// 13.5 and 16.2: thirty days before its end on, and a hundred and eighty after).
func TestAnEndThatComesIsSaid(t *testing.T) {
	t.Parallel()
	yellow, orange := []sanction.Color{sanction.Yellow}, []sanction.Color{sanction.Orange}
	for name, c := range map[string]struct {
		days   int
		want   []sanction.Color
		says   string
		matter string
	}{
		"thirty-one days": {31, []sanction.Color{}, "", "RT04"},
		"thirty days":     {30, yellow, "请先完成换证。道路运输从业人员从业资格证（", "RT04"},
		"its last day":    {0, yellow, "不足 30 日", "RT04"},
		"a day late":      {-1, orange, "已超期，不得上岗；最晚", "RT04"},
		"the last day":    {-180, orange, "最晚 2026-11-23 可以换证", "RT04"},
		"too late":        {-181, orange, "请重新参加考试后申领", "RT04"},
		"given back":      {-1, []sanction.Color{}, "", "RT07"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			who, _ := h.ending(c.days)
			got, err := h.HintsFor(h.As("clerk"), c.matter, who.ID)
			require.NoError(t, err)
			require.Equal(t, c.want, colours(got))
			if c.says != "" {
				require.Contains(t, got[0].Text, c.says)
			}
		})
	}
}

// What a renewal will ask for is said before it begins, on the window's page and on
// the applicant's, and gone when it is there.
func TestWhatARenewalAsksForIsSaid(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	who, l := h.ending(60)
	h.assess(who.ID, "B")
	h.educate(who.ID, 10)
	got, err := h.HintsFor(h.As("clerk"), "RT03", who.ID)
	require.NoError(t, err)
	require.Equal(t, []sanction.Color{sanction.Yellow, sanction.Yellow}, colours(got))
	want := got
	require.Contains(t, got[0].Text, "请先完成继续教育 14 学时。")
	require.Contains(t, got[1].Text, "最近一次诚信考核为 B 级。")
	got, err = h.HintsFor(h.As("clerk"), "RT04", who.ID)
	require.NoError(t, err)
	require.Empty(t, got, "a reissue asks for neither")
	home, err := h.Hints(t.Context(), h.DB, who.ID, nil)
	require.NoError(t, err)
	require.Equal(t, want, home)

	p, err := h.OwnOpen(h.applicant(who.ID), application.Account{Name: "王强", IDNo: renewer, Mobile: "13900001234"}, application.OwnDraft{ID: h.id(), Matter: "RT03", Licence: l.ID}, ours)
	require.NoError(t, err)
	require.Equal(t, want, p.Hints)
	h.educate(who.ID, 14)
	h.assess(who.ID, "A")
	p, err = h.OwnShow(h.applicant(who.ID), p.ID)
	require.NoError(t, err)
	require.Empty(t, p.Hints)
}

func (h *hall) educate(of string, hours int) {
	h.t.Helper()
	require.NoError(h.t, h.people.Educate(h.As("filer"), of, practitioner.Education{
		Category: "02001", Org: "演示培训中心", ClassNo: h.id(), Hours: hours, Begins: clock.Date{Year: 2026, Month: 5, Day: 1}, Ends: clock.Date{Year: 2026, Month: 5, Day: 10},
		Mode: "ONSITE", Certificate: h.id(), Source: "本系统",
	}))
}

func (h *hall) assess(of, grade string) {
	h.t.Helper()
	year := 2024
	if grade != "B" {
		year++
	}
	require.NoError(h.t, h.people.Assess(h.As("filer"), of, practitioner.Assessment{
		Category: "02001", From: clock.Date{Year: year, Month: 1, Day: 1}, To: clock.Date{Year: year, Month: 12, Day: 31}, Grade: grade, Points: 10, Source: "本系统",
	}))
}
