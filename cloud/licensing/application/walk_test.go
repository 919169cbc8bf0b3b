package application_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/practitioner"
)

// elsewhere are the matters that are no case, and where they are.
var elsewhere = map[string]string{
	"AP01": "an appointment: cloud/appointment",
}

// variant is a way through a matter that its first category does not take.
type variant struct {
	categories []string
	holds      []string // what the certificate is for already
}

// variants are walked instead of a matter's first and last category.
var variants = map[string][]variant{
	"DG01": {{[]string{"03001"}, []string{"02001"}}, {[]string{"03002"}, nil}},
	"RT02": {{[]string{"02001"}, []string{"01001"}}},
	"XT01": {{[]string{"01001", "02001"}, []string{"01001", "02001"}}},
}

var people atomic.Int64

// walk is one person on the way through one matter.
type walk struct {
	*hall
	t       *testing.T
	d       matter.Definition
	ch      licensing.Channel
	v       variant
	number  string
	who     practitioner.Person
	licence practitioner.Licence
	before  map[string]string // ids of what was there: card, registration, transfer
	id      string            // of the case
}

// Every matter of the catalogue, by the channels that begin a case by themselves:
// from nothing to the certificate in somebody's hand.
func TestEveryMatterIsWalkedFromEndToEnd(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.Staff("files", practitioner.PermList, practitioner.PermSave)
	walked := map[string]bool{}
	t.Run("walks", func(t *testing.T) {
		for _, d := range h.Matters.All() {
			if elsewhere[d.Code] != "" {
				continue
			}
			for _, ch := range []licensing.Channel{licensing.Window, licensing.Online, licensing.Company, licensing.Province} {
				if !d.Takes(ch) {
					continue
				}
				walked[d.Code] = true
				for _, v := range ways(d, ch) {
					t.Run(fmt.Sprintf("%s by %s for %s", d.Code, ch, strings.Join(v.categories, "+")), func(t *testing.T) {
						t.Parallel()
						w := &walk{hall: h, t: t, d: d, ch: ch, v: v, before: map[string]string{}}
						w.prepare()
						w.open()
						p := w.toTheEnd()
						w.ended(p)
					})
				}
			}
		}
	})
	for _, d := range h.Matters.All() {
		require.True(t, walked[d.Code] != (elsewhere[d.Code] != ""), "%s is walked, or said why not", d.Code)
	}
	h.numbered(t)
}

// ways are the variants of a matter; without any its first category, and at the
// window its last as well.
func ways(d matter.Definition, ch licensing.Channel) []variant {
	if v := variants[d.Code]; v != nil {
		return v
	}
	out := []variant{}
	for i, c := range d.Categories {
		if i > 0 && (i < len(d.Categories)-1 || ch != licensing.Window) { // those between are of the same kinds
			continue
		}
		v := variant{categories: []string{c}}
		if d.Who.Holds == matter.Must {
			v.holds = v.categories
		}
		out = append(out, v)
	}
	return out
}

func (w *walk) tx(do func(ctx context.Context, tx pgx.Tx) error) {
	w.t.Helper()
	ctx := auth.System(w.t.Context(), "test")
	require.NoError(w.t, w.DB.InTx(ctx, func(tx pgx.Tx) error { return do(ctx, tx) }))
}

// good is a value that a field takes.
func (w *walk) good(f matter.Field) string {
	if v, ok := w.special()[f.Key]; ok {
		return v
	}
	switch f.Kind {
	case matter.Chosen:
		return f.Choices[len(f.Choices)-1].Value // the last: the one that asks for more
	case matter.Date:
		return "2026-03-01"
	case matter.Number:
		return strconv.Itoa(max(f.Min, 1))
	case matter.Name:
		return "张伟"
	case matter.IDNo, matter.Licence: // of whoever comes with or for them
		return driver
	case matter.Phone:
		return "13800138000"
	case matter.Address:
		return "上海市浦东新区世纪大道 1 号"
	case matter.Category:
		return strings.Join(w.v.categories, ",")
	case matter.Text, matter.Reason:
	}
	return strings.Repeat("文", max(f.Min, 2))
}

