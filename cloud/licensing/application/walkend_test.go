package application_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
)

// issued are the letters of a set on a way that meets no hindrance: chapter 2.4.
func issued(d matter.Definition) []string {
	switch {
	case d.Action == licensing.TransferRevoke:
		return []string{"D11"}
	case d.Letters == "D14": // the treasury's own
		return []string{}
	case d.Letters == "DS-E":
		return []string{"D13", "D09"}
	case d.Action == licensing.Cancel:
		return []string{"D13", "D02", "D10", "D09"}
	}
	return []string{"D13", "D02", "D05", "D09"}
}

// ended looks at everything that a completed case leaves.
func (w *walk) ended(p application.Page) {
	w.t.Helper()
	require.Equal(w.t, licensing.Completed, p.State)
	require.Equal(w.t, w.ch, p.Channel)
	require.Equal(w.t, issued(w.d), letters(p), "each letter of the set once")
	require.NotEmpty(w.t, p.Clocks)
	for _, c := range p.Clocks {
		require.True(w.t, c.Ended, "%s runs on", c.ID)
	}
	require.True(w.t, p.Due.IsZero())
	require.Empty(w.t, p.Possible)
	w.recorded()
	lines, err := w.people.Timeline(w.As("files"), w.who.ID, practitioner.TimelineFilter{}, db.Page{PageSize: 100})
	require.NoError(w.t, err)
	told := []string{}
	for _, l := range lines.Items {
		if l.Case == w.id && l.Kind == "CASE" {
			told = append(told, l.Text[strings.LastIndex(l.Text, "：")+len("："):])
		}
	}
	for _, e := range []licensing.Event{licensing.Submit, licensing.Accept, licensing.PassReview, licensing.Grant, licensing.CertificateDone, licensing.Deliver} {
		require.Contains(w.t, told, w.d.EventName(e))
	}
	require.True(w.t, slices.ContainsFunc(lines.Items, func(l practitioner.Line) bool { return l.Case == w.id && l.Ref == "" && l.Kind != "CASE" }), "what was done to the file is told")
}

func (w *walk) now() practitioner.Licence {
	w.t.Helper()
	list, err := w.people.Licences(w.t.Context(), w.DB, w.who.ID)
	require.NoError(w.t, err)
	require.NotEmpty(w.t, list)
	return list[0]
}

// recorded compares the file with what the definition says comes of the matter.
func (w *walk) recorded() {
	w.t.Helper()
	if w.examines() {
		w.enrolledForExam()
		return
	}
	if w.d.Certificate == "CARD" || w.d.Certificate == "TRAIN" {
		w.carded()
		return
	}
	if w.d.Certificate == "REGISTRATION" {
		w.registered()
		return
	}
	l := w.now()
	require.Equal(w.t, w.d.Certificate, l.Type)
	if l.Type == practitioner.RideHail {
		w.enrolled()
	}
	endless := l.Type == practitioner.Taxi || l.Type == practitioner.RideHail
	codes := []string{}
	for _, c := range l.Categories {
		codes = append(codes, c.Code)
	}
	ends := func(day string) {
		if endless {
			day = l.ValidTo.String()
			require.True(w.t, l.ValidTo.IsZero())
		}
		require.Equal(w.t, day, l.ValidTo.String())
	}
	switch w.d.Result.Effect {
	case matter.Issue, matter.Extend:
		require.Equal(w.t, practitioner.InForce, l.State)
		require.Subset(w.t, codes, w.v.categories)
		require.Subset(w.t, codes, w.v.holds, "nothing is lost")
		ends("2032-11-23")
	case matter.Renewed:
		require.Equal(w.t, 2, l.PrintVersion)
		ends("2033-01-11")
	case matter.Reissued, matter.Changed:
		require.Equal(w.t, 2, l.PrintVersion)
		ends("2030-03-01")
	case matter.Cancelled:
		require.Equal(w.t, practitioner.Cancelled, l.State)
	case matter.MovedOut:
		require.Equal(w.t, practitioner.Transferred, l.State)
	case matter.MovedIn:
		require.Equal(w.t, w.v.categories, codes)
		require.Equal(w.t, []string{"2019-05-06", "2025-05-05", "2031-05-05"}, []string{l.FirstIssue.String(), l.ValidFrom.String(), l.ValidTo.String()}, "as the other province wrote it")
		require.Equal(w.t, l.FirstIssue, l.Categories[0].FirstIssue)
	case matter.Restored:
		require.Equal(w.t, practitioner.InForce, l.State)
		other, err := w.Show(w.As("clerk"), w.before["transfer"])
		require.NoError(w.t, err)
		require.Equal(w.t, licensing.Terminated, other.State, "the transfer has ended")
		require.Equal(w.t, []string{"D13", "D11"}, letters(other))
	default:
		w.t.Fatal("nobody looked at ", w.d.Result.Effect)
	}
}

