package application_test

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
)

// said is what the newest letter of a kind says, without the spaces of its layout.
func (h *hall) said(p application.Page, kind string) string {
	h.t.Helper()
	for i := len(p.Letters) - 1; i >= 0; i-- {
		if p.Letters[i].Kind != kind {
			continue
		}
		pdf, err := h.Letters.File(h.t.Context(), h.DB, &p.Letters[i])
		require.NoError(h.t, err)
		return h.text(pdf)
	}
	h.t.Fatalf("no %s among %v", kind, letters(p))
	return ""
}

func (h *hall) text(pdf []byte) string {
	h.t.Helper()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		h.t.Skip("pdftotext (poppler-utils) is not installed")
	}
	cmd := exec.CommandContext(h.t.Context(), tool, "-layout", "-", "-") //nolint:gosec // found above
	cmd.Stdin = bytes.NewReader(pdf)
	out, err := cmd.Output()
	require.NoError(h.t, err)
	return strings.NewReplacer(" ", "", "\n", "", "\f", "", "　", "").Replace(string(out))
}

// Nobody answered in five days: the notice says that and the day, which after a
// correction is the one on which the material was whole.
func TestADeemedAcceptanceSaysWhatItIs(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.do("clerk", h.opened("RT04"), licensing.Submit, "")
	h.expired(1, 8)
	p = h.shown(p)
	require.Equal(t, licensing.Accepted, p.State)
	said := h.said(p, "D02")
	require.Contains(t, said, "第（四）项")
	require.Contains(t, said, "受理日期为2026年11月23日")
	require.NotContains(t, said, "材料齐全")

	h = newHall(t)
	p = h.do("clerk", h.opened("RT04"), licensing.Submit, "")
	p = h.asked(p)
	h.Clock.Advance(7 * 24 * time.Hour)
	_, err := h.Attach(h.As("clerk"), p.ID, "M03", "", nil)
	require.NoError(t, err)
	p = h.do("clerk", h.shown(p), licensing.Supplement, "")
	h.expired(1, 8)
	p = h.shown(p)
	require.Equal(t, "2026-11-30", p.AcceptedOn.String())
	require.Contains(t, h.said(p, "D02"), "受理日期为2026年11月30日")

	h = newHall(t)
	said = h.said(h.do("clerk", h.do("clerk", h.opened("RT04"), licensing.Submit, ""), licensing.Accept, ""), "D02")
	require.Contains(t, said, "材料齐全")
	require.Contains(t, said, "受理日期为2026年11月23日")
	require.NotContains(t, said, "第（四）项")
}

// expired lets days pass, and so many cases move by themselves.
func (h *hall) expired(want, days int) {
	h.t.Helper()
	h.Clock.Advance(time.Duration(days) * 24 * time.Hour)
	n, err := h.Expire(h.t.Context())
	require.NoError(h.t, err)
	require.Equal(h.t, want, n)
}

func (h *hall) shown(p application.Page) application.Page {
	h.t.Helper()
	out, err := h.Show(h.As("clerk"), p.ID)
	require.NoError(h.t, err)
	return out
}

// asked is a case whose applicant is to hand in the ID card again.
func (h *hall) asked(p application.Page) application.Page {
	h.t.Helper()
	out, err := h.Service.Do(h.As("clerk"), p.ID, licensing.RequireCorrection, application.Order{ID: h.id(), Version: p.Revision, Defects: []application.Defect{
		{Part: "MATERIAL", Key: "M03", Name: "居民身份证", Reason: "看不清", HowTo: "请重新提供"},
	}})
	require.NoError(h.t, err)
	return out
}
