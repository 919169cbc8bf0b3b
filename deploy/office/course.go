package office

import (
	"context"
	"fmt"
	"slices"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/fault"
)

// plan is what becomes of a case beside what always does.
type plan string

// Plans, with how many of a hundred cases have each.
const (
	straight   plan = "straight"
	unanswered plan = "deemed accepted"
	mended     plan = "corrected"
	unmended   plan = "correction timed out"
	refused    plan = "not accepted"
	denied     plan = "denied"
	takenBack  plan = "withdrawn"
	suspended  plan = "suspended"
	extended   plan = "extended"
	revoked    plan = "revoked"
	lifted     plan = "revoked and lifted"
	sentBack   plan = "returned"
	neverSent  plan = "never sent"
)

var plans = []struct { //nolint:gochecknoglobals // a table
	plan
	share int
}{
	{straight, 66}, {unanswered, 4}, {mended, 6}, {unmended, 3}, {refused, 3}, {denied, 4}, {takenBack, 3}, {suspended, 3}, {extended, 2}, {revoked, 1}, {lifted, 1},
	{sentBack, 2}, {neverSent, 2},
}

func planOf(n int) plan {
	n %= 100
	for _, p := range plans {
		if n -= p.share; n < 0 {
			return p.plan
		}
	}
	return straight
}

// course is a case on its way through the office.
type course struct {
	offer   *offer
	citizen Citizen
	plan    plan
	number  int
	id      string
	done    map[string]bool // what happens once
}

// next does what is to be done today, and answers in how many days there is more;
// 0: nothing more, or the case waits for a day to pass by itself.
func (o *Office) next(ctx context.Context, c *course) (days int, err error) {
	p, err := o.Case.Show(o.As(ctx, Clerk), c.id)
	for err == nil && days == 0 && !p.State.Final() {
		was := p
		p, days, err = o.step(ctx, c, was)
		if fault.Is(err, "licensing.case.lost") { // it was given up since the grant
			p, days, err = o.act(ctx, c, was, Approver, licensing.Terminate, "证件已失效，不再制作和发放", 0)
		}
		if p.Revision == was.Revision && days == 0 {
			break
		}
	}
	if err != nil {
		return 0, fmt.Errorf("case %d, %s by %s, %s, in %s: %w", c.number, c.offer.Code, c.offer.channel, c.plan, p.State, err)
	}
	return days, nil
}

func (o *Office) once(c *course, what string) bool {
	first := !c.done[what]
	c.done[what] = true
	return first
}

// step is one act, by whoever does it at this state.
func (o *Office) step(ctx context.Context, c *course, p application.Page) (application.Page, int, error) {
	if c.plan == takenBack && p.Revision > 3+c.number%6 && p.State != licensing.Granted && slices.Contains(p.Possible, licensing.Withdraw) {
		out, err := o.Case.Do(o.As(ctx, Clerk), p.ID, licensing.Withdraw, application.Order{
			ID: o.Order(), Version: p.Revision, Text: "申请人要求撤回申请", InPerson: c.offer.channel == licensing.Online,
		})
		return out, 0, err
	}
	made := p.State == licensing.Granted || p.State == licensing.Certifying || p.State == licensing.Delivering
	if made && p.Revoked { // it stands until the revocation is lifted
		return p, 0, nil
	}
	switch p.State {
	case licensing.Draft, licensing.Returned:
		return o.submit(ctx, c, p)
	case licensing.Submitted, licensing.Received:
		return o.accept(ctx, c, p)
	case licensing.Correcting:
		return o.mend(ctx, c, p)
	case licensing.Accepted, licensing.Reviewing, licensing.Suspended:
		return o.review(ctx, c, p)
	case licensing.Approving:
		return o.decide(ctx, c, p)
	case licensing.Granted:
		e := licensing.CertificateDone
		if p.Matter.Route == matter.Permit || p.Matter.Route == matter.Change {
			e = licensing.MakeCertificate
		}
		return o.act(ctx, c, p, Clerk2, e, "", 1)
	case licensing.Certifying:
		return o.act(ctx, c, p, Clerk2, licensing.CertificateDone, "", 1)
	case licensing.Delivering, licensing.Denied:
		out, err := o.Case.Do(o.As(ctx, Clerk2), p.ID, licensing.Deliver, application.Order{ID: o.Order(), Version: p.Revision, Delivery: &letter.Handover{Mode: letter.Direct}})
		return out, 0, err
	}
	return p, 0, nil
}

