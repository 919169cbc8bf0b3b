package application_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// Whoever names their own events after the system's keeps nothing from happening:
// neither a revocation nor what the law attaches to a day.
func TestNobodyTakesTheSystemsEventIDs(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	me := h.applicant(h.person.ID)
	p := h.filledIn()
	save := func(id string) {
		var err error
		p, err = h.OwnSave(me, p.ID, application.Edited{ID: id, Version: p.Version, Categories: p.Categories, Form: map[string]string{}})
		require.NoError(t, err)
	}
	for i := range 12 {
		save(fmt.Sprintf("revocation_hit-%d", p.Version+4+i))
		save(fmt.Sprintf("revocation_lifted-%d", p.Version+4+i))
	}
	for i := range 20 {
		save("C1-" + time.Date(2026, 11, 20+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
	}
	p, err := h.OwnDo(me, p.ID, licensing.Submit, order(h, p))
	require.NoError(t, err)
	h.revoke(practitioner.Road, driver)
	h.suspendRevocation()
	h.Clock.Advance(12 * 24 * time.Hour)
	n, err := h.Expire(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, n, "accepted because nobody answered")
}

// The system's ids have a colon, callers' must not.
func TestCallersEventIDsHaveNoColon(t *testing.T) {
	t.Parallel()
	for _, v := range []any{application.Order{}, application.OwnDraft{}, application.Draft{}, application.Edited{}, application.Several{}} {
		f, _ := reflect.TypeOf(v).FieldByName("ID")
		form := regexp.MustCompile(f.Tag.Get("pattern"))
		require.False(t, form.MatchString("system:C1-2026-11-30"), "%T", v)
		require.True(t, form.MatchString("turn-0197c0de-1.a_B"), "%T", v)
	}
}

// One case that cannot be read stops the law's days for nobody else.
func TestADamagedCaseStopsNoOther(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	first := h.do("clerk", h.opened("RT04"), licensing.Submit, "")
	_, err := h.DB.Exec(t.Context(), `UPDATE licensing_case SET apply_no = '999999999999999', due = due - 1 WHERE id = $1`, first.ID)
	require.NoError(t, err)
	other := h.another(renewer, "王强")
	d := h.draft("RT04")
	require.NoError(t, h.DB.InTx(auth.System(t.Context(), "test"), func(tx pgx.Tx) error {
		l, err := h.people.Issue(auth.System(t.Context(), "test"), tx, practitioner.Grant{
			Person: other.ID, Act: practitioner.First, Type: practitioner.Road, Categories: []string{"02001"}, On: clock.Date{Year: 2024, Month: 3, Day: 1},
		})
		d.Name, d.IDNo, d.Licence, d.Categories = "王强", renewer, l.ID, []string{"02001"}
		return err
	}))
	second, err := h.Open(h.As("clerk"), d)
	require.NoError(t, err)
	for _, code := range []string{"M03", "M05"} {
		second, err = h.Attach(h.As("clerk"), second.ID, code, "x.jpg", []byte(jpeg))
		require.NoError(t, err)
	}
	second = h.do("clerk", second, licensing.Submit, "")
	h.Clock.Advance(14 * 24 * time.Hour)
	n, err := h.Expire(t.Context())
	require.True(t, fault.Is(err, "licensing.case.tampered"), "it is told: %v", err)
	require.Equal(t, 1, n)
	second, err = h.Show(h.As("boss"), second.ID)
	require.NoError(t, err)
	require.Equal(t, licensing.Accepted, second.State)
}

// What was handed in at a window is not changed online.
func TestAWindowsCaseIsNotChangedOnline(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	me := h.applicant(h.person.ID)
	draft := h.opened("RT04")
	edit := application.Edited{ID: h.id(), Version: draft.Revision, Categories: draft.Categories, Form: map[string]string{"statement": "改成别的"}}
	_, err := h.OwnSave(me, draft.ID, edit)
	require.True(t, fault.Is(err, "record.missing"), "a clerk's draft: %v", err)
	p := h.do("clerk", draft, licensing.Submit, "")
	p, err = h.Service.Do(h.As("clerk"), p.ID, licensing.RequireCorrection, application.Order{ID: h.id(), Version: p.Revision, Defects: []application.Defect{
		{Part: "MATERIAL", Key: "M05", Name: "照片", Reason: "不是白底", HowTo: "请重新拍摄"},
	}})
	require.NoError(t, err)
	edit.Version = p.Revision
	_, err = h.OwnSave(me, p.ID, edit)
	require.True(t, fault.Is(err, "licensing.case.outside"), "%v", err)
	h.Clock.Advance(time.Minute)
	_, err = h.OwnAttach(me, p.ID, "M05", "白底.jpg", []byte(jpeg))
	require.True(t, fault.Is(err, "licensing.case.outside"), "%v", err)
	_, err = h.OwnDo(me, p.ID, licensing.Supplement, application.Order{ID: h.id(), Version: p.Revision})
	require.True(t, fault.Is(err, "licensing.case.outside"), "%v", err)
	out, err := h.OwnDo(me, p.ID, licensing.Withdraw, application.Order{ID: h.id(), Version: p.Revision})
	require.NoError(t, err)
	require.Equal(t, licensing.Withdrawn, out.State)
}

// A draft keeps no categories that its matter is not for.
func TestCategoriesOfADraft(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.online()
	for _, c := range [][]string{{"13001"}, {"01001", "01001"}, {"'; drop table"}} {
		_, err := h.OwnSave(h.applicant(h.person.ID), p.ID, application.Edited{ID: h.id(), Version: p.Version, Categories: c, Form: map[string]string{}})
		require.True(t, fault.Is(err, "licensing.case.open.category"), "%v %v", c, err)
	}
}

// A list that comes when one reviewer has passed the case on does not let it be
// granted on one opinion.
func TestStrictReviewWantsTwoThoughTheListComesLate(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.renewing()
	p, err := h.Claim(h.As("rev"), p.ID, application.Order{ID: h.id(), Version: p.Revision})
	require.NoError(t, err)
	p = h.do("rev", h.confirmed("rev", p), licensing.PassReview, "材料齐全，符合条件")
	h.list(1, "ON")
	p, err = h.Show(h.As("boss"), p.ID)
	require.NoError(t, err)
	require.True(t, p.Strict)
	require.NotContains(t, p.Possible, licensing.Grant)
	_, err = h.Service.Do(h.As("boss"), p.ID, licensing.Grant, application.Order{ID: h.id(), Version: p.Revision})
	require.True(t, fault.Is(err, "licensing.case.strict"), "%v", err)
	p = h.do("boss", p, licensing.BackToReview, "列入名单，请两人审查")
	p = h.do("rev", p, licensing.PassReview, "材料齐全，符合条件")
	p, err = h.Claim(h.As("rev2"), p.ID, application.Order{ID: h.id(), Version: p.Revision})
	require.NoError(t, err)
	p = h.do("rev2", p, licensing.PassReview, "材料齐全，符合条件")
	require.Equal(t, licensing.Granted, h.do("boss", p, licensing.Grant, "").State)
}

// tiny is a PNG of many white pixels in few bytes.
func tiny(t *testing.T, side int) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White})))
	return b.Bytes()
}