// special are the values that have to fit the person or the day.
func (w *walk) special() map[string]string {
	out := map[string]string{
		"name": w.who.Name, "id_no": w.number, "employer": "浦东公交（演示）", "employer_code": company, "new_employer_code": company,
		"contract_from": "2026-11-01", "contract_until": "2029-12-31", "rehire_from": "2026-12-01", "rehire_until": "2027-06-30", "health_until": "2027-06-30",
		"dismissed_on": "2026-11-10", "ended_on": "2026-11-10", "foreign_first": "2019-05-06", "foreign_until": "2031-05-05", "driving_until": "2030-01-01",
		"message_no": "BM" + w.number[10:], "transfer_no": w.before["transfer_no"], "from_province": "江苏省", "to_province": "浙江省",
	}
	if w.d.Action == licensing.Renew {
		out["reason"] = "EXPIRE"
	}
	if w.examines() {
		out["exam"] = w.part()
	}
	return out
}

func (w *walk) form() map[string]string {
	form := map[string]string{}
	for _, f := range w.d.FieldsFor(w.v.categories, w.ch) {
		if f.Visible(form) {
			form[f.Key] = w.good(f)
		}
	}
	return form
}

func (w *walk) order(version int, text string) application.Order {
	return application.Order{ID: w.hall.id(), Version: version, Text: text}
}

func (w *walk) do(who string, p application.Page, e licensing.Event, text string) application.Page {
	w.t.Helper()
	out, err := w.Service.Do(w.As(who), p.ID, e, w.ordered(p, e, text))
	require.NoError(w.t, err, "%s by %s in %s", e, who, p.State)
	return out
}

// open begins the case by its channel, hands in what is wanted, and sends it.
func (w *walk) open() {
	w.t.Helper()
	switch w.ch {
	case licensing.Online:
		w.openOnline()
	case licensing.Province:
		w.openProvince()
	case licensing.Company:
		w.openCompany()
	default:
		w.openWindow()
	}
}

func (w *walk) openWindow() {
	w.t.Helper()
	w.do("clerk", w.filledIn(), licensing.Submit, "")
}

// filledIn is a case at the window with all that it wants, not sent yet.
func (w *walk) filledIn() application.Page {
	w.t.Helper()
	p, err := w.Open(w.As("clerk"), application.Draft{
		ID: w.hall.id(), Matter: w.d.Code, Name: w.who.Name, IDNo: w.number, Mobile: "13900004321", Licence: w.about(), Categories: w.v.categories, Form: w.form(),
	})
	require.NoError(w.t, err)
	w.id = p.ID
	for _, m := range p.Wanted {
		switch {
		case slices.Contains(m.Forms, "original"):
			_, err = w.Attach(w.As("clerk"), p.ID, m.Code, "", nil)
		case slices.Contains(m.Forms, "scan"):
			_, err = w.Attach(w.As("clerk"), p.ID, m.Code, "扫描件.jpg", []byte(jpeg))
		}
		require.NoError(w.t, err, m.Code)
	}
	return p
}

// about is the certificate that the clerk or the applicant chooses.
func (w *walk) about() string {
	if w.d.Who.Holds == matter.Must {
		return w.licence.ID
	}
	return ""
}

func (w *walk) openOnline() {
	w.t.Helper()
	me := w.applicant(w.who.ID)
	p, err := w.OwnOpen(me, application.Account{
		Name: w.who.Name, IDNo: w.number, Mobile: "13900004321", Nation: "汉族", Residence: "上海市黄浦区", Address: "上海市浦东新区世纪大道 1 号", Photo: []byte(jpeg),
	}, application.OwnDraft{ID: w.hall.id(), Matter: w.d.Code, Licence: w.about(), Categories: w.v.categories}, ours)
	require.NoError(w.t, err)
	w.id = p.ID
	p, err = w.OwnSave(me, p.ID, application.Edited{ID: w.hall.id(), Version: p.Version, Categories: p.Categories, Form: w.form()})
	require.NoError(w.t, err)
	for _, m := range p.Wanted {
		switch {
		case slices.ContainsFunc(p.Materials, func(h application.Material) bool { return h.Code == m.Code }):
		case slices.Contains(m.Forms, "scan"):
			_, err = w.OwnAttach(me, p.ID, m.Code, "扫描件.jpg", []byte(jpeg))
		case slices.Contains(m.Forms, "pledge"):
			_, err = w.OwnAttach(me, p.ID, m.Code, "", nil)
		}
		require.NoError(w.t, err, m.Code)
	}
	p, err = w.OwnShow(me, p.ID)
	require.NoError(w.t, err)
	require.Empty(w.t, p.Lacking, "what the page says is missing")
	_, err = w.OwnDo(me, p.ID, licensing.Submit, w.order(p.Version, ""))
	require.NoError(w.t, err)
}

