package application

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/register"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
)

// The platform logs every question with its purpose, and its owner asks about
// them: nobody asks about one applicant all day.
const (
	recheckAfter  = time.Minute
	recheckMost   = 10 // of one case in recheckWithin
	recheckWithin = 24 * time.Hour
)

// Recheck looks again: at our own records for what they did not answer well, and
// by asking the registers. It is for the reviewer who has the case, or for an
// approver whose decision needs answers of today. While the registers are being
// asked they are not asked again. Faults: missing, licensing.case.stale, .conflict,
// .recheck.unconfigured, .state, .none, .soon, .often.
func (s *Service) Recheck(ctx context.Context, id string, version int) (Page, error) {
	actor, err := auth.Require(ctx, PermRecheck)
	if err != nil {
		return Page{}, err
	}
	var out Page
	return out, s.Audit.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		c, err := s.lock(ctx, tx, id)
		if err != nil {
			return err
		}
		own, services, err := s.recheck(ctx, tx, &c, actor, version)
		if err == nil {
			out, err = s.page(ctx, tx, actor, c)
		}
		if err != nil || len(own)+len(services) == 0 {
			return err
		}
		return s.Audit.Record(ctx, tx, PermRecheck, id, map[string]any{"apply_no": c.ApplyNo, "checks": own, "services": services})
	})
}

func (s *Service) recheck(ctx context.Context, tx pgx.Tx, c *Case, actor auth.Actor, version int) (own []string, services []register.Service, err error) {
	if err := looks(c, actor, version); err != nil {
		return nil, nil, err
	}
	w := &work{Case: c, tx: tx, actor: actor}
	if w.def, err = s.Matters.At(c.Matter, c.Version); err != nil {
		return nil, nil, err
	}
	if w.form, err = s.form(c); err != nil {
		return nil, nil, err
	}
	if own, err = s.lookAgain(ctx, w); err != nil {
		return nil, nil, err
	}
	services, err = s.askAgain(ctx, w)
	if err != nil && len(own) > 0 && strings.HasPrefix(fault.From(err).Code, "licensing.case.recheck.") {
		return own, nil, nil // what is ours has been looked at
	}
	return own, services, err
}

// lookAgain makes anew what our own records did not answer well: hours, a grade or a
// result may have come since the acceptance. It returns the checks.
func (s *Service) lookAgain(ctx context.Context, w *work) ([]string, error) {
	all, err := db.All[CheckResult](ctx, w.tx, checksSQL, w.ID)
	if err != nil {
		return nil, err
	}
	var own []string
	for _, r := range standing(w.def.ChecksFor(w.Categories), all) {
		open := r.Result == Fail || r.Result == Unknown
		if open && checkers[r.Code] != nil && len(register.Needs(r.Code)) == 0 {
			own = append(own, r.Code)
		}
	}
	if len(own) == 0 {
		return nil, nil
	}
	return own, s.examine(ctx, w, own)
}

// revocation marks that one has come or gone, and looks again at what it is about: a
// denial quotes the checks that failed. Of a draft nothing has been looked at yet, and a
// decision rests on what was found then.
func revocation(ctx context.Context, s *Service, w *work) error {
	w.Revoked = w.event == licensing.RevocationHit
	if !slices.Contains(examined, w.State) {
		return nil
	}
	return s.examine(ctx, w, w.checks(revocationChecks))
}

// askAgain asks the registers again, unless that is going on or was done too often.
func (s *Service) askAgain(ctx context.Context, w *work) ([]register.Service, error) {
	if s.Registers == nil {
		return nil, fault.New(fault.Precondition, "licensing.case.recheck.unconfigured", "还没有接入市大数据资源平台，请核对证明后人工确认")
	}
	if len(register.Wanted(w.def.ChecksFor(w.Categories))) == 0 {
		return nil, fault.New(fault.Precondition, "licensing.case.recheck.none", "本事项没有需要向市大数据平台核查的内容")
	}
	have, err := asked(ctx, w.tx, w.ID)
	if err != nil {
		return nil, err
	}
	last := time.Time{}
	for _, q := range have.last {
		if q.State == Waiting {
			return nil, nil // it is being asked
		}
		if q.AskedAt.After(last) {
			last = q.AskedAt
		}
	}
	if s.now().Before(last.Add(recheckAfter)) {
		return nil, fault.New(fault.TooMany, "licensing.case.recheck.soon", "刚刚核查过，请一分钟后再试")
	}
	n, err := db.Value[int](ctx, w.tx, recheckedSQL, w.ID, s.now().Add(-recheckWithin))
	if err != nil {
		return nil, err
	}
	if n >= recheckMost {
		return nil, fault.Newf(fault.TooMany, "licensing.case.recheck.often", "本办件今天已核查 %d 次，请明天再试，或核对证明后人工确认", n)
	}
	services, err := s.inquire(ctx, w, true)
	if err != nil {
		return nil, err
	}
	return services, w.later.Send(ctx, w.tx)
}

