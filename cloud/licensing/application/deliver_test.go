package application_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// waiting is a reissue whose certificate lies there to be handed out.
func (h *hall) waiting(form map[string]string) application.Page {
	h.t.Helper()
	d := h.draft("RT04")
	for k, v := range form {
		d.Form[k] = v
	}
	p, err := h.Open(h.As("clerk"), d)
	require.NoError(h.t, err)
	for _, m := range p.Wanted {
		switch m.Code {
		case "M03", "M20":
			_, err = h.Attach(h.As("clerk"), p.ID, m.Code, "", nil)
		case "M05":
			_, err = h.Attach(h.As("clerk"), p.ID, m.Code, "照片.jpg", []byte(jpeg))
		}
		require.NoError(h.t, err)
	}
	p = h.do("clerk", h.do("clerk", h.shown(p), licensing.Submit, ""), licensing.Accept, "")
	p, err = h.Claim(h.As("rev"), p.ID, application.Order{ID: h.id(), Version: p.Revision})
	require.NoError(h.t, err)
	p = h.do("boss", h.do("rev", h.confirmed("rev", p), licensing.PassReview, "符合条件"), licensing.Grant, "")
	return h.do("clerk2", h.do("clerk2", p, licensing.MakeCertificate, ""), licensing.CertificateDone, "")
}

// Each way of delivery says in the record what it was, and is refused without what
// it needs.
func TestADeliveryIsRecordedAsItWas(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	today := clock.Date{Year: 2026, Month: 11, Day: 23}
	for _, c := range []struct {
		of      letter.Handover
		lacking string
		says    []string
		not     string
	}{
		{letter.Handover{Mode: letter.Direct}, "", []string{"直接送达", "张建国", "2026年11月23日", "本机关服务窗口"}, "邮寄"},
		{letter.Handover{Mode: letter.Agent, Signer: "李四", Relation: "配偶"}, "代收人与受送达人的关系", []string{"代收送达", "李四", "配偶", "本机关服务窗口"}, "直接送达"},
		{letter.Handover{Mode: letter.Lien, Place: "世纪大道 1 号", Refused: "拒不签收", Witness: "王居委"}, "见证人", []string{"留置送达", "世纪大道1号", "拒不签收", "王居委", "受送达人拒绝签收"}, "直接送达"},
		{letter.Handover{Mode: letter.Entrust, Through: "江苏省交通运输厅", Signer: "张建国", Place: "南京市"}, "受托机关", []string{"委托送达", "江苏省交通运输厅"}, "直接送达"},
		{letter.Handover{Mode: letter.Post, Place: "世纪大道 1 号", Tracking: "EMS1234567890", Sent: today, Received: today, Signer: "张建国"}, "邮寄单号", []string{"邮寄送达", "EMS1234567890", "世纪大道1号"}, "直接送达"},
		{letter.Handover{Mode: letter.Notice, Place: "本机关网站", Sent: today, Received: today.Add(30)}, "公告的载体", []string{"公告送达", "本机关网站"}, "直接送达"},
	} {
		p := h.waiting(nil)
		do := func(d letter.Handover) (application.Page, error) {
			return h.Service.Do(h.As("clerk2"), p.ID, licensing.Deliver, application.Order{ID: h.id(), Version: p.Revision, Delivery: &d})
		}
		if c.lacking != "" {
			_, err := do(letter.Handover{Mode: c.of.Mode, Signer: "张建国", Place: "　"})
			require.True(t, fault.Is(err, "licensing.letter.deliver.lacking"), "%s: %v", c.of.Mode, err)
			require.ErrorContains(t, err, c.lacking)
		}
		if c.of.Mode == letter.Notice {
			h.Clock.Advance(30 * 24 * time.Hour)
			early := c.of
			early.Received = today.Add(29)
			_, err := do(early)
			require.True(t, fault.Is(err, "licensing.letter.deliver.notice"), "%v", err)
			require.ErrorContains(t, err, "2026-12-23")
		}
		done, err := do(c.of)
		require.NoError(t, err)
		said := h.said(done, "D09")
		for _, s := range c.says {
			require.Contains(t, said, s, c.of.Mode)
		}
		require.NotContains(t, said, c.not)
		require.Contains(t, done.Course[len(done.Course)-1].Text, c.of.Mode.Name())
	}
	h = newHall(t) // the notice took a month
	p := h.waiting(nil)
	for code, d := range map[string]letter.Handover{
		"licensing.letter.deliver.signer":   {Mode: letter.Direct, Signer: "李四"},
		"licensing.case.deliver.electronic": {Mode: letter.Electronic},
		"licensing.case.deliver.pickup":     {Mode: letter.Direct, Pickup: "abc"},
		"licensing.letter.deliver.day":      {Mode: letter.Agent, Signer: "李四", Relation: "配偶", Sent: today, Received: today.Add(1)},
	} {
		_, err := h.Service.Do(h.As("clerk2"), p.ID, licensing.Deliver, application.Order{ID: h.id(), Version: p.Revision, Delivery: &d})
		require.True(t, fault.Is(err, code), "%s: %v", code, err)
	}
	p, err := h.Service.Do(h.As("clerk2"), p.ID, licensing.Deliver, application.Order{ID: h.id(), Version: p.Revision})
	require.NoError(t, err, "to the applicant, who was to come")
	require.Contains(t, h.said(p, "D09"), "张建国")
}

