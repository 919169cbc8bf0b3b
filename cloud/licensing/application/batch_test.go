package application_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/protocol/fault"
)

// Many at once: each stands for itself, the same order again does nothing, and
// what decides about somebody is not done in batches.
func TestManyCasesAtOnce(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	one := h.do("clerk", h.opened("RT04"), licensing.Submit, "")
	one = h.do("clerk", one, licensing.Accept, "")
	p := h.another(renewer, "王强")
	d := h.draft("RT04")
	d.Name, d.IDNo, d.Licence, d.Categories = "王强", renewer, "", []string{"02001"}
	two, err := h.Open(h.As("clerk"), d)
	require.NoError(t, err)
	require.Equal(t, p.ID, two.Person)

	in := application.Several{ID: "batch-0001", Event: licensing.Assign, Assignee: "id-rev", Cases: []application.Picked{
		{ID: one.ID, Version: one.Revision}, {ID: two.ID, Version: two.Revision}, {ID: "no-such-case", Version: 1},
	}}
	out, err := h.DoSeveral(h.As("boss"), in)
	require.NoError(t, err)
	require.True(t, out[0].Done)
	require.Contains(t, out[1].Why, "不能")
	require.NotEmpty(t, out[2].Why)
	again, err := h.DoSeveral(h.As("boss"), in)
	require.NoError(t, err)
	require.True(t, again[0].Done)
	got, err := h.Show(h.As("boss"), one.ID)
	require.NoError(t, err)
	require.Equal(t, one.Revision+1, got.Revision)
	require.Equal(t, "id-rev", got.Holder)

	_, err = h.DoSeveral(h.As("clerk"), in)
	require.True(t, fault.Is(err, "auth.forbidden"), "%v", err)
	in.Event = licensing.Grant
	_, err = h.DoSeveral(h.As("boss"), in)
	require.True(t, fault.Is(err, "licensing.case.batch.event"), "%v", err)
}

// A preview is the letter without its number, and leaves nothing behind: the letter
// that is issued then takes the number it would have had.
func TestALetterIsSeenBeforeItIsIssued(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.do("clerk", h.opened("RT04"), licensing.Submit, "")
	o := application.Order{ID: h.id(), Version: p.Revision}
	pdf, err := h.Preview(h.As("clerk"), p.ID, licensing.Accept, o)
	if fault.Is(err, "page.font") && testing.Short() {
		t.Skip("the quick checks build no pages and have no font; make test has it")
	}
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(pdf), "%PDF"))
	same, err := h.Show(h.As("clerk"), p.ID)
	require.NoError(t, err)
	require.Equal(t, p.Revision, same.Revision)
	require.Len(t, same.Letters, len(p.Letters))
	p = h.do("clerk", p, licensing.Accept, "")
	require.Equal(t, 1, p.Letters[len(p.Letters)-1].Serial)
	_, err = h.Preview(h.As("clerk"), p.ID, licensing.Accept, application.Order{ID: h.id(), Version: p.Revision})
	require.True(t, fault.Is(err, "licensing.case.state"), "what cannot happen has no letter: %v", err)
	_, err = h.Preview(h.As("rev"), p.ID, licensing.Grant, application.Order{ID: h.id(), Version: p.Revision})
	require.True(t, fault.Is(err, "auth.forbidden"), "%v", err)
}

// Who has reviewed a case does not decide it, also after it was sent back.
func TestAReviewerOfOnceDoesNotDecide(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.do("clerk", h.opened("RT04"), licensing.Submit, "")
	p = h.do("clerk", p, licensing.Accept, "")
	p, err := h.Claim(h.As("all"), p.ID, application.Order{ID: h.id(), Version: p.Revision})
	require.NoError(t, err)
	p = h.do("all", h.confirmed("all", p), licensing.PassReview, "符合条件，同意")
	p = h.do("boss", p, licensing.BackToReview, "请补充核实意见")
	p, err = h.Service.Do(h.As("boss"), p.ID, licensing.Assign, application.Order{ID: h.id(), Version: p.Revision, Assignee: "id-rev"})
	require.NoError(t, err)
	p = h.do("rev", p, licensing.PassReview, "符合条件，同意")
	_, err = h.Service.Do(h.As("all"), p.ID, licensing.Grant, application.Order{ID: h.id(), Version: p.Revision})
	require.True(t, fault.Is(err, "licensing.case.conflict"), "%v", err)
	h.do("boss", p, licensing.Grant, "")
}