func (w *walk) carded() {
	w.t.Helper()
	cards, err := w.people.Cards(w.t.Context(), w.DB, w.who.ID)
	require.NoError(w.t, err)
	require.NotEmpty(w.t, cards)
	c := cards[0]
	r, works, err := w.people.ActiveRehire(w.t.Context(), w.DB, w.who.ID, day(w.t, "2026-12-01"))
	require.NoError(w.t, err)
	for _, other := range cards {
		require.False(w.t, other.Broken)
		require.True(w.t, other.ID == c.ID || other.State == practitioner.CardVoid, "one card counts")
	}
	if w.d.Action == licensing.Dismiss {
		require.False(w.t, works)
		require.Equal(w.t, []any{practitioner.CardVoid, w.id, w.before["card"]}, []any{c.State, c.EndRef, c.ID})
		return
	}
	require.Equal(w.t, []any{practitioner.CardActive, w.id, company, w.v.categories[0], "2026-11-23"}, []any{c.State, c.Ref, c.CompanyCode, c.Category, c.IssuedOn.String()})
	require.Equal(w.t, w.d.Certificate == "TRAIN", c.Kind == practitioner.Training)
	require.Equal(w.t, w.d.Action == licensing.Rehire, works && r.Ref == w.id)
	if old := w.before["card"]; old != "" {
		require.Equal(w.t, []string{old, w.id}, []string{cards[1].ID, cards[1].EndRef}, "the card before is void")
	}
}

func (w *walk) registered() {
	w.t.Helper()
	r, found, err := w.people.Employer(w.t.Context(), w.DB, w.who.ID, w.v.categories[0])
	require.NoError(w.t, err)
	switch w.d.Action {
	case licensing.Register:
		require.Equal(w.t, []string{"2026-11-23", "2029-11-23", company, w.id}, []string{r.From.String(), r.To.String(), r.EmployerCode, r.Ref})
	case licensing.RegisterRenew:
		require.Equal(w.t, []string{"2024-01-10", "2030-01-11", w.id}, []string{r.From.String(), r.To.String(), r.Ref}, "three years from the day after the end")
	default:
		require.False(w.t, found)
		cards, err := w.people.Cards(w.t.Context(), w.DB, w.who.ID)
		require.NoError(w.t, err)
		require.Equal(w.t, practitioner.CardVoid, cards[0].State, "the card of that company ends with it")
	}
}

// enrolled: the three years of a ride-hailing driver come with the certificate.
func (w *walk) enrolled() {
	w.t.Helper()
	r, found, err := w.people.Employer(w.t.Context(), w.DB, w.who.ID, w.v.categories[0])
	require.NoError(w.t, err)
	want := map[licensing.Action]string{licensing.Apply: "2029-11-23", licensing.Renew: "2030-01-11", licensing.Reissue: "2027-03-01", licensing.Cancel: ""}[w.d.Action]
	require.Equal(w.t, want != "", found)
	require.True(w.t, !found || r.To.String() == want, "%s", r.To)
}

// numbered wants the numbers of every kind to run from one without a gap.
func (h *hall) numbered(t *testing.T) {
	t.Helper()
	for _, sql := range []string{
		`SELECT word || year, array_agg(serial ORDER BY serial) FROM licensing_letter WHERE serial > 0 GROUP BY 1`,
		`SELECT kind, array_agg(right(number, 6)::int ORDER BY number) FROM practitioner_card GROUP BY 1`,
	} {
		rows, err := h.DB.Query(t.Context(), sql)
		require.NoError(t, err)
		var series string
		var serials []int
		kinds := 0
		_, err = pgx.ForEachRow(rows, []any{&series, &serials}, func() error {
			kinds++
			for i, n := range serials {
				require.Equal(t, i+1, n, "%s has a gap or a number twice", series)
			}
			return nil
		})
		require.NoError(t, err)
		require.Positive(t, kinds)
	}
}
