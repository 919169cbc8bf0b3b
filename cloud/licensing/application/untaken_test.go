package application_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Who has not passed the exam that a matter wants learns so, and where to enrol,
// before anything is filled in: at the window by matter and person, on a draft by
// what it is for.
func TestAnExamIsAskedForFirst(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	number := idLike("31010119900307001")
	none, err := h.UntakenOf(h.As("clerk"), "BU01", "")
	require.NoError(t, err)
	require.Len(t, none, 3, "nobody on file has passed nothing: every category")
	require.NotEmpty(t, none[0].Subjects)
	require.NotEqual(t, none[0].Category, none[0].Name)

	p := h.busCase("BU01", number, "", "13901", nil, "M23")
	require.Len(t, p.Notices, 1)
	require.Contains(t, p.Notices[0], "EX01")
	_, err = h.Service.Do(h.As("clerk"), p.ID, licensing.Submit, application.Order{ID: h.id(), Version: p.Revision})
	require.True(t, fault.Is(err, "licensing.case.submit.incomplete"))
	require.ErrorContains(t, err, "EX01")
	require.NotContains(t, err.Error(), "无需提交", "not what to do")

	id, _ := person.ParseID(number)
	h.Passed(id, "李公交", "13901")
	left, err := h.UntakenOf(h.As("clerk"), "BU01", p.Person)
	require.NoError(t, err)
	require.Len(t, left, 2)
	for _, u := range left {
		require.NotEqual(t, "13901", u.Category)
	}
	p, err = h.Show(h.As("clerk"), p.ID)
	require.NoError(t, err)
	require.Empty(t, p.Notices)

	free, err := h.UntakenOf(h.As("clerk"), "BU03", "")
	require.NoError(t, err)
	require.Empty(t, free, "a reissue wants no exam")
	_, err = h.UntakenOf(h.As("nobody"), "BU01", "")
	require.True(t, fault.Is(err, "auth.forbidden"))
}
