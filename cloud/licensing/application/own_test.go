package application_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

func (h *hall) applicant(file string) context.Context {
	return auth.With(h.t.Context(), auth.Actor{ID: file, Kind: application.KindApplicant, Username: file, Name: "申请人", Perms: auth.NewPerms(application.PermOwn)})
}

func (h *hall) account() application.Account {
	return application.Account{
		Name: "张建国", IDNo: driver, Mobile: "13900001234", Nation: "汉族", Residence: "上海市黄浦区", Address: "上海市浦东新区世纪大道 1 号", Photo: []byte(jpeg),
	}
}

func ours(pgx.Tx, string) (string, error) { return "", nil }

// online is a draft of a reissue as the applicant's door begins it.
func (h *hall) online() application.OwnPage {
	h.t.Helper()
	p, err := h.OwnOpen(h.applicant(h.person.ID), h.account(), application.OwnDraft{ID: h.id(), Matter: "RT04", Licence: h.licence.ID}, ours)
	require.NoError(h.t, err)
	return p
}

// filledIn is one that only has to be sent.
func (h *hall) filledIn() application.OwnPage {
	h.t.Helper()
	me := h.applicant(h.person.ID)
	p := h.online()
	p, err := h.OwnSave(me, p.ID, application.Edited{
		ID: h.id(), Version: p.Version, Categories: p.Categories, Form: map[string]string{"reason": "LOST", "statement": "上周在公交车上遗失", "delivery": "COUNTER"},
	})
	require.NoError(h.t, err)
	p, err = h.OwnAttach(me, p.ID, "M03", "身份证.jpg", []byte(jpeg))
	require.NoError(h.t, err)
	return p
}

func order(h *hall, p application.OwnPage) application.Order {
	return application.Order{ID: h.id(), Version: p.Version}
}

func TestAnApplicantDoesItAllOnline(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	me := h.applicant(h.person.ID)
	p := h.online()
	require.Equal(t, []string{"01001", "02001"}, p.Categories, "the certificate's")
	require.Equal(t, "申请人账户", p.Sources["name"].Name)
	require.Equal(t, "从业资格证库", p.Sources["valid_until"].Name)
	require.Equal(t, "310***********0014", p.Values["id_no"])
	require.Equal(t, "上海市浦东新区世纪大道 1 号", p.Values["address"], "what applicants type they may read")
	require.Equal(t, "PLATFORM", p.Materials[0].Source, "the platform's photograph")
	require.NotEmpty(t, p.Lacking)
	_, err := h.OwnDo(me, p.ID, licensing.Submit, order(h, p))
	require.True(t, fault.Is(err, "licensing.case.submit.incomplete"), "%v", err)

	p = h.filledIn()
	require.Empty(t, p.Lacking)
	o := order(h, p)
	p, err = h.OwnDo(me, p.ID, licensing.Submit, o)
	require.NoError(t, err)
	require.Equal(t, licensing.Submitted, p.State)
	require.Equal(t, "D13", p.Letters[0].Kind)
	again, err := h.OwnDo(me, p.ID, licensing.Submit, o)
	require.NoError(t, err)
	require.Equal(t, p.Version, again.Version, "the same press again does nothing")

	page, err := h.Show(h.As("clerk"), p.ID)
	require.NoError(t, err)
	page = h.do("clerk", page, licensing.Receive, "")
	_, err = h.Service.Do(h.As("clerk"), page.ID, licensing.RequireCorrection, application.Order{ID: h.id(), Version: page.Revision, Defects: []application.Defect{
		{Part: "MATERIAL", Key: "M05", Name: "近期免冠白底彩色照片", Reason: "不是白底", HowTo: "请重新拍摄白底照片"},
	}})
	require.NoError(t, err)
	p, err = h.OwnShow(me, p.ID)
	require.NoError(t, err)
	require.Equal(t, "不是白底", p.Defects[0].Reason)
	require.Contains(t, p.Can, licensing.Supplement)
	require.False(t, p.Due.IsZero())
	for _, s := range p.Course {
		require.NotContains(t, s.Text, "clerk", "no official's name")
	}
	_, err = h.OwnDo(me, p.ID, licensing.Supplement, order(h, p))
	require.True(t, fault.Is(err, "licensing.case.supplement.missing"), "%v", err)
	h.Clock.Advance(time.Minute)
	p, err = h.OwnAttach(me, p.ID, "M05", "白底.jpg", []byte(jpeg))
	require.NoError(t, err)
	p, err = h.OwnDo(me, p.ID, licensing.Supplement, order(h, p))
	require.NoError(t, err)
	require.Equal(t, licensing.Received, p.State)

	page, err = h.Show(h.As("clerk"), p.ID)
	require.NoError(t, err)
	h.do("clerk", page, licensing.Accept, "")
	p, err = h.OwnShow(me, p.ID)
	require.NoError(t, err)
	name, pdf, err := h.OwnLetter(me, p.ID, p.Letters[len(p.Letters)-1].ID)
	require.NoError(t, err)
	require.Equal(t, "受理通知书.pdf", name)
	require.True(t, strings.HasPrefix(string(pdf), "%PDF"))
	p, err = h.OwnDo(me, p.ID, licensing.Withdraw, order(h, p))
	require.NoError(t, err)
	require.Equal(t, licensing.Withdrawn, p.State)
	require.Empty(t, p.Can)
}

