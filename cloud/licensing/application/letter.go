package application

import (
	"context"
	"slices"
	"strings"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
	pexam "huyun.internal/protocol/exam"
)

// kinds says which letter each event issues: chapters 2.4 and 3.2. Those of the
// straight way have to be in the matter's set, the others are written whenever there
// is cause (matter.Definition.Writes).
var kinds = map[licensing.Event]string{
	licensing.Submit: "D13", licensing.Accept: "D02", licensing.DeemAccepted: "D02", licensing.Refuse: "D03", licensing.RequireCorrection: "D04",
	licensing.Grant: "D05", licensing.Deny: "D06", licensing.Extend: "D07", licensing.Suspend: "D08", licensing.FixHearing: "D08", licensing.Deliver: "D09",
	licensing.Withdraw: "D11", licensing.CorrectionTimeout: "D11", licensing.RemoteCancel: "D11", licensing.Terminate: "D11",
}

// issue writes what the law wants in writing about an event, in its transaction.
// A draft that is withdrawn was never applied for, and gets no letter.
func (s *Service) issue(ctx context.Context, w *work) (*letter.Letter, error) {
	kind := kindOf(w.def, w.event, w.from)
	if kind == "" || w.from == licensing.Draft && w.event != licensing.Submit {
		return nil, nil //nolint:nilnil // most events issue nothing
	}
	if w.preview != nil {
		return nil, s.draft(ctx, w, kind)
	}
	f, err := s.facts(ctx, w)
	if err != nil {
		return nil, err
	}
	l, err := s.Letters.Issue(ctx, w.tx, letter.Request{
		Case: w.ID, Kind: kind, Trade: strings.ToLower(tradeOf(w.Trade, w.Categories)), At: s.now(), Facts: f, By: by(w.actor),
	})
	return &l, err
}

// kindOf is the letter that an event issues in a matter; empty: none.
func kindOf(d matter.Definition, e licensing.Event, from licensing.State) string {
	kind := kinds[e]
	switch {
	case e == licensing.Grant && d.Action == licensing.Cancel:
		kind = "D10"
	case e == licensing.Grant && d.Action == licensing.TransferRevoke: // chapter 2.5: its one letter
		kind = "D11"
	}
	if d.Writes(kind) || e == licensing.Deliver && from == licensing.Denied { // what was refused was written
		return kind
	}
	return ""
}

func by(a auth.Actor) string {
	if a.Username == "" {
		return "system"
	}
	return a.Username
}

// tradeOf is whose letters a case gets: a matter of all trades takes that of the
// category applied for.
func tradeOf(trade string, categories []string) string {
	switch trade {
	case "ROAD", "DANGEROUS", "TAXI", "RIDEHAIL", "BUS":
		return trade
	}
	for _, c := range categories {
		for prefix, trade := range map[string]string{"03": "DANGEROUS", "09002": "TAXI", "09003": "RIDEHAIL", "13": "BUS"} {
			if strings.HasPrefix(c, prefix) {
				return trade
			}
		}
	}
	return "ROAD"
}