// act is an event, and when there is more to do.
func (o *Office) act(ctx context.Context, _ *course, p application.Page, who string, e licensing.Event, text string, days int) (application.Page, int, error) {
	out, err := o.Case.Do(o.As(ctx, who), p.ID, e, application.Order{ID: o.Order(), Version: p.Revision, Text: text})
	return out, days, err
}

func (o *Office) submit(ctx context.Context, c *course, p application.Page) (application.Page, int, error) {
	if c.plan == neverSent {
		return p, 0, nil
	}
	if c.offer.channel == licensing.Window {
		return o.act(ctx, c, p, Clerk, licensing.Submit, "", 1)
	}
	me := o.Citizen(ctx, c.citizen.File, c.citizen.Name)
	if _, err := o.Case.OwnDo(me, p.ID, licensing.Submit, application.Order{ID: o.Order(), Version: p.Revision}); err != nil {
		return p, 0, err
	}
	p, err := o.Case.Show(o.As(ctx, Clerk), p.ID)
	return p, 1, err
}

func (o *Office) accept(ctx context.Context, c *course, p application.Page) (application.Page, int, error) {
	switch {
	case c.plan == unanswered && o.once(c, "wait"):
		return p, 20, nil // more than five working days, in the longest holiday too
	case p.State == licensing.Submitted && c.plan == sentBack && o.once(c, "return"):
		return o.act(ctx, c, p, Clerk, licensing.Return, "照片看不清，请重新上传", 1)
	case p.State == licensing.Submitted:
		return o.act(ctx, c, p, Clerk, licensing.Receive, "", 0)
	case (c.plan == mended || c.plan == unmended) && !p.Corrected:
		d, ok := mendable(&p)
		if !ok {
			return o.act(ctx, c, p, Clerk, licensing.Accept, "", 1)
		}
		out, err := o.Case.Do(o.As(ctx, Clerk), p.ID, licensing.RequireCorrection, application.Order{ID: o.Order(), Version: p.Revision, Defects: []application.Defect{d}})
		return out, 2, err
	case c.plan == refused:
		out, err := o.Case.Do(o.As(ctx, Clerk), p.ID, licensing.Refuse, application.Order{
			ID: o.Order(), Version: p.Revision, Text: "档案已转到外省", Ground: application.Outside, Competent: "江苏省交通运输厅",
		})
		return out, 0, err
	}
	return o.act(ctx, c, p, Clerk, licensing.Accept, "", 1)
}

// mendable is a material that can be asked for again.
func mendable(p *application.Page) (application.Defect, bool) {
	i := slices.IndexFunc(p.Wanted, func(m matter.Material) bool {
		return m.Code != "M08" && (slices.Contains(m.Forms, "scan") || slices.Contains(m.Forms, "original")) && m.Source != "FORM"
	})
	if i < 0 {
		return application.Defect{}, false
	}
	return application.Defect{Part: matter.PartMaterial, Key: p.Wanted[i].Code, Name: p.Names[p.Wanted[i].Code], Reason: "不清楚", HowTo: "请重新提供"}, true
}

func (o *Office) mend(ctx context.Context, c *course, p application.Page) (application.Page, int, error) {
	if c.plan == unmended || len(p.Defects) == 0 {
		return p, 0, nil // the day passes by itself
	}
	i := slices.IndexFunc(p.Wanted, func(m matter.Material) bool { return m.Code == p.Defects[0].Key })
	if c.offer.channel == licensing.Window {
		p, err := o.handAtDesk(o.As(ctx, Clerk), p, p.Wanted[i])
		if err != nil {
			return p, 0, err
		}
		return o.act(ctx, c, p, Clerk, licensing.Supplement, "", 1)
	}
	me := o.Citizen(ctx, c.citizen.File, c.citizen.Name)
	if _, err := o.Case.OwnAttach(me, p.ID, p.Defects[0].Key, "补正.jpg", portrait()); err != nil {
		return p, 0, err
	}
	if _, err := o.Case.OwnDo(me, p.ID, licensing.Supplement, application.Order{ID: o.Order(), Version: p.Revision}); err != nil {
		return p, 0, err
	}
	p, err := o.Case.Show(o.As(ctx, Clerk), p.ID)
	return p, 1, err
}

