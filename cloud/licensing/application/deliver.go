package application

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// proposed is how a case is delivered by what was applied for: its applicant chose
// the counter or the post, or sends somebody.
func (c *Case) proposed(d matter.Definition, form map[string]string) letter.Handover {
	switch {
	case c.Channel == licensing.Province, c.Channel == licensing.Online && !c.tangible(d):
		return letter.Handover{Mode: letter.Electronic}
	case form["delivery"] == "POST":
		return letter.Handover{Mode: letter.Post, Place: form["post_address"], Signer: c.addressee(form)}
	case form["agent"] == "AGENT":
		return letter.Handover{Mode: letter.Agent, Place: letter.Counter, Signer: form["agent_name"], Relation: "受托人"}
	}
	return letter.Handover{Mode: letter.Direct, Place: letter.Counter, Signer: c.addressee(form)}
}

const online = "“一网通办”我的办件"

// tangible says that there is something to be handed over beside letters: a card or
// a certificate on paper.
func (c *Case) tangible(d matter.Definition) bool {
	return c.State != licensing.Denied && d.Route != matter.Cancel && d.Action != licensing.TransferRevoke && d.Certificate != "REGISTRATION"
}

// deliver records how a case was handed over. Who says nothing has handed it to the
// applicant, where the applicant was to come. Faults: licensing.case.deliver.mode,
// .pickup, .electronic, .void, those of Handover.Complete.
func deliver(ctx context.Context, s *Service, w *work) error {
	letters, err := s.Letters.OfCase(ctx, w.tx, w.ID)
	if err != nil {
		return err
	}
	if no := undone(letters); no != "" {
		return fault.Newf(fault.Precondition, "licensing.case.deliver.void", "决定书 %s 已作废，没有可以送达的决定，不能登记送达；作废已告知申请人的，请申请人重新申请", no)
	}
	h := w.proposed(w.def, w.form)
	switch said := w.order.Delivery; {
	case said != nil:
		h = *said
	case h.Mode == letter.Post:
		return fault.New(fault.Invalid, "licensing.case.deliver.mode", "申请人选择邮寄送达：请选择送达方式，邮寄的填写单号、寄出和妥投日期")
	case h.Mode == letter.Agent:
		return fault.New(fault.Invalid, "licensing.case.deliver.mode", "本办件由受托人办理：请选择送达方式，写明由本人还是代收人签收")
	}
	if h.Pickup = strings.TrimSpace(h.Pickup); h.Pickup != "" && h.Pickup != s.pickup(w.Case) {
		return fault.New(fault.Invalid, "licensing.case.deliver.pickup", "领证码不对：请申请人打开“我的办件”核对，或核对身份证件后不填领证码再办理")
	}
	if h.Mode == letter.Electronic {
		if err := s.electronic(ctx, w, &h); err != nil {
			return err
		}
	}
	if err := h.Complete(w.addressee(w.form), w.DecidedOn, s.today()); err != nil {
		return err
	}
	w.order.Delivery, w.order.Text = &h, h.Text(w.order.Text)
	return nil
}

// electronic wants proof: what came online has reached its applicant when 一网通办
// has acknowledged every letter; what came from another province goes back by its
// own platform. At a window nothing is sent. Fault: licensing.case.deliver.electronic.
func (s *Service) electronic(ctx context.Context, w *work, h *letter.Handover) error {
	h.Signer = ""
	if w.tangible(w.def) && w.Channel != licensing.Province {
		return fault.New(fault.Precondition, "licensing.case.deliver.electronic", "本办件有证件要交给申请人，不能电子送达；请按实际情况选择直接、代收、邮寄等送达方式")
	}
	switch w.Channel {
	case licensing.Province:
		h.Place = "便民政务系统"
		return nil
	case licensing.Online:
		got, err := s.arrivals(ctx, w.tx, w.ID)
		if err != nil {
			return err
		}
		if got != nil {
			h.Place, h.Sent = online, clock.DateOf(got.At)
			h.Received = h.Sent
			w.arrival = got
			return nil
		}
		return fault.New(fault.Precondition, "licensing.case.deliver.electronic", "一网通办还没有确认收到本办件的全部文书，收到后系统自动登记电子送达；急用的请改选其他送达方式")
	}
	return fault.New(fault.Precondition, "licensing.case.deliver.electronic", "本办件不是网上申请的，文书没有经一网通办送达，请选择其他送达方式")
}