// facts are what a letter can say of a case as it stands after the event.
func (s *Service) facts(ctx context.Context, w *work) (letter.Facts, error) {
	name, situation, two := strings.Cut(w.def.Name, " ")
	if !two { // a service that is a matter of its own
		situation = name
	}
	f := letter.Facts{
		Applicant: w.Name, IDType: "居民身份证", IDNoMask: w.IDNo, Matter: name, Situation: situation, ApplyNo: w.ApplyNo,
		Applied: w.AppliedOn, Accepted: w.AcceptedOn, Reason: strings.TrimSpace(w.order.Text), Article: w.def.Main(w.Categories),
		BannedUntil: w.Banned,
	}
	for _, k := range w.clock {
		switch {
		case k.ID == ToDecide && !k.Due.IsZero():
			f.Legal, f.ExtendedTo, f.Days = k.Due, k.Due, extraDays
		case k.ID == Promised && !k.Due.IsZero():
			f.Promised = k.Due
		case k.ID == ToCorrect && !k.Due.IsZero():
			f.CorrectionDue = k.Due
		}
	}
	f.NoLegal, f.Deemed, f.Service = w.def.LegalDays == 0, w.event == licensing.DeemAccepted, w.def.Route == matter.Service
	if f.Promised.IsZero() {
		f.Promised = f.Legal
	}
	have, err := handed(ctx, w.tx, w.Case)
	for _, m := range have {
		f.Materials = append(f.Materials, letter.Material{Name: licensing.Name(licensing.Materials(), m.Code), Copies: 1, Form: formNames[m.Form]})
	}
	if len(f.Materials) == 0 && w.Channel == licensing.Province { // the message is all that comes
		f.Materials = []letter.Material{{Name: "便民政务系统申请报文（" + w.form["message_no"] + "）", Copies: 1, Form: "电子数据"}}
	}
	for _, d := range w.order.Defects {
		f.Defects = append(f.Defects, letter.Defect{Material: d.Name, Reason: d.Reason, HowTo: d.HowTo})
	}
	if err == nil {
		err = s.certificate(ctx, w, &f)
	}
	if err == nil && w.event == licensing.Deliver {
		err = s.delivery(ctx, w, &f)
	}
	if err == nil {
		err = s.wording(ctx, w, &f)
	}
	w.whoFor(&f)
	return f, err
}

// wording is what single letters say beside the rest.
func (s *Service) wording(ctx context.Context, w *work, f *letter.Facts) error {
	switch w.event {
	case licensing.Withdraw, licensing.Terminate:
		f.Decision = "终止办理"
	case licensing.CorrectionTimeout:
		f.Reason, f.Decision = "你逾期未补正申请材料", "终止办理"
	case licensing.RemoteCancel:
		if w.actor.Kind != auth.KindStaff { // an official says why: a registration for an exam is ended
			f.Reason = "申请已由受理渠道撤销"
		}
		f.Decision = "终止办理"
	case licensing.Refuse:
		f.Article = w.refusedBy()
	case licensing.Deny:
		f.Article = strings.Join(w.order.Unmet, "、")
		f.Decision, f.Service = w.denial(), w.unpermitted()
	case licensing.Grant:
		switch w.Action {
		case licensing.Cancel:
			f.Reason = w.asksToCancel(f.Remaining != "")
		case licensing.TransferRevoke:
			f.Reason, f.Decision = "你申请撤销转籍（"+w.form["transfer_no"]+"）", "终止该转籍业务，恢复转籍前的状态"
		}
	case licensing.Suspend:
		cal, err := s.Calendar.Calendar(ctx, w.tx)
		if err != nil {
			return err
		}
		f.Procedure, f.Days, f.From, f.Vetting = w.order.Procedure, w.order.Days, s.today(), w.order.Procedure == vetting
		if w.hearing != nil {
			f.AskBy = w.hearing.AskBy
		}
		f.To, err = cal.Deadline(f.From, f.Days)
		return err
	case licensing.FixHearing:
		return s.invitation(ctx, w, f)
	}
	return nil
}

// invitation says in the letter of the procedure, issued anew, when and where it is heard.
func (s *Service) invitation(ctx context.Context, w *work, f *letter.Facts) error {
	course, err := courseOf(ctx, w.tx, w.Case)
	if err != nil {
		return err
	}
	for _, h := range slices.Backward(course) {
		if h.Event == licensing.Suspend {
			f.Reason = h.Text
			break
		}
	}
	cal, err := s.Calendar.Calendar(ctx, w.tx)
	if err != nil {
		return err
	}
	at := w.hearing.At.In(clock.Shanghai())
	f.Procedure, f.From, f.To = publicHearing, w.hearing.Told, clock.DateOf(at)
	f.HeardAt, f.HeardIn = letter.Day(f.To)+at.Format("15时04分"), w.hearing.Place
	f.Days, err = cal.Between(f.From, f.To)
	return err
}

