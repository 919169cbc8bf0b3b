package application_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/protocol/fault"
)

// A name that is not the file's is never gone on with under the file's: the window asks,
// and what came online is for a person.
func TestANameThatIsNotTheFilesIsSeen(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	d := h.draft("RT04")
	d.Name = "李四"
	_, err := h.Open(h.As("clerk"), d)
	require.True(t, fault.Is(err, "licensing.case.open.name"), "%v", err)
	require.ErrorContains(t, err, "姓名为“张建国”")
	d.Name = "张建国"
	_, err = h.Open(h.As("clerk"), d)
	require.NoError(t, err, "nothing was kept of the first")

	me, a := h.applicant(h.person.ID), h.account()
	a.Name = "张建军"
	p, err := h.OwnOpen(me, a, application.OwnDraft{ID: h.id(), Matter: "RT04", Licence: h.licence.ID}, ours)
	require.NoError(t, err, "the citizen is who they are")
	p, err = h.OwnSave(me, p.ID, application.Edited{
		ID: h.id(), Version: p.Version, Categories: p.Categories, Form: map[string]string{"reason": "LOST", "statement": "上周在公交车上遗失", "delivery": "COUNTER"},
	})
	require.NoError(t, err)
	p, err = h.OwnAttach(me, p.ID, "M03", "身份证.jpg", []byte(jpeg))
	require.NoError(t, err)
	p, err = h.OwnDo(me, p.ID, licensing.Submit, order(h, p))
	require.NoError(t, err)
	page, err := h.Show(h.As("clerk"), p.ID)
	require.NoError(t, err)
	got := standing(page, "E01")
	require.Equal(t, application.Unknown, got.Result)
	require.Contains(t, got.Reason, "“张建军”与档案中的姓名“张建国”不同")
}

// What a matter is not for is refused when it is opened, at the window too.
func TestAWindowOpensOnlyWhatIsOffered(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	for _, categories := range [][]string{{"09002"}, {"01001", "01001"}} {
		d := h.draft("RT04")
		d.Categories = categories
		_, err := h.Open(h.As("clerk"), d)
		require.True(t, fault.Is(err, "licensing.case.open.category"), "%v", err)
	}
	d := h.draft("RT04")
	long := make([]rune, 100_000)
	for i := range long {
		long[i] = '长'
	}
	d.Form["statement"] = string(long)
	_, err := h.Open(h.As("clerk"), d)
	require.True(t, fault.Is(err, "licensing.matter.form.long"), "%v", err)
}
