package application_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing/application"
)

// The driving licence fills the form of somebody whom the centre has never seen
// (M14); a register that is silent leaves it to them.
func TestADrivingLicenceFillsTheForm(t *testing.T) {
	t.Parallel()
	h, c := newCity(t)
	p := h.another("310115199206120029", "李晓梅")
	me, a := h.applicant(p.ID), h.account()
	a.Name, a.IDNo = "李晓梅", "310115199206120029"
	c.set(func() { c.down = true })
	draft, err := h.OwnOpen(me, a, application.OwnDraft{ID: h.id(), Matter: "RT01"}, ours)
	require.NoError(t, err)
	same, err := h.OwnLook(me, draft, a)
	require.NoError(t, err)
	require.NotContains(t, same.Sources, "driving_class")
	require.Equal(t, draft.Version, same.Version)

	c.set(func() { c.down = false })
	full, err := h.OwnLook(me, draft, a)
	require.NoError(t, err)
	require.Equal(t, "驾驶证信息", full.Sources["driving_class"].Name)
	require.Equal(t, "A2", full.Values["driving_class"])
	require.Equal(t, "2010-06-01", full.Values["driving_first"])
	require.Equal(t, "310***********0029", full.Values["driving_no"])
	again, err := h.OwnLook(me, full, a)
	require.NoError(t, err)
	require.Equal(t, full.Version, again.Version, "asked once")
}