// What was applied for is what is proposed; the code for the counter is the
// applicant's to read and counts at the desk.
func TestADeliveryIsProposedAsItWasAppliedFor(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	me := h.applicant(h.person.ID)
	post := h.waiting(map[string]string{"delivery": "POST", "post_address": "上海市徐汇区漕溪北路 8 号"})
	require.Equal(t, &letter.Handover{Mode: letter.Post, Place: "上海市徐汇区漕溪北路 8 号", Signer: "张建国"}, h.shown(post).Handover)
	reader, err := h.Show(h.As("rev"), post.ID)
	require.NoError(t, err)
	require.Nil(t, reader.Handover, "whoever does not deliver does not read the address")
	_, err = h.Service.Do(h.As("clerk2"), post.ID, licensing.Deliver, application.Order{ID: h.id(), Version: post.Revision})
	require.True(t, fault.Is(err, "licensing.case.deliver.mode"), "%v", err)
	own, err := h.OwnShow(me, post.ID)
	require.NoError(t, err)
	require.Contains(t, own.Todo, "邮寄")

	agent := h.waiting(map[string]string{"agent": "AGENT", "agent_name": "李四", "agent_id_no": "110101199003070011", "agent_mobile": "13800138000"})
	require.Equal(t, []any{letter.Agent, "李四", "受托人"}, []any{agent.Handover.Mode, agent.Handover.Signer, agent.Handover.Relation})

	p := h.waiting(nil)
	own, err = h.OwnShow(me, p.ID)
	require.NoError(t, err)
	require.Regexp(t, `领证码 \d{6}；`, own.Todo)
	code := own.Todo[len("到窗口领取证件，领证码 "):][:6]
	p, err = h.Service.Do(h.As("clerk2"), p.ID, licensing.Deliver, application.Order{ID: h.id(), Version: p.Revision, Delivery: &letter.Handover{Mode: letter.Direct, Pickup: code}})
	require.NoError(t, err)
	require.Contains(t, h.said(p, "D09"), "凭领证码领取")

	late := h.waiting(nil)
	require.Empty(t, late.Notices)
	h.Clock.Advance(16 * 24 * time.Hour)
	late, err = h.Show(h.As("clerk2"), late.ID)
	require.NoError(t, err)
	require.Contains(t, late.Notices[0], "邮寄送达")
}

// acknowledged has 一网通办 acknowledge the letters whose kind is named.
func (h *hall) acknowledged(id string, kinds ...string) {
	h.t.Helper()
	got := map[string]bool{}
	for _, k := range kinds {
		got[k] = true
	}
	h.Letters.Receipts = func(ctx context.Context, q db.Q, ids []string) (map[string]letter.Arrival, error) {
		out := map[string]letter.Arrival{}
		for _, l := range ids {
			one, err := h.Letters.Get(ctx, q, l)
			if err != nil {
				return nil, err
			}
			if got[one.Kind] {
				out[l] = letter.Arrival{At: h.Clock.Now(), Number: "YW-" + one.Kind}
			}
		}
		return out, nil
	}
	ctx := auth.System(h.t.Context(), "onestop")
	require.NoError(h.t, h.DB.InTx(ctx, func(tx pgx.Tx) error { return h.Arrived(ctx, tx, id) }))
}