// A form that the system prints is not asked for, though proof may be added to it.
func TestWhatIsPrintedIsNotLacking(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	me := h.applicant(h.person.ID)
	p, err := h.OwnOpen(me, h.account(), application.OwnDraft{ID: h.id(), Matter: "RT07", Licence: h.licence.ID}, ours)
	require.NoError(t, err)
	p, err = h.OwnSave(me, p.ID, application.Edited{ID: h.id(), Version: p.Version, Categories: p.Categories, Form: map[string]string{"reason": "SELF"}})
	require.NoError(t, err)
	for code, file := range map[string][]byte{"M03": []byte(jpeg), "M08": nil} {
		p, err = h.OwnAttach(me, p.ID, code, "身份证.jpg", file)
		require.NoError(t, err)
	}
	require.Empty(t, p.Lacking)
	p, err = h.OwnDo(me, p.ID, licensing.Submit, order(h, p))
	require.NoError(t, err)
	require.Equal(t, licensing.Submitted, p.State)
}

// What a platform said cannot be written over, at the keyboard or in the request.
func TestWhatAPlatformSaidStands(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	me := h.applicant(h.person.ID)
	p := h.online()
	p, err := h.OwnSave(me, p.ID, application.Edited{ID: h.id(), Version: p.Version, Categories: p.Categories, Form: map[string]string{
		"name": "李四", "valid_until": "2099-01-01", "id_no": "110101199003070011", "statement": "遗失在地铁上",
	}})
	require.NoError(t, err)
	require.Equal(t, "张建国", p.Values["name"])
	require.Equal(t, "2030-03-01", p.Values["valid_until"])
	require.Equal(t, "310***********0014", p.Values["id_no"])
	require.Equal(t, "遗失在地铁上", p.Values["statement"])
}

func TestOneDraftOfAMatter(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	var group sync.WaitGroup
	ids := make([]string, 8)
	for i := range ids {
		group.Go(func() {
			p, err := h.OwnOpen(h.applicant(h.person.ID), h.account(), application.OwnDraft{ID: h.id(), Matter: "RT04", Licence: h.licence.ID}, ours)
			require.NoError(t, err)
			ids[i] = p.ID
		})
	}
	group.Wait()
	for _, id := range ids {
		require.Equal(t, ids[0], id)
	}
	mine, err := h.OwnList(h.applicant(h.person.ID))
	require.NoError(t, err)
	require.Len(t, mine, 1)
	all, err := h.List(h.As("clerk"), application.Filter{}, db.Page{})
	require.NoError(t, err)
	require.Zero(t, all.Total, "what is not sent is nobody else's business")
}

// Somebody else's application is as good as none, whatever is asked of it; and a
// clerk does not send what an applicant has not.
func TestAnApplicantSeesOnlyTheirOwn(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	other := h.another("310115199206120029", "李晓梅")
	you := h.applicant(other.ID)
	p := h.filledIn()
	list, err := h.OwnList(you)
	require.NoError(t, err)
	require.Empty(t, list)
	for what, do := range map[string]func() error{
		"show": func() error { _, err := h.OwnShow(you, p.ID); return err },
		"save": func() error {
			_, err := h.OwnSave(you, p.ID, application.Edited{ID: h.id(), Version: p.Version})
			return err
		},
		"attach":   func() error { _, err := h.OwnAttach(you, p.ID, "M05", "x.jpg", []byte(jpeg)); return err },
		"submit":   func() error { _, err := h.OwnDo(you, p.ID, licensing.Submit, order(h, p)); return err },
		"withdraw": func() error { _, err := h.OwnDo(you, p.ID, licensing.Withdraw, order(h, p)); return err },
		"file":     func() error { _, _, err := h.OwnFile(you, p.ID, "M05"); return err },
		"form":     func() error { _, _, err := h.OwnForm(you, p.ID, "M01"); return err },
		"letter":   func() error { _, _, err := h.OwnLetter(you, p.ID, "x"); return err },
		"none":     func() error { _, err := h.OwnShow(you, "no-such-case"); return err },
		"licence": func() error {
			_, err := h.OwnOpen(you, h.account(), application.OwnDraft{ID: h.id(), Matter: "RT04", Licence: h.licence.ID}, ours)
			if fault.Is(err, "licensing.case.open.licence") {
				return db.Missing()
			}
			return err
		},
	} {
		require.True(t, fault.Is(do(), "record.missing"), "%s: %v", what, do())
	}
	same, err := h.OwnShow(h.applicant(h.person.ID), p.ID)
	require.NoError(t, err)
	require.Equal(t, p.Version, same.Version, "nothing changed")
	_, err = h.Service.Do(h.As("clerk"), p.ID, licensing.Submit, order(h, p))
	require.True(t, fault.Is(err, "licensing.case.applicant"), "%v", err)
	_, err = h.OwnShow(h.As("clerk"), p.ID)
	require.True(t, fault.Is(err, "auth.forbidden"), "%v", err)
	_, err = h.Show(you, p.ID)
	require.True(t, fault.Is(err, "auth.forbidden"), "%v", err)
}

