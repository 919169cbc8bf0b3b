package application

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
)

// Order is what somebody wants to happen to a case.
type Order struct {
	// ID is the caller's: the same one again is answered with what it did.
	ID      string `json:"event_id" minLength:"8" maxLength:"64" pattern:"^[0-9A-Za-z._-]+$" patternDescription:"字母、数字、点、横线或下划线" doc:"本次操作的唯一编号；重复提交同一编号只办理一次"`
	Version int    `json:"version" minimum:"1" doc:"页面所见办件的版本；他人已办理时拒绝"`
	Text    string `json:"text,omitempty" maxLength:"500" text:"lines" doc:"意见或理由"`
	// Assignee is who reviews, with Assign; with an opinion the second who verifies.
	Assignee string `json:"assignee,omitempty" maxLength:"40" doc:"分派给的审查员；审查意见含实质核实的，为第二名核实人"`
	// Procedure and Days are what a special procedure is and how long it takes.
	Procedure string `json:"procedure,omitempty" enum:"听证,检验,检测,鉴定,专家评审,失信核查" required:"false"`
	Days      int    `json:"days,omitempty" minimum:"0" maximum:"90" doc:"特别程序预计需要的工作日"`
	// Hearing is when and where, with FixHearing.
	Hearing *Sitting `json:"hearing,omitempty" doc:"举行听证的时间和地点"`
	Defects []Defect `json:"defects,omitempty" maxItems:"40" doc:"一次性告知的全部补正内容"`
	// Ground is why an application is not accepted, Competent who is instead.
	Ground    string `json:"ground,omitempty" enum:"NOT_NEEDED,OUTSIDE,FALSE,UNMENDED" required:"false" doc:"不予受理的情形：依法不需要许可、不属于本机关职权、隐瞒情况或提供虚假材料、未按告知补正"`
	Competent string `json:"competent,omitempty" maxLength:"80" doc:"不属于本机关职权时，应当向哪个机关申请"`
	// Unmet are the rules whose conditions are not met, with Deny: articles of the page's grounds.
	Unmet []string `json:"unmet,omitempty" maxItems:"10" doc:"不予许可时，不符合其规定条件的条款；从办件的 grounds 里选择"`
	// Verify is what of the materials' substance was verified, with an opinion.
	Verify string `json:"verify,omitempty" maxLength:"200" text:"lines" doc:"核实了申请材料的实质内容时，写明核实了什么；须由两名审查员核实并各自提出意见（行政许可法第三十四条），办件已有实质核实的，每份意见都须写明本人核实了什么"`
	// Delivery is how it was handed over, with Deliver.
	Delivery *letter.Handover `json:"delivery,omitempty" doc:"送达的方式和签收情况；空为本人到窗口领取，申请时选了邮寄或由受托人办理的必填"`
	// InPerson is what a clerk vouches for, with Withdraw of what came from afar.
	InPerson bool `json:"in_person,omitempty" doc:"申请人本人到窗口要求撤回，已核对身份证件"`
}

// named is the id of an event that the system makes happen. Callers' ids have no
// colon: nobody can take one beforehand and so keep a revocation, a list or a time
// limit from a case.
func named(format string, args ...any) string { return "system:" + fmt.Sprintf(format, args...) }

// work is one event on its way: the case as it was locked, its definition and
// who does what.
type work struct {
	*Case

	from    licensing.State
	tx      pgx.Tx
	event   licensing.Event
	order   Order
	actor   auth.Actor
	def     matter.Definition
	form    map[string]string
	clock   clocks
	facts   *facts          // what the centre holds of the applicant, once it was read
	later   db.Batch        // what is written with the case, or before something reads it back
	arrival *letter.Arrival // of the letters at 一网通办, when they were delivered so
	stays   bool            // whatever the table says: a second person is still to come
	// preview takes the letter that would be issued; nil: it is issued.
	preview *[]byte
}

// Do makes an event happen to a case. Faults: missing, licensing.case.state,
// .stale, .conflict, .tampered, those of the event.
func (s *Service) Do(ctx context.Context, id string, e licensing.Event, o Order) (Page, error) {
	actor, err := auth.Require(ctx, perms[e])
	if err != nil {
		return Page{}, err
	}
	var out Page
	return out, s.Audit.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		c, err := s.lock(ctx, tx, id)
		if err != nil {
			return err
		}
		err = once(ctx, tx, &c, o.ID, e, func() error {
			if err := s.happens(ctx, tx, &c, e, o, actor); err != nil || e != licensing.Submit || c.Channel != licensing.Window || !actor.Can(PermAccept) {
				return err
			}
			// at a window, who takes the application has received it
			return s.happens(ctx, tx, &c, licensing.Receive, Order{ID: o.ID + "+receive", Version: c.Revision}, actor)
		})
		if err == nil {
			out, err = s.page(ctx, tx, actor, c)
		}
		return err
	})
}

// happens makes an event happen to a locked case, with everything that follows
// from it.
func (s *Service) happens(ctx context.Context, tx pgx.Tx, c *Case, e licensing.Event, o Order, actor auth.Actor) error {
	return s.run(ctx, &work{Case: c, from: c.State, tx: tx, event: e, order: o, actor: actor})
}

func (s *Service) run(ctx context.Context, w *work) error {
	to, err := s.admit(ctx, w)
	if err != nil {
		return err
	}
	if f := effects()[w.event]; f != nil {
		if err := f(ctx, s, w); err != nil {
			return err
		}
	}
	if w.stays {
		to = w.State
	}
	if err := s.conclude(ctx, w, to); err != nil || w.event != licensing.CertificateDone || w.preview != nil {
		return err
	}
	return s.deliverOnline(ctx, w.tx, w.Case) // the letters may have arrived before
}