// looks says whether somebody may look again at, or confirm, what no system
// answered: the reviewer during the review, an approver before the decision.
// Faults: licensing.case.stale, .confirm.state, .conflict, auth.forbidden.
func looks(c *Case, actor auth.Actor, version int) error {
	if c.Revision != version {
		return fault.New(fault.Conflict, "licensing.case.stale", "办件已被他人办理，请刷新后查看最新状态")
	}
	as, perm := licensing.Suspend, PermReview
	switch c.State {
	case licensing.Reviewing:
	case licensing.Approving:
		as, perm = licensing.Grant, PermApprove
	default:
		return fault.New(fault.Conflict, "licensing.case.confirm.state", "只有审查中和审批中的办件可以重新核查或人工确认")
	}
	if !actor.Can(perm) {
		return auth.Forbidden()
	}
	if why := c.conflict(actor.ID, as); why != "" {
		return fault.New(fault.Forbidden, "licensing.case.conflict", why)
	}
	return nil
}

// recent refuses a decision that rests on old answers. Fault:
// licensing.case.grant.stale.
func (s *Service) recent(ctx context.Context, w *work, codes []string) error {
	old, err := s.stale(ctx, w.tx, w.Case, codes)
	if err != nil || len(old) == 0 {
		return err
	}
	for i, code := range old {
		old[i] = licensing.Name(licensing.Checks(), code)
	}
	return fault.Newf(fault.Precondition, "licensing.case.grant.stale", "“%s”没有 %d 小时以内的核查结果，请先重新核查（“核查”页的“重新核查”按钮），再作出决定",
		strings.Join(old, "”“"), int(s.Fresh.Hours()))
}

// unanswered says whether a person may confirm a check: nobody could answer it,
// or a decision needs an answer of today and the register is silent. Faults:
// licensing.case.confirm.code, .asking, .ask.
func (s *Service) unanswered(ctx context.Context, tx pgx.Tx, c *Case, standing CheckResult) error {
	have, err := asked(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	silent := true
	needs := register.Needs(standing.Code)
	for _, r := range needs {
		q, ever := have.last[r]
		if q.State == Waiting && !q.silent() {
			return fault.New(fault.Precondition, "licensing.case.confirm.asking", "正在向市大数据平台核查，请等待结果；平台没有答复时才能人工确认")
		}
		silent = silent && ever && q.silent() && (q.State == Waiting || s.now().Sub(q.AskedAt) < s.Fresh)
	}
	switch {
	case standing.Result == Unknown:
		return nil
	case standing.Result == Fail || c.State != licensing.Approving:
		return needless()
	}
	old, err := s.stale(ctx, tx, c, []string{standing.Code})
	switch {
	case err != nil:
		return err
	case !slices.Contains(old, standing.Code):
		return needless()
	case !silent:
		return fault.New(fault.Precondition, "licensing.case.confirm.ask", "请先重新核查；平台没有答复时才能人工确认")
	}
	return nil
}

func needless() error {
	return fault.New(fault.Precondition, "licensing.case.confirm.code", "该核查项不需要人工确认：已经通过、已经确认，或明确不符合条件")
}

// Fact is something known of a person, for a form: with who said so and when.
type Fact struct {
	Value  string    `json:"value"`
	Source string    `json:"source"`
	At     time.Time `json:"at"`
}

// Facts are what a form can be filled with from a person's file, by the keys of
// the forms (M14): the driving licence, when it is in order, as it fits these
// categories. It checks no right.
func (s *Service) Facts(ctx context.Context, q db.Q, who string, categories []string) (map[string]Fact, error) {
	d, known, err := s.People.Driving(ctx, q, who)
	if err != nil || !known {
		return map[string]Fact{}, err
	}
	limits, err := register.ReadLimits(ctx, q)
	if err != nil {
		return nil, err
	}
	return drivingFacts(d, limits, categories, s), nil
}

func drivingFacts(d practitioner.Driving, limits register.Limits, categories []string, s *Service) map[string]Fact {
	out := map[string]Fact{}
	put := func(key, value string) {
		if value != "" {
			out[key] = Fact{value, d.Source, d.SourceAt}
		}
	}
	for _, c := range categories {
		if class, ok := limits.Fitting(d.Class, c, s.today()); ok {
			put("driving_class", class)
			break
		}
	}
	put("driving_first", date(d.First))
	put("driving_until", date(d.ValidTo))
	return out
}