func TestADraftThatIsNeverSentIsCleared(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.filledIn()
	h.Clock.Advance(time.Duration(h.Rules.DraftDays-1) * 24 * time.Hour)
	_, err := h.Expire(t.Context())
	require.NoError(t, err)
	same, err := h.OwnShow(h.applicant(h.person.ID), p.ID)
	require.NoError(t, err)
	require.Equal(t, licensing.Draft, same.State)
	h.Clock.Advance(2 * 24 * time.Hour)
	n, err := h.Expire(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, n)
	same, err = h.OwnShow(h.applicant(h.person.ID), p.ID)
	require.NoError(t, err)
	require.Equal(t, licensing.Withdrawn, same.State)
	require.Empty(t, same.Letters, "nothing was applied for")
}

// The form of a draft, as far as it is filled in, and whole: one page each (M11).
func TestTheFormOfACase(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.filledIn()
	for _, code := range []string{"M01", "M09"} {
		name, pdf, err := h.OwnForm(h.applicant(h.person.ID), p.ID, code)
		if fault.Is(err, "page.font") && testing.Short() {
			t.Skip("the quick checks build no pages and have no font; make test has it")
		}
		require.NoError(t, err, code)
		require.True(t, strings.HasSuffix(name, ".pdf"))
		require.True(t, strings.HasPrefix(string(pdf), "%PDF"))
	}
	_, _, err := h.OwnForm(h.applicant(h.person.ID), p.ID, "M15")
	require.True(t, fault.Is(err, "licensing.case.form.none"), "%v", err)
}

func (h *hall) another(no, name string) (out practitioner.Person) {
	h.t.Helper()
	id, err := person.ParseID(no)
	require.NoError(h.t, err)
	require.NoError(h.t, h.DB.InTx(auth.System(h.t.Context(), "test"), func(tx pgx.Tx) (err error) {
		out, err = h.people.Ensure(auth.System(h.t.Context(), "test"), tx, practitioner.Basic{ID: id, Name: name})
		return err
	}))
	return out
}

// What nobody could open is not taken, and the same made good is.
func TestAFileThatDoesNotOpenIsRefused(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	me := h.applicant(h.person.ID)
	p := h.online()
	for name, data := range map[string]string{
		"cut short":   jpeg[:40],
		"half a pdf":  "%PDF-1.7\n1 0 obj",
		"a page":      "<html><script>alert(1)</script></html>",
		"a word file": "PK\x03\x04word/document.xml",
		"a program":   "%PDF-1.7 << /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >> %%EOF",
	} {
		_, err := h.OwnAttach(me, p.ID, "M03", "x", []byte(data))
		require.True(t, fault.Is(err, "licensing.case.material.damaged") || fault.Is(err, "licensing.case.material.kind") || fault.Is(err, "licensing.case.material.scripted"), "%s: %v", name, err)
	}
	same, err := h.OwnShow(me, p.ID)
	require.NoError(t, err)
	require.Len(t, same.Materials, 1, "the photograph")
	_, err = h.OwnAttach(me, p.ID, "M03", "x.jpg", []byte(jpeg))
	require.NoError(t, err)
}

// What an appointment brings into a draft, and what the applicant saves in another
// window meanwhile: neither is lost without a word.
func TestWhatIsBroughtLosesNothingSavedMeanwhile(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	me := h.applicant(h.person.ID)
	p := h.online()
	saved := make(chan error, 1)
	_, err := h.OwnCarry(me, h.account(), application.OwnDraft{ID: h.id(), Matter: "RT04", Licence: h.licence.ID}, ours, func(pgx.Tx, string) (application.Brought, error) {
		go func() {
			_, err := h.OwnSave(me, p.ID, application.Edited{ID: "save-meanwhile", Version: p.Version, Categories: p.Categories, Form: map[string]string{"statement": "遗失在地铁上"}})
			saved <- err
		}()
		select {
		case err := <-saved:
			saved <- err
		case <-time.After(500 * time.Millisecond): // it waits for us
		}
		return application.Brought{Form: map[string]string{"reason": "LOST"}}, nil
	})
	require.NoError(t, err)
	err = <-saved
	now, look := h.OwnShow(me, p.ID)
	require.NoError(t, look)
	require.Equal(t, "LOST", now.Values["reason"])
	if err == nil {
		require.Equal(t, "遗失在地铁上", now.Values["statement"], "it was said to be saved")
	} else {
		require.True(t, fault.Is(err, "licensing.case.stale"), "%v", err)
	}
}