// admit reads what an event needs and says where it leads.
func (s *Service) admit(ctx context.Context, w *work) (to licensing.State, err error) {
	if w.actor.Kind != auth.KindSystem && w.order.Version != w.Revision {
		return "", fault.New(fault.Conflict, "licensing.case.stale", "办件已被他人办理，请刷新后查看最新状态")
	}
	if w.def, err = s.Matters.At(w.Matter, w.Version); err != nil {
		return "", err
	}
	if to, err = next(w.def, w.State, w.event); err != nil {
		return "", err
	}
	if w.clock, err = clocksOf(ctx, w.tx, w.Case); err != nil {
		return "", err
	}
	if w.deemed, err = s.heldGranted(ctx, w.tx, w.Case, w.clock); err != nil {
		return "", err
	}
	if err := s.findLost(ctx, w.tx, w.Case); err != nil {
		return "", err
	}
	if err := w.barred(w.event); err != nil {
		return "", err
	}
	if why := w.applicantsOnly(w.actor, w.event); why != "" {
		return "", fault.New(fault.Forbidden, "licensing.case.applicant", why)
	}
	if why := w.conflict(w.actor.ID, w.event); why != "" {
		return "", fault.New(fault.Forbidden, "licensing.case.conflict", why)
	}
	if err := s.impartial(ctx, w); err != nil {
		return "", err
	}
	if needsText[w.event] && len([]rune(strings.TrimSpace(w.order.Text))) < leastReason {
		reads := ""
		if told[w.event] {
			reads = "；申请人会看到"
		}
		return "", fault.New(fault.Invalid, "licensing.case.reason", "请写明理由或意见，至少四个字"+reads)
	}
	w.form, err = s.form(w.Case)
	return to, err
}

// leastReason is how many characters a reason or an opinion has.
const leastReason = 4

// needsText are the events that are nothing without a reason or an opinion.
var needsText = map[licensing.Event]bool{
	licensing.Return: true, licensing.Refuse: true, licensing.PassReview: true, licensing.ProposeRefusal: true, licensing.Suspend: true, licensing.Extend: true,
	licensing.Deny: true, licensing.BackToReview: true, licensing.Withdraw: true, licensing.KeepPeriod: true, licensing.DropHearing: true,
	licensing.Terminate: true,
}

// conclude writes what has happened: clocks, course, case, the person's timeline,
// and the audit last.
func (s *Service) conclude(ctx context.Context, w *work, to licensing.State) error {
	c, from := w.Case, w.from
	cal, err := s.Calendar.Calendar(ctx, w.tx)
	if err != nil {
		return err
	}
	ends, err := s.renewalEnds(ctx, w)
	if err != nil {
		return err
	}
	l := limits{correct: s.Rules.CorrectionDays, legal: w.def.LegalDays, promised: w.def.PromisedDays, strict: c.Strict, hearing: w.order.Procedure == publicHearing, ends: ends, arranged: c.examines()}
	w.clock, err = w.clock.strike(w.event, s.today(), c.AcceptedOn, l, cal)
	if err != nil {
		return err
	}
	first, _ := w.clock.nearest()
	now := s.now()
	c.Due, c.DueClock, c.State, c.ChangedAt = first.Due, first.ID, to, now
	c.Revision++
	if to.Decided() { // nothing is left to extend
		c.Proposal = ""
	}
	if to.Final() {
		c.Completed = &now
	}
	h := Happening{ID: w.order.ID, Event: w.event, From: from, To: to, At: now, ByID: w.actor.ID, By: w.actor.Name, Text: strings.TrimSpace(w.order.Text)}
	course, err := courseOf(ctx, w.tx, c)
	if err != nil {
		return err
	}
	saveClocks(&w.later, c, w.clock)
	s.happen(&w.later, c, course, h)
	s.update(&w.later, c)
	if err := s.note(ctx, w); err != nil {
		return err
	}
	if err := w.later.Send(ctx, w.tx); err != nil {
		return err
	}
	issued, err := s.issue(ctx, w)
	if err != nil {
		return err
	}
	if err := s.tell(ctx, w, now, issued); err != nil {
		return err
	}
	return s.Audit.Record(ctx, w.tx, "licensing.case."+string(w.event), c.ID, map[string]any{"apply_no": c.ApplyNo, "from": from, "to": to, "version": c.Revision})
}

// Claim gives a case to the reviewer who asks for it: one that waits, or one whose
// first review has been done and whose second has not. Faults: as Do,
// licensing.case.claim.taken.
func (s *Service) Claim(ctx context.Context, id string, o Order) (Page, error) {
	actor, err := auth.Require(ctx, PermReview)
	if err != nil {
		return Page{}, err
	}
	var out Page
	return out, s.Audit.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		c, err := s.lock(ctx, tx, id)
		if err != nil {
			return err
		}
		err = once(ctx, tx, &c, o.ID, licensing.Assign, func() error { return s.claim(ctx, tx, &c, o, actor) })
		if err == nil {
			out, err = s.page(ctx, tx, actor, c)
		}
		return err
	})
}

func (s *Service) claim(ctx context.Context, tx pgx.Tx, c *Case, o Order, actor auth.Actor) error {
	switch c.Holder {
	case actor.ID: // asked twice
		return nil
	case "":
		if why := c.conflict(actor.ID, licensing.PassReview); why != "" {
			return fault.New(fault.Forbidden, "licensing.case.conflict", why)
		}
		o.Assignee = actor.ID
		return s.happens(ctx, tx, c, licensing.Assign, o, actor)
	}
	return fault.New(fault.Conflict, "licensing.case.claim.taken", "该办件已由其他审查员领取，请刷新后选择其他办件")
}
