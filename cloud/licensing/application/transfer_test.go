package application_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/practitioner"
)

// moving is a walk of one person through several matters of one hall.
func moving(h *hall, code string, v variant) *walk {
	d, err := h.Matters.Current(code)
	require.NoError(h.t, err)
	return &walk{hall: h, t: h.t, d: d, ch: d.Channels[0], v: v, before: map[string]string{}}
}

// next is the same person's next matter.
func (w *walk) next(code string) *walk {
	out := moving(w.hall, code, variant{categories: w.v.categories})
	out.number, out.who, out.before = w.number, w.who, w.before
	return out
}

func (w *walk) granted() application.Page {
	w.t.Helper()
	p, err := w.Show(w.As("clerk"), w.id)
	require.NoError(w.t, err)
	p = w.do("clerk", w.do("clerk", p, licensing.Receive, ""), licensing.Accept, "")
	p, err = w.Claim(w.As("rev"), p.ID, w.order(p.Revision, ""))
	require.NoError(w.t, err)
	p = w.confirmed("rev", p)
	return w.do("boss", w.do("rev", p, licensing.PassReview, "符合条件"), licensing.Grant, "")
}

// A transfer out that was granted, and one that was completed, can be called off:
// the certificate is in force again. One that was called off is not called off twice.
func TestATransferOutIsCalledOff(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	for _, complete := range []bool{false, true} {
		out := moving(h, "XT01", variant{[]string{"01001", "02001"}, []string{"01001", "02001"}})
		out.prepare()
		out.open()
		p := out.granted()
		require.Equal(t, []string{"D13", "D02", "D05"}, letters(p), "no cancellation")
		require.Equal(t, practitioner.Transferred, out.now().State, "with the decision")
		if complete {
			p = out.do("clerk2", out.do("clerk2", p, licensing.CertificateDone, ""), licensing.Deliver, "电子送达")
		}
		back := out.next("XT03")
		back.before["transfer_no"] = "BM" + out.number[10:]
		back.open()
		if !complete { // nobody takes the id of what is going to happen beforehand
			p, err := h.Service.Do(h.As("clerk2"), p.ID, licensing.CertificateDone, application.Order{ID: "revoked-" + back.id, Version: p.Revision})
			require.NoError(t, err)
			require.Equal(t, licensing.Delivering, p.State)
		}
		back.granted()
		require.Equal(t, practitioner.InForce, back.now().State)
		p, err := h.Show(h.As("clerk"), p.ID)
		require.NoError(t, err)
		want := licensing.Terminated
		if complete {
			want = licensing.Completed
		}
		require.Equal(t, want, p.State)
		require.Len(t, h.timeline(out.who.ID, "TRANSFER_REVOKE"), 1)
	}
}

// What could never be granted is refused when it is sent, and nobody but a
// transfer's revocation ends a decided case from outside.
func TestTransfersThatCannotBe(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	form := map[string]string{
		"address": "上海市浦东新区世纪大道 1 号", "from_agency": "苏州市交通运输局", "foreign_licence": driver, "foreign_first": "2019-05-06", "foreign_until": "2031-05-05",
		"grounds": "JOB", "since": "2026-03-01", "driving_no": driver, "driving_class": "A1", "driving_first": "2010-01-01", "driving_until": "2030-01-01", "delivery": "COUNTER", "agent": "SELF",
	}
	send := func(number, code, says string, change map[string]string) {
		t.Helper()
		d := application.Draft{ID: h.id(), Matter: "RT06", Name: "王转入", IDNo: number, Mobile: "13900004321", Categories: []string{"02001"}, Form: map[string]string{}}
		if number == driver {
			d.Name = "张建国"
		}
		for _, f := range []map[string]string{form, change} {
			for k, v := range f {
				d.Form[k] = v
			}
		}
		p, err := h.Open(h.As("clerk"), d)
		require.NoError(t, err)
		for _, m := range []string{"M27", "M03", "M04", "M05"} {
			p, err = h.Attach(h.As("clerk"), p.ID, m, "扫描件.jpg", []byte(jpeg))
			require.NoError(t, err)
		}
		h.refused("clerk", p, licensing.Submit, code, says)
	}
	number := idLike("31010119850307901")
	send(number, "licensing.case.transfer.expired", "先在原发证机关换证", map[string]string{"foreign_until": "2026-11-22"})
	send(number, "licensing.case.transfer.dates", "按证件核对", map[string]string{"foreign_first": "2026-11-24"})
	send(number, "licensing.case.transfer.dates", "按证件核对", map[string]string{"foreign_first": "2031-05-05"})
	send(number, "licensing.case.transfer.since", "起始日期", map[string]string{"since": "2026-11-24"})
	send(number, "licensing.case.submit.incomplete", "外省证件有效期至", map[string]string{"foreign_until": ""})
	send(driver, "licensing.case.transfer.holds", "办理增项", nil)
}
