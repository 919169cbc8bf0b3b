package application_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/practitioner"
)

// changeOf opens a change of the record, with everything that is handed in.
func (h *hall) changeOf(d application.Draft, form map[string]string) application.Page {
	h.t.Helper()
	d.Form["changed_on"] = "2026-11-01"
	for k, v := range form {
		d.Form[k] = v
	}
	p, err := h.Open(h.As("clerk"), d)
	require.NoError(h.t, err)
	for _, code := range []string{"M03", "M21"} {
		p, err = h.Attach(h.As("clerk"), p.ID, code, "扫描件.jpg", []byte(jpeg))
		require.NoError(h.t, err)
	}
	return p
}

// A granted change is in the file, not on paper only.
func TestAChangeIsWrittenIntoTheFile(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	name := "张建国"
	change := func(form map[string]string) application.Page {
		d := h.draft("RT05")
		d.Name = name
		return h.changeOf(d, form)
	}
	granted := func(form map[string]string) application.Page {
		return h.finished(h.toApproval(h.do("clerk", change(form), licensing.Submit, "")))
	}
	p := granted(map[string]string{"change": "NAME", "new_name": "张建邦"})
	name = "张建邦"
	who, err := h.people.Get(t.Context(), h.DB, h.person.ID)
	require.NoError(t, err)
	require.Equal(t, []string{"张建邦", "张建邦"}, []string{who.Name, p.Name})
	require.Contains(t, h.timeline(h.person.ID, "CORRECT")[0].Text, "原姓名 张建国")

	granted(map[string]string{"change": "ADDRESS", "new_address": "上海市静安区南京西路 8 号"})
	h.Staff("files", practitioner.PermList, practitioner.PermReveal)
	address, err := h.people.Reveal(h.As("files"), h.person.ID, "address", "核对变更")
	require.NoError(t, err)
	require.Equal(t, "上海市静安区南京西路 8 号", address)

	p = granted(map[string]string{"change": "EMPLOYER", "new_employer": "申城货运（演示）", "new_employer_code": company})
	r, found, err := h.people.Employer(t.Context(), h.DB, h.person.ID, "02001")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, []string{"申城货运（演示）", company, "2026-11-01", p.ID}, []string{r.Employer, r.EmployerCode, r.From.String(), r.Ref})

	for code, form := range map[string]map[string]string{
		"licensing.case.change.id_no": {"change": "ID_NO", "new_id_no": idLike("31010119850101003")},
		"licensing.case.change.same":  {"change": "NAME", "new_name": "张建邦"},
		"licensing.case.change.day":   {"change": "NAME", "new_name": "张建国", "changed_on": "2026-11-24"},
	} {
		h.refused("clerk", change(form), licensing.Submit, code, "")
	}
}

// A worn card is replaced at any time and gains no day; one that has run out is
// renewed.
func TestAWornCertificateIsReplacedWithItsDates(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	number := idLike("31010119900307011")
	h.Staff("files", practitioner.PermSave)
	who, l := h.busman(number, "13001", "2024-01-10") // far from its end
	require.NoError(t, h.people.Educate(h.As("files"), who.ID, practitioner.Education{
		Category: "13001", Org: "交运培训中心", Hours: 24, Begins: day(t, "2026-03-02"), Ends: day(t, "2026-03-02"), Mode: "ONSITE", Source: "培训系统",
	}))
	p := h.do("clerk", h.busCase("BU02", number, l.ID, "13001", map[string]string{"reason": "DAMAGED"}, "M08"), licensing.Submit, "")
	p = h.toApproval(p)
	require.Equal(t, "PASS", standing(p, "E11").Result)
	h.finished(p)
	list, err := h.people.Licences(t.Context(), h.DB, who.ID)
	require.NoError(t, err)
	require.Equal(t, []any{2, l.ValidTo}, []any{list[0].PrintVersion, list[0].ValidTo})

	p = h.do("clerk", h.busCase("BU02", number, l.ID, "13001", nil, "M08"), licensing.Submit, "")
	p = h.do("clerk", p, licensing.Accept, "")
	require.Equal(t, "FAIL", standing(p, "E11").Result, "for the end of its period it is too early")
}
