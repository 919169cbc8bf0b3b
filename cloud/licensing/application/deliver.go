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

// Handover is how the documents of a case reached their addressee: what the record
// of delivery (D09) says (chapter 4.2).
type Handover struct {
	Mode     letter.Mode `json:"mode" enum:"DIRECT,AGENT,LIEN,ENTRUST,POST,NOTICE,ELECTRONIC" doc:"送达方式：直接、代收、留置、委托、邮寄、公告、电子"`
	Place    string      `json:"place,omitempty" maxLength:"120" doc:"送达地点；邮寄为收件地址，公告为刊登的载体"`
	Sent     clock.Date  `json:"sent,omitzero" required:"false" doc:"送达、寄出或公告的日期；空为今天"`
	Received clock.Date  `json:"received,omitzero" required:"false" doc:"收到、妥投或公告期满的日期；空为送达日期"`
	Signer   string      `json:"signer,omitempty" maxLength:"40" doc:"签收人；直接送达为受送达人本人"`
	Relation string      `json:"relation,omitempty" maxLength:"40" doc:"代收人与受送达人的关系"`
	Through  string      `json:"through,omitempty" maxLength:"80" doc:"委托送达的受托机关"`
	Tracking string      `json:"tracking,omitempty" maxLength:"40" doc:"邮寄单号"`
	Refused  string      `json:"refused,omitempty" maxLength:"120" doc:"留置送达的拒收事由"`
	Witness  string      `json:"witness,omitempty" maxLength:"40" doc:"见证人"`
	Pickup   string      `json:"pickup,omitempty" maxLength:"8" doc:"申请人出示的领证码；有则核对"`
}

// lacking is what a mode needs and a record does not have.
func (h *Handover) lacking() []string {
	wanted := map[string]string{"签收人": h.Signer, "代收人与受送达人的关系": h.Relation, "受托机关": h.Through, "邮寄单号": h.Tracking, "拒收事由": h.Refused, "见证人": h.Witness}
	wanted["收件地址"], wanted["送达地点"], wanted["公告的载体"] = h.Place, h.Place, h.Place
	wanted["寄出日期"], wanted["公告日期"] = day(h.Sent), day(h.Sent)
	wanted["妥投日期"], wanted["公告期满日期"] = day(h.Received), day(h.Received)
	var out []string
	for _, label := range map[letter.Mode][]string{
		letter.Agent: {"签收人", "代收人与受送达人的关系"}, letter.Lien: {"送达地点", "拒收事由", "见证人"}, letter.Entrust: {"受托机关", "签收人"},
		letter.Post: {"邮寄单号", "收件地址", "寄出日期", "妥投日期", "签收人"}, letter.Notice: {"公告的载体", "公告日期", "公告期满日期"},
	}[h.Mode] {
		if wanted[label] == "" {
			out = append(out, label)
		}
	}
	return out
}

// proposed is how a case is delivered by what was applied for: its applicant chose
// the counter or the post, or sends somebody.
func (c *Case) proposed(d matter.Definition, form map[string]string) Handover {
	switch {
	case c.Channel == licensing.Province, c.Channel == licensing.Online && !c.tangible(d):
		return Handover{Mode: letter.Electronic}
	case form["delivery"] == "POST":
		return Handover{Mode: letter.Post, Place: form["post_address"], Signer: c.addressee(form)}
	case form["agent"] == "AGENT":
		return Handover{Mode: letter.Agent, Place: counter, Signer: form["agent_name"], Relation: "受托人"}
	}
	return Handover{Mode: letter.Direct, Place: counter, Signer: c.addressee(form)}
}

const (
	counter = "本机关服务窗口"
	online  = "“一网通办”我的办件"
)

// tangible says that there is something to be handed over beside letters: a card or
// a certificate on paper.
func (c *Case) tangible(d matter.Definition) bool {
	return c.State != licensing.Denied && d.Route != matter.Cancel && d.Action != licensing.TransferRevoke && d.Certificate != "REGISTRATION"
}

