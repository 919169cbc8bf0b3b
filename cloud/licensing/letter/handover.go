package letter

import (
	"strings"

	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// Handover is how documents reached their addressee, as somebody registers it: what
// the record of delivery (D09) says (chapter 4.2).
type Handover struct {
	Mode     Mode       `json:"mode" enum:"DIRECT,AGENT,LIEN,ENTRUST,POST,NOTICE,ELECTRONIC" doc:"送达方式：直接、代收、留置、委托、邮寄、公告、电子"`
	Place    string     `json:"place,omitempty" maxLength:"120" doc:"送达地点；邮寄为收件地址，公告为刊登的载体；直接和代收送达空为本机关服务窗口"`
	Sent     clock.Date `json:"sent,omitzero" required:"false" doc:"送达、寄出或公告的日期；空为今天"`
	Received clock.Date `json:"received,omitzero" required:"false" doc:"收到、妥投或公告期满的日期；空为送达日期"`
	Signer   string     `json:"signer,omitempty" maxLength:"40" doc:"签收人；直接送达为受送达人本人"`
	Relation string     `json:"relation,omitempty" maxLength:"40" doc:"代收人与受送达人的关系"`
	Through  string     `json:"through,omitempty" maxLength:"80" doc:"委托送达的受托机关"`
	Tracking string     `json:"tracking,omitempty" maxLength:"40" doc:"邮寄单号"`
	Refused  string     `json:"refused,omitempty" maxLength:"120" doc:"留置送达的拒收事由"`
	Witness  string     `json:"witness,omitempty" maxLength:"40" doc:"见证人"`
	Pickup   string     `json:"pickup,omitempty" maxLength:"8" doc:"申请人出示的领证码；有则核对"`
}

// Counter is where documents are handed over when nobody says another place.
const Counter = "本机关服务窗口"

// NoticeDays is how long a public notice runs before it counts as a delivery:
// 民事诉讼法 §95, thirty days since 2022.
const NoticeDays = 30

// Complete checks how something that was decided on a day was handed over, and fills
// in what goes without saying. Faults: licensing.letter.deliver.signer, .lacking, .day,
// .notice.
func (h *Handover) Complete(addressee string, decided, today clock.Date) error {
	for _, t := range []*string{&h.Place, &h.Signer, &h.Relation, &h.Through, &h.Tracking, &h.Refused, &h.Witness, &h.Pickup} {
		*t = strings.TrimSpace(*t)
	}
	if h.Mode == Direct {
		if h.Signer != "" && h.Signer != addressee {
			return fault.Newf(fault.Invalid, "licensing.letter.deliver.signer", "直接送达由 %s 本人签收；由他人签收的，请选择“代收送达”并写明与本人的关系", addressee)
		}
		h.Signer = addressee
	}
	if (h.Mode == Direct || h.Mode == Agent) && h.Place == "" {
		h.Place = Counter
	}
	if list := h.lacking(); len(list) > 0 {
		return fault.Newf(fault.Invalid, "licensing.letter.deliver.lacking", "%s还要填写：%s", h.Mode.Name(), strings.Join(list, "、"))
	}
	if h.Sent.IsZero() {
		h.Sent = today
	}
	if h.Received.IsZero() {
		h.Received = h.Sent
	}
	if h.Sent.Before(decided) || h.Received.Before(h.Sent) || today.Before(h.Received) {
		return fault.New(fault.Invalid, "licensing.letter.deliver.day", "送达日期不对：应在作出决定之后、不晚于今天，收到的日期不早于送出的日期；还没有收到的，收到后再登记")
	}
	if due := h.Sent.Add(NoticeDays); h.Mode == Notice && h.Received.Before(due) {
		return fault.Newf(fault.Invalid, "licensing.letter.deliver.notice", "公告送达自公告之日起经过 %d 日视为送达（民事诉讼法第九十五条），公告期满日期最早为 %s；没有期满的，期满后再登记", NoticeDays, due)
	}
	return nil
}

// lacking is what a mode needs and a record does not have.
func (h *Handover) lacking() []string {
	wanted := map[string]string{"签收人": h.Signer, "代收人与受送达人的关系": h.Relation, "受托机关": h.Through, "邮寄单号": h.Tracking, "拒收事由": h.Refused, "见证人": h.Witness}
	wanted["收件地址"], wanted["送达地点"], wanted["公告的载体"] = h.Place, h.Place, h.Place
	wanted["寄出日期"], wanted["公告日期"] = Day(h.Sent), Day(h.Sent)
	wanted["妥投日期"], wanted["公告期满日期"] = Day(h.Received), Day(h.Received)
	var out []string
	for _, label := range map[Mode][]string{
		Agent: {"签收人", "代收人与受送达人的关系"}, Lien: {"送达地点", "拒收事由", "见证人"}, Entrust: {"受托机关", "签收人", "送达地点"},
		Post: {"邮寄单号", "收件地址", "寄出日期", "妥投日期", "签收人"}, Notice: {"公告的载体", "公告日期", "公告期满日期"},
	}[h.Mode] {
		if wanted[label] == "" {
			out = append(out, label)
		}
	}
	return out
}

// Text is a delivery as a course of events tells it, with what somebody said besides.
func (h *Handover) Text(said string) string {
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

// Record is a delivery as its record says it.
func (h *Handover) Record(addressee, deliverer string) Delivery {
	d := Delivery{
		Mode: h.Mode, Place: h.Place, Sent: Day(h.Sent), Received: Day(h.Received), Signer: h.Signer, Relation: h.Relation, RefuseNote: h.Refused, Witness: h.Witness,
		Recipient: addressee, Deliverer: deliverer,
	}
	switch {
	case h.Mode == Entrust:
		d.Deliverer = h.Through
	case h.Mode == Post:
		d.Note = "邮寄单号：" + h.Tracking
	case h.Pickup != "":
		d.Note = "凭领证码领取"
	}
	return d
}