// What came online is delivered by itself when its letters have arrived, unless there
// is a card to hand over.
func TestAnOnlineCaseIsDeliveredByItsReceipts(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.Staff("files", practitioner.PermList, practitioner.PermSave)
	gone := func(code string) application.Page {
		d, err := h.Matters.Current(code)
		require.NoError(t, err)
		w := &walk{hall: h, t: t, d: d, ch: licensing.Online, v: ways(d, licensing.Online)[0], before: map[string]string{}}
		w.prepare()
		w.open()
		return w.approving()
	}
	// a cancellation: the letters were there before its record was changed
	p := h.do("boss", gone("RT07"), licensing.Grant, "")
	h.acknowledged(p.ID, "D02", "D10")
	require.Equal(t, licensing.Granted, h.shown(p).State)
	h.do("clerk2", p, licensing.CertificateDone, "")
	p = h.shown(p)
	require.Equal(t, licensing.Completed, p.State)
	said := h.said(p, "D09")
	for _, s := range []string{"电子送达", "YW-D02、YW-D10", "“一网通办”我的办件", "不需要签名"} {
		require.Contains(t, said, s)
	}
	require.Equal(t, "系统", p.Course[len(p.Course)-1].By)

	// a refusal: only when every letter has arrived
	p = h.do("boss", gone("RT04"), licensing.Deny, "不符合规定的条件")
	h.acknowledged(p.ID, "D02")
	require.Equal(t, licensing.Denied, h.shown(p).State)
	_, err := h.Service.Do(h.As("clerk2"), p.ID, licensing.Deliver, application.Order{ID: h.id(), Version: p.Revision, Delivery: &letter.Handover{Mode: letter.Electronic}})
	require.True(t, fault.Is(err, "licensing.case.deliver.electronic"), "%v", err)
	h.acknowledged(p.ID, "D02", "D06")
	require.Equal(t, licensing.Completed, h.shown(p).State)
	own, err := h.OwnShow(h.applicant(p.Person), p.ID)
	require.NoError(t, err)
	require.Equal(t, "办结（不予许可）", own.StateName, "and nobody takes it for a grant")
	mine, err := h.OwnList(h.applicant(p.Person))
	require.NoError(t, err)
	require.Equal(t, "办结（不予许可）", mine[0].StateName)
	h.acknowledged(p.ID, "D02", "D06", "D09") // the receipt of the record itself

	// a card lies there
	p = h.do("boss", gone("RT04"), licensing.Grant, "")
	p = h.do("clerk2", h.do("clerk2", p, licensing.MakeCertificate, ""), licensing.CertificateDone, "")
	h.acknowledged(p.ID, "D02", "D05")
	require.Equal(t, licensing.Delivering, h.shown(p).State)
}

// What was voided is delivered to nobody: the record leaves it out, and a case whose
// decision was voided has nothing to deliver, at the counter or by itself.
func TestAVoidedLetterIsNotDelivered(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	void := func(p application.Page, kind string) string {
		t.Helper()
		i := slices.IndexFunc(p.Letters, func(l letter.Letter) bool { return l.Kind == kind })
		ctx := auth.System(t.Context(), "test")
		require.NoError(t, h.DB.InTx(ctx, func(tx pgx.Tx) error { return h.Letters.Void(ctx, tx, p.Letters[i].ID, "认定有误，撤销决定") }))
		return p.Letters[i].Number
	}
	p := h.waiting(nil)
	number := void(p, "D02")
	p = h.do("clerk2", p, licensing.Deliver, "")
	said := h.said(p, "D09")
	require.Contains(t, said, "准予行政许可决定书")
	require.NotContains(t, said, number)

	d, err := h.Matters.Current("RT04")
	require.NoError(t, err)
	h.Staff("files", practitioner.PermList, practitioner.PermSave)
	w := &walk{hall: h, t: t, d: d, ch: licensing.Online, v: ways(d, licensing.Online)[0], before: map[string]string{}}
	w.prepare()
	w.open()
	p = h.do("boss", w.approving(), licensing.Deny, "不符合规定的条件")
	number = void(p, "D06")
	_, err = h.Service.Do(h.As("clerk2"), p.ID, licensing.Deliver, application.Order{ID: h.id(), Version: p.Revision})
	require.True(t, fault.Is(err, "licensing.case.deliver.void"), "%v", err)
	require.ErrorContains(t, err, number)
	h.acknowledged(p.ID, "D02", "D06")
	require.Equal(t, licensing.Denied, h.shown(p).State)
}
