package application_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/protocol/fault"
)

// atOnce presses the same button several times and wants one answer.
func atOnce(t *testing.T, press func() (application.Page, error)) application.Page {
	t.Helper()
	var wait sync.WaitGroup
	pages, errs := make([]application.Page, 4), make([]error, 4)
	for i := range pages {
		wait.Go(func() { pages[i], errs[i] = press() })
	}
	wait.Wait()
	for i := range pages {
		require.NoError(t, errs[i])
		require.Equal(t, []any{pages[0].ID, pages[0].Revision, pages[0].State}, []any{pages[i].ID, pages[i].Revision, pages[i].State})
	}
	return pages[0]
}

// Whoever presses twice has one case, and what they pressed was done once.
func TestADoubleClickDoesItOnce(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	d := h.draft("RT04")
	p := atOnce(t, func() (application.Page, error) { return h.Open(h.As("clerk"), d) })
	again, err := h.Open(h.As("clerk"), d)
	require.NoError(t, err)
	require.Equal(t, p.ID, again.ID)
	d.Matter = "RT03"
	_, err = h.Open(h.As("clerk"), d)
	require.True(t, fault.Is(err, "licensing.case.open.reused"), "what was asked for is another: %v", err)
	require.Contains(t, fault.From(err).Text, p.ApplyNo)

	edit := application.Edited{ID: h.id(), Version: p.Revision, Categories: p.Categories, Form: map[string]string{"reason": "DAMAGED"}}
	p = atOnce(t, func() (application.Page, error) { return h.Edit(h.As("clerk"), p.ID, edit) })
	edit.Version = p.Revision
	p, err = h.Edit(h.As("clerk"), p.ID, edit)
	require.NoError(t, err)
	require.Equal(t, edit.Version, p.Revision, "the id has been used")

	q := h.do("clerk", h.do("clerk", h.opened("RT04"), licensing.Submit, ""), licensing.Accept, "")
	used := application.Order{ID: q.Course[len(q.Course)-1].ID, Version: q.Revision}
	_, err = h.Claim(h.As("rev"), q.ID, used)
	require.True(t, fault.Is(err, "licensing.case.repeated"), "%v", err)
	o := application.Order{ID: h.id(), Version: q.Revision}
	q = atOnce(t, func() (application.Page, error) { return h.Claim(h.As("rev"), q.ID, o) })
	require.Equal(t, "id-rev", q.Holder)
}

// So too who ends a registration twice, whether the case waits for its ticket or is over.
func TestARegistrationIsEndedOnce(t *testing.T) {
	t.Parallel()
	w := registering(t, "EX01", licensing.Window)
	end := func(p application.Page, text string) application.Page {
		o := w.order(p.Revision, text)
		return atOnce(t, func() (application.Page, error) { return w.EndExam(w.As("boss"), p.ID, o) })
	}
	w.open()
	p := w.do("boss", w.approving(), licensing.Grant, "")
	_, err := w.EndExam(w.As("boss"), p.ID, w.order(p.Revision, "不缴了"))
	require.ErrorContains(t, err, "至少四个字")
	require.Equal(t, licensing.Terminated, end(p, "逾期未缴款").State)

	w.open()
	p = w.seated(w.do("boss", w.approving(), licensing.Grant, ""))
	p = w.do("clerk2", w.do("clerk2", p, licensing.CertificateDone, ""), licensing.Deliver, "本人领取")
	place := p.Enrolment.Places[0]
	require.NoError(t, w.sittings.Remove(w.As("office"), place.Sitting, place.Candidate))
	require.Equal(t, licensing.Completed, end(p, "补考期已过").State)
}