// arrivals is the newest receipt when every numbered letter of a case has one, with
// the numbers of all; nil: not yet.
func (s *Service) arrivals(ctx context.Context, q db.Q, id string) (*letter.Arrival, error) {
	list, err := s.Letters.OfCase(ctx, q, id)
	if err != nil || undone(list) != "" {
		return nil, err
	}
	var last letter.Arrival
	var numbers []string
	for _, l := range list {
		switch {
		case l.Serial == 0 || l.State == letter.Void || l.Kind == letter.Delivered:
		case l.Delivered == nil:
			return nil, nil //nolint:nilnil // one is still on its way
		default:
			numbers = append(numbers, l.Delivered.Number)
			if last.At.Before(l.Delivered.At) {
				last = *l.Delivered
			}
		}
	}
	if len(numbers) == 0 {
		return nil, nil //nolint:nilnil // there was nothing to be acknowledged
	}
	last.Number = strings.Join(numbers, "、")
	return &last, nil
}

// undone is the number of a decision that was voided when there is no other; "": there
// is one, or the matter has none.
func undone(list []letter.Letter) string {
	void := ""
	for _, l := range list {
		switch {
		case l.Kind != letter.Grant && l.Kind != letter.Denial && l.Kind != letter.Cancellation:
		case l.State != letter.Void:
			return ""
		default:
			void = l.Number
		}
	}
	return void
}

// Arrived is told that 一网通办 has acknowledged a letter of a case, in the
// transaction that notes it. When all have arrived and nothing else is to be handed
// over, the case is delivered.
func (s *Service) Arrived(ctx context.Context, tx pgx.Tx, id string) error {
	c, err := s.lock(ctx, tx, id)
	if err != nil {
		return err
	}
	return s.deliverOnline(ctx, tx, &c)
}

// deliverOnline delivers a locked case by itself, when it can be.
func (s *Service) deliverOnline(ctx context.Context, tx pgx.Tx, c *Case) error {
	if c.Channel != licensing.Online || c.State != licensing.Delivering && c.State != licensing.Denied {
		return nil
	}
	d, err := s.Matters.At(c.Matter, c.Version)
	if err != nil || c.tangible(d) {
		return err
	}
	got, err := s.arrivals(ctx, tx, c.ID)
	if err != nil || got == nil {
		return err
	}
	ctx = auth.System(ctx, "licensing")
	actor, _ := auth.From(ctx)
	return s.happens(ctx, tx, c, licensing.Deliver, Order{ID: named("delivered-online"), Delivery: &letter.Handover{Mode: letter.Electronic}}, actor)
}

// pickup is the code by which a certificate is fetched at the counter: its applicant
// reads it in 我的办件, and whoever hands out can ask for it.
func (s *Service) pickup(c *Case) string {
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(s.keys.Blind("licensing.case.pickup", c.ID))%1_000_000)
}

// collecting is what an applicant does to get what was granted.
func (s *Service) collecting(c *Case, d matter.Definition, form map[string]string) string {
	switch h := c.proposed(d, form); h.Mode {
	case letter.Electronic:
		return "等待电子送达：文书送到“我的办件”后自动办结"
	case letter.Post:
		return "等待邮寄，收到后请签收"
	default:
		what := "证件"
		if !handsOver(d) { // a cancellation leaves nobody with more than its decision
			what = "文书"
		}
		return "到窗口领取" + what + "，领证码 " + s.pickup(c) + "；请带身份证件，由他人代领的另带委托书"
	}
}

// unfetched says that what was to be handed out in ten days still lies there (C4), or
// that it cannot be handed out any more.
func unfetched(c *Case, k clocks, today clock.Date) []string {
	if c.lost != nil {
		return []string{c.lost.forOffice()}
	}
	if due := k.find(ToDeliver); due == nil || due.Due.IsZero() || !due.Due.Before(today) || c.State != licensing.Delivering && c.State != licensing.Denied {
		return nil
	}
	return []string{"作出决定已超过十个工作日，还没有送达：请联系申请人领取，或转邮寄送达；拒收的，留置送达并记录见证人"}
}

// record is a delivery as its record says it.
func (w *work) record(d *letter.Delivery) {
	documents := d.Documents
	*d = w.order.Delivery.Record(w.addressee(w.form), w.actor.Name)
	if d.Documents = documents; w.arrival != nil {
		at := w.arrival.At.In(clock.Shanghai()).Format("2006年1月2日 15:04")
		d.Sent, d.Received, d.Note = at, at, "一网通办回执："+w.arrival.Number
	}
}