// denial is what is not done: only a permission is not permitted.
func (w *work) denial() string {
	switch {
	case w.Action == licensing.Cancel:
		return "不予注销"
	case w.unpermitted():
		return "不予办理"
	}
	return "不予许可"
}

// unpermitted says that what is decided is no permission.
func (w *work) unpermitted() bool {
	return w.def.Route == matter.Service || w.def.Route == matter.Cancel
}

var formNames = map[string]string{"scan": "扫描件", "original": "原件", "pledge": "承诺领证时交回", "ecert": "电子证照", "generated": "系统生成", "data": "数据核验"}

// certificate fills in what is decided about which certificate.
func (s *Service) certificate(ctx context.Context, w *work, f *letter.Facts) error {
	f.Decision, f.CertName, f.Categories = "准予"+f.Situation, licensing.Name(matter.Certificates(), w.def.Certificate), listed(w.Categories)
	if w.Licence == "" {
		return nil
	}
	l, err := s.certificateNow(ctx, w)
	f.CertNo, f.From, f.To, f.Endless = l.Number, l.ValidFrom, l.ValidTo, l.ValidTo.IsZero()
	f.Registered = w.def.Certificate == "REGISTRATION"
	f.MovedOut = w.Action == licensing.TransferOut
	if w.Action == licensing.Cancel {
		f.Remaining = listed(w.remaining(&l))
	}
	if err != nil || w.def.Certificate != "REGISTRATION" && w.def.Certificate != practitioner.RideHail {
		return err
	}
	for _, c := range w.Categories { // what runs is the registration: the certificate by itself has no end (chapter 1.1)
		r, found, err := s.People.Employer(ctx, w.tx, w.Person, c)
		if err != nil || !found {
			return err
		}
		f.From, f.To, f.Endless = r.From, r.To, r.To.IsZero()
	}
	return nil
}

func listed(categories []string) string {
	names := make([]string, len(categories))
	for i, c := range categories {
		names[i] = pexam.CategoryName(c)
	}
	return strings.Join(names, "、")
}

// remaining are the categories that a cancellation leaves; none: it takes the whole
// certificate (practitioner.Drop).
func (w *work) remaining(l *practitioner.Licence) (out []string) {
	for _, c := range l.Categories {
		if len(w.Categories) > 0 && !slices.Contains(w.Categories, c.Code) {
			out = append(out, c.Code)
		}
	}
	return out
}

// certificateNow is the certificate of a case as it stands; before a decision that
// is how the transaction found it.
func (s *Service) certificateNow(ctx context.Context, w *work) (practitioner.Licence, error) {
	if w.facts != nil && !w.State.Decided() {
		for _, l := range w.facts.licences {
			if l.ID == w.Licence {
				return l, nil
			}
		}
	}
	return s.People.Licence(ctx, w.tx, w.Licence)
}

// delivery is the service record of the letters of a case.
func (s *Service) delivery(ctx context.Context, w *work, f *letter.Facts) error {
	list, err := s.Letters.OfCase(ctx, w.tx, w.ID)
	for _, l := range list {
		if l.Serial == 0 || l.Kind == letter.Delivered || l.State == letter.Void {
			continue
		}
		name := l.KindName
		if l.Kind == letter.Denial && w.unpermitted() {
			name = "不予办理决定书"
		}
		f.Delivery.Documents = append(f.Delivery.Documents, name+" "+l.Number)
	}
	if w.from == licensing.Delivering && s.certifies(w.Case) { // a refusal delivers no certificate
		f.Delivery.Documents = append(f.Delivery.Documents, licensing.Name(matter.Certificates(), w.def.Certificate))
	}
	if len(f.Delivery.Documents) == 0 { // a service: what was registered is told
		f.Delivery.Documents = []string{w.def.Name + "办理结果"}
	}
	w.record(&f.Delivery)
	f.Reason = ""
	return err
}