// deliver records how a case was handed over. Who says nothing has handed it to the
// applicant, where the applicant was to come. Faults: licensing.case.deliver.mode,
// .lacking, .day, .signer, .pickup, .electronic, .void.
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
		h = said.trimmed()
	case h.Mode == letter.Post:
		return fault.New(fault.Invalid, "licensing.case.deliver.mode", "申请人选择邮寄送达：请选择送达方式，邮寄的填写单号、寄出和妥投日期")
	case h.Mode == letter.Agent:
		return fault.New(fault.Invalid, "licensing.case.deliver.mode", "本办件由受托人办理：请选择送达方式，写明由本人还是代收人签收")
	}
	if who := w.addressee(w.form); h.Mode == letter.Direct {
		if h.Signer != "" && h.Signer != who {
			return fault.Newf(fault.Invalid, "licensing.case.deliver.signer", "直接送达由 %s 本人签收；由他人签收的，请选择“代收送达”并写明与本人的关系", who)
		}
		h.Signer = who
	}
	if list := h.lacking(); len(list) > 0 {
		return fault.Newf(fault.Invalid, "licensing.case.deliver.lacking", "%s还要填写：%s", h.Mode.Name(), strings.Join(list, "、"))
	}
	if h.Pickup != "" && h.Pickup != s.pickup(w.Case) {
		return fault.New(fault.Invalid, "licensing.case.deliver.pickup", "领证码不对：请申请人打开“我的办件”核对，或核对身份证件后不填领证码再办理")
	}
	if h.Mode == letter.Electronic {
		if err := s.electronic(ctx, w, &h); err != nil {
			return err
		}
	}
	if h.Sent.IsZero() {
		h.Sent = s.today()
	}
	if h.Received.IsZero() {
		h.Received = h.Sent
	}
	if h.Sent.Before(w.DecidedOn) || h.Received.Before(h.Sent) || s.today().Before(h.Received) {
		return fault.New(fault.Invalid, "licensing.case.deliver.day", "送达日期不对：应在作出决定之后、不晚于今天，收到的日期不早于送出的日期；还没有收到的，收到后再登记")
	}
	w.order.Delivery, w.order.Text = &h, h.text(w.order.Text)
	return nil
}

func (h *Handover) trimmed() Handover {
	out := *h
	for _, t := range []*string{&out.Place, &out.Signer, &out.Relation, &out.Through, &out.Tracking, &out.Refused, &out.Witness, &out.Pickup} {
		*t = strings.TrimSpace(*t)
	}
	return out
}

// text is a delivery in the course of a case.
func (h *Handover) text(said string) string {
	parts := []string{h.Mode.Name()}
	for _, p := range []struct{ label, value string }{
		{"签收人", h.Signer}, {"与受送达人的关系：", h.Relation}, {"受托机关：", h.Through}, {"邮寄单号", h.Tracking}, {"拒收事由：", h.Refused}, {"见证人", h.Witness},
	} {
		if p.value != "" {
			parts = append(parts, strings.TrimSpace(p.label+" "+p.value))
		}
	}
	if h.Pickup != "" {
		parts = append(parts, "凭领证码领取")
	}
	if said = strings.TrimSpace(said); said != "" {
		parts = append(parts, said)
	}
	return strings.Join(parts, "，")
}

// electronic wants proof: what came online has reached its applicant when 一网通办
// has acknowledged every letter; what came from another province goes back by its
// own platform. At a window nothing is sent. Fault: licensing.case.deliver.electronic.
func (s *Service) electronic(ctx context.Context, w *work, h *Handover) error {
	h.Signer = ""
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
	return s.happens(ctx, tx, c, licensing.Deliver, Order{ID: named("delivered-online"), Delivery: &Handover{Mode: letter.Electronic}}, actor)
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
		return "到窗口领取证件，领证码 " + s.pickup(c) + "；请带身份证件，由他人代领的另带委托书"
	}
}

// unfetched says that what was to be handed out in ten days still lies there (C4).
func unfetched(c *Case, k clocks, today clock.Date) []string {
	if due := k.find(ToDeliver); due == nil || due.Due.IsZero() || !due.Due.Before(today) || c.State != licensing.Delivering && c.State != licensing.Denied {
		return nil
	}
	return []string{"作出决定已超过十个工作日，还没有送达：请联系申请人领取，或转邮寄送达；拒收的，留置送达并记录见证人"}
}

// record is a delivery as its record says it.
func (w *work) record(d *letter.Delivery) {
	h := w.order.Delivery
	d.Mode, d.Place, d.Sent, d.Received, d.Signer = h.Mode, h.Place, letter.Day(h.Sent), letter.Day(h.Received), h.Signer
	d.Relation, d.RefuseNote, d.Witness, d.Recipient, d.Deliverer = h.Relation, h.Refused, h.Witness, w.addressee(w.form), w.actor.Name
	switch {
	case h.Mode == letter.Entrust:
		d.Deliverer = h.Through
	case h.Mode == letter.Post:
		d.Note = "邮寄单号：" + h.Tracking
	case w.arrival != nil:
		at := w.arrival.At.In(clock.Shanghai()).Format("2006年1月2日 15:04")
		d.Sent, d.Received, d.Note = at, at, "一网通办回执："+w.arrival.Number
	case h.Pickup != "":
		d.Note = "凭领证码领取"
	}
}