func (w *walk) openProvince() {
	w.t.Helper()
	w.tx(func(ctx context.Context, tx pgx.Tx) error {
		by, _ := auth.From(ctx)
		c, err := w.ProvinceOpen(ctx, tx, by, application.ProvinceDraft{ID: w.hall.id(), Matter: w.d.Code, Who: w.basic(), Categories: w.v.categories, Form: w.form()})
		if err != nil {
			return err
		}
		w.id = c.ID
		for _, m := range w.d.MaterialsFor(w.v.categories, w.form()) {
			if !slices.Contains(m.Forms, "scan") {
				continue
			}
			if err := w.ProvinceAttach(ctx, tx, c.ID, by, m.Code, "报文附件.jpg", []byte(jpeg)); err != nil {
				return fmt.Errorf("%s: %w", m.Code, err)
			}
		}
		_, err = w.ProvinceDo(ctx, tx, c.ID, by, licensing.Submit, "submit-"+c.ID, "")
		return err
	})
}

func (w *walk) openCompany() {
	w.t.Helper()
	w.tx(func(ctx context.Context, tx pgx.Tx) error {
		by, _ := auth.From(ctx)
		c, err := w.CompanyOpen(ctx, tx, by, application.CompanyDraft{
			ID: w.hall.id(), Matter: w.d.Code, Who: w.basic(), Category: w.v.categories[0], Form: w.form(), Roster: "名册第 1 行",
		})
		if err != nil {
			return err
		}
		w.id = c.ID
		for _, m := range w.d.MaterialsFor(w.v.categories, w.form()) {
			switch {
			case slices.Contains(m.Forms, "original"):
				err = w.CompanyAttach(ctx, tx, c.ID, by, m.Code, "", nil)
			case slices.Contains(m.Forms, "scan"):
				err = w.CompanyAttach(ctx, tx, c.ID, by, m.Code, "扫描件.jpg", []byte(jpeg))
			}
			if err != nil {
				return fmt.Errorf("%s: %w", m.Code, err)
			}
		}
		_, err = w.CompanyDo(ctx, tx, c.ID, by, licensing.Submit, "submit-"+c.ID, "")
		return err
	})
}

// approving takes a case that was sent to whoever decides.
func (w *walk) approving() application.Page {
	w.t.Helper()
	p, err := w.Show(w.As("clerk"), w.id)
	require.NoError(w.t, err)
	if p.State == licensing.Submitted {
		p = w.do("clerk", p, licensing.Receive, "")
	}
	p = w.do("clerk", p, licensing.Accept, "")
	p, err = w.Claim(w.As("rev"), p.ID, w.order(p.Revision, ""))
	require.NoError(w.t, err)
	for _, c := range p.Checks {
		require.NotEqual(w.t, application.Fail, c.Result, "%s: %s", c.Code, c.Reason)
		if c.Result == application.Unknown {
			p, err = w.Confirm(w.As("rev"), p.ID, application.Seen{Code: c.Code, Version: p.Revision, Text: "已核对证明原件"})
			require.NoError(w.t, err, c.Code)
		}
	}
	return w.do("rev", p, licensing.PassReview, "符合条件")
}

// toTheEnd takes a case that was sent to the end.
func (w *walk) toTheEnd() application.Page {
	w.t.Helper()
	p := w.do("boss", w.approving(), licensing.Grant, "")
	if w.d.Route == matter.Permit || w.d.Route == matter.Change {
		p = w.do("clerk2", p, licensing.MakeCertificate, "")
	}
	if w.examines() {
		p = w.seated(p)
	}
	p = w.do("clerk2", p, licensing.CertificateDone, "")
	return w.do("clerk2", p, licensing.Deliver, "本人领取")
}