// A picture that unfolds to gigabytes is not taken, one that would when it is
// printed is none for the form.
func TestAPictureOfTooManyPixels(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	me, p := h.applicant(h.person.ID), h.online()
	_, err := h.OwnAttach(me, p.ID, "M03", "x.png", tiny(t, 7000))
	require.True(t, fault.Is(err, "licensing.case.material.damaged"), "%v", err)
	_, err = h.OwnAttach(me, p.ID, "M05", "x.png", tiny(t, 2500))
	require.True(t, fault.Is(err, "licensing.case.material.photo"), "%v", err)
	_, err = h.OwnAttach(me, p.ID, "M03", "x.png", tiny(t, 2500))
	require.NoError(t, err)
	_, err = h.OwnAttach(me, p.ID, "M05", "x.png", tiny(t, 1500))
	require.NoError(t, err)
	_, pdf, err := h.OwnForm(me, p.ID, "M01")
	require.NoError(t, err)
	require.NotEmpty(t, pdf)
}

// One applicant fills neither the disk nor the platform's numbers.
func TestOneApplicantHasABound(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	me, p := h.applicant(h.person.ID), h.online()
	_, err := h.DB.Exec(t.Context(), `INSERT INTO licensing_material (case_id, code, revision, form, name, kind, size, source, by_id, at)
		SELECT $1, 'M03', n, 'scan', 'x', 'image/jpeg', 20971520, 'APPLICANT', '', now() FROM generate_series(1, 10) n`, p.ID)
	require.NoError(t, err)
	_, err = h.OwnAttach(me, p.ID, "M03", "x.jpg", []byte(jpeg))
	require.True(t, fault.Is(err, "licensing.case.material.many"), "%v", err)
	for i := 0; err == nil || i < 35; i++ {
		if _, err = h.OwnDo(me, p.ID, licensing.Withdraw, order(h, p)); err != nil {
			break
		}
		p, err = h.OwnOpen(me, h.account(), application.OwnDraft{ID: h.id(), Matter: "RT04", Licence: h.licence.ID}, ours)
		if err != nil {
			require.Equal(t, 29, i)
			break
		}
	}
	require.True(t, fault.Is(err, "licensing.case.open.often"), "%v", err)
	h.Clock.Advance(25 * time.Hour)
	h.online()
}

// A photograph is as small as the list of materials says; what the platform sends is
// taken as it is.
func TestAPhotographIsAsSmallAsStated(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	me := h.applicant(h.person.ID)
	big := []byte(jpeg + strings.Repeat("\x00", 101<<10))
	p := h.opened("RT04")
	_, err := h.Attach(h.As("clerk"), p.ID, "M05", "照片.jpg", big)
	require.True(t, fault.Is(err, "licensing.case.material.large"), "%v", err)
	require.ErrorContains(t, err, "不超过 100 KB")
	_, err = h.Attach(h.As("clerk"), p.ID, "M03", "身份证.jpg", big)
	require.NoError(t, err, "a scan may be larger")
	a := h.account()
	a.Photo = big
	own, err := h.OwnOpen(me, a, application.OwnDraft{ID: h.id(), Matter: "RT04", Licence: h.licence.ID}, ours)
	require.NoError(t, err)
	require.Equal(t, "PLATFORM", own.Materials[0].Source)
	_, err = h.OwnAttach(me, own.ID, "M05", "照片.jpg", big)
	require.True(t, fault.Is(err, "licensing.case.material.large"), "%v", err)
}