func (o *Office) review(ctx context.Context, c *course, p application.Page) (application.Page, int, error) {
	who := Reviewers()[c.number%len(Reviewers())]
	if p.Reviewer == o.staff[who].ID { // under strict review a second looks too
		who = Reviewers()[(c.number+1)%len(Reviewers())]
	}
	switch {
	case p.State == licensing.Accepted:
		out, err := o.Case.Claim(o.As(ctx, who), p.ID, application.Order{ID: o.Order(), Version: p.Revision})
		return out, 0, err
	case p.State == licensing.Suspended:
		return o.act(ctx, c, p, who, licensing.Resume, "", 1)
	case (c.plan == revoked || c.plan == lifted) && o.once(c, "revoke"):
		return p, 2, o.revoke(ctx, c, p, sanction.SaysRevoke, 1)
	case c.plan == lifted && o.once(c, "lift"):
		return p, 1, o.revoke(ctx, c, p, sanction.SaysSuspend, 2)
	case c.plan == suspended && o.once(c, "suspend"):
		out, err := o.Case.Do(o.As(ctx, who), p.ID, licensing.Suspend, application.Order{ID: o.Order(), Version: p.Revision, Text: "笔迹需要鉴定", Procedure: "鉴定", Days: 10})
		return out, 14, err
	case c.plan == extended && !p.Extended && slices.Contains(o.extendable, p.Case.Matter):
		return o.act(ctx, c, p, Approver2, licensing.Extend, "案情复杂，需要核实", 20)
	case c.plan == denied || p.Revoked: // under a revocation no review passes
		return o.act(ctx, c, p, who, licensing.ProposeRefusal, "经核实不符合许可条件", 1)
	}
	out, err := o.confirm(ctx, who, p)
	if err != nil {
		return out, 0, err
	}
	out, _, err = o.act(ctx, c, out, who, licensing.PassReview, "材料齐全，符合条件", 1)
	return out, 1, err
}

// confirm settles what no system answered.
func (o *Office) confirm(ctx context.Context, who string, p application.Page) (application.Page, error) {
	for _, k := range p.Checks {
		if k.Result != application.Unknown {
			continue
		}
		out, err := o.Case.Confirm(o.As(ctx, who), p.ID, application.Seen{Code: k.Code, Version: p.Revision, Text: "已核对证明原件"})
		if err != nil {
			return p, fmt.Errorf("confirm %s: %w", k.Code, err)
		}
		p = out
	}
	return p, nil
}

func (o *Office) decide(ctx context.Context, c *course, p application.Page) (application.Page, int, error) {
	if c.plan == denied || p.Revoked {
		return o.refuse(ctx, p)
	}
	out, days, err := o.act(ctx, c, p, Approver, licensing.Grant, "", 1)
	switch {
	case fault.Is(err, "licensing.case.grant.stale"): // too long ago, once more after the longest holiday: the registers are asked again
		out, err = o.Case.Recheck(o.As(ctx, Approver), p.ID, p.Revision)
	case c.plan == lifted && fault.Is(err, "practitioner.card.none"), // the lift gives no card back
		c.plan == revoked && fault.Is(err, "practitioner.registration.none"): // it ended with the certificate
		return o.refuse(ctx, p)
	}
	return out, days, err
}

func (o *Office) refuse(ctx context.Context, p application.Page) (application.Page, int, error) {
	out, err := o.Case.Do(o.As(ctx, Approver), p.ID, licensing.Deny, application.Order{ID: o.Order(), Version: p.Revision, Text: "经核实不符合许可条件", Unmet: []string{p.Grounds[0].Article}})
	return out, 2, err
}

// revoke is the enforcement system's word about the certificate that a case is about,
// or a court's that it has to wait; an application without one is nobody's to stop.
func (o *Office) revoke(ctx context.Context, c *course, p application.Page, kind string, step int) error {
	if p.Licence == "" {
		return nil
	}
	ctx = auth.System(ctx, "enforcement")
	l, err := o.Practitioner.Licence(ctx, o.DB, p.Licence)
	if err != nil {
		return err
	}
	number := c.citizen.ID
	if l.Type == practitioner.Bus {
		number = l.Number
	}
	today := o.Day().String()
	_, err = o.Sanction.Hear(ctx, "enforcement-drill", &sanction.Notice{
		Message: o.Order(), Kind: kind, Step: step, DecisionNo: "演练罚决〔" + p.ApplyNo + "〕", CertType: l.Type, CertNo: number, DecisionDate: today,
		EffectiveDate: today, Org: "执法总队（演练）", Reason: "严重违规", Cause: "REVOKED", Scope: sanction.ScopeCert, LiftDocNo: "演练停〔" + p.ApplyNo + "〕",
	})
	return err
}
