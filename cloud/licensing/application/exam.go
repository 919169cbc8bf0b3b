package application

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/exam/enrolment"
	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
)

// Registrations for an exam (EX01, EX02): the decision opens an enrolment, which is
// paid for and given a place; then there is an admission ticket to hand out.

// examines says whether a case is about sitting an exam.
func (c *Case) examines() bool {
	return c.Action == licensing.ExamEnrol || c.Action == licensing.ExamRetake
}

func mayEnrolForExam(ctx context.Context, s *Service, w *work) error {
	d, err := w.registration()
	if err != nil {
		return err
	}
	return s.Enrolments.May(ctx, w.tx, d)
}

// admissible is the check of every registration (E29): what the examination centre's
// own records say.
const admissible = "E29"

func registrable(ctx context.Context, f *facts) (answer, error) {
	return f.s.mayRegisterNow(ctx, f.tx, f.work)
}

func (s *Service) mayRegisterNow(ctx context.Context, q db.Q, w *work) (answer, error) {
	const source = "考试中心"
	d, err := w.registration()
	if err == nil {
		err = s.Enrolments.May(ctx, q, d)
	}
	switch why := fault.From(err); {
	case err == nil:
		return answer{result: Pass, reason: "没有禁考记录，没有未结束的同类报名或考试，有要考的科目", source: source}, nil
	case why.Kind == fault.Internal:
		return answer{}, err
	default:
		return fails(source, why.Text, "不能准予报名，请不要收取考试费"), nil
	}
}

// foreseen asks the centre anew while a clerk is looking at a registration that has not
// been accepted: a ban may have come since it was handed in, and it is seen before
// anything is paid.
func (s *Service) foreseen(ctx context.Context, q db.Q, form map[string]string, out *Page) error {
	i := slices.IndexFunc(out.Checks, func(r CheckResult) bool { return r.Code == admissible })
	if i < 0 || !slices.Contains([]licensing.State{licensing.Submitted, licensing.Received, licensing.Correcting}, out.State) {
		return nil
	}
	a, err := s.mayRegisterNow(ctx, q, &work{Case: &out.Case, def: out.Matter, form: form})
	if err != nil {
		return err
	}
	out.Checks[i] = CheckResult{Round: out.Checks[i].Round, Code: admissible, Result: a.result, Reason: a.reason, Guide: a.guide, Source: a.source, At: s.now()}
	if a.result == Fail {
		out.Notices = append(out.Notices, a.reason+"；"+a.guide)
	}
	return nil
}

func enrolForExam(ctx context.Context, s *Service, w *work) error {
	d, err := w.registration()
	if err != nil {
		return err
	}
	_, err = s.Enrolments.Open(ctx, w.tx, d)
	return err
}

func (w *work) registration() (enrolment.Draft, error) {
	category, err := w.one()
	if err != nil {
		return enrolment.Draft{}, err
	}
	fen, err := examFee(w.def.Fee, w.form["exam"])
	return enrolment.Draft{
		Ref: w.ID, ApplyNo: w.ApplyNo, Person: w.Person, Category: category, Part: w.form["exam"], Again: w.Action == licensing.ExamRetake,
		Consent: w.form["consent"] == "YES", Fen: fen, Accepted: w.AcceptedOn,
	}, err
}

// examItems are the charges of a definition by what is registered for.
var examItems = map[string][]string{
	enrolment.Theory: {"理论"}, enrolment.Practice: {"实际操作"}, enrolment.Both: {"理论", "实际操作"},
}

// examFee is what a definition charges for a part of an exam. Fault:
// licensing.case.exam.fee.
func examFee(f matter.Fee, part string) (fen int64, err error) {
	for _, name := range examItems[part] {
		i := slices.IndexFunc(f.Items, func(x matter.FeeItem) bool { return strings.HasPrefix(x.Name, name) })
		if i < 0 {
			return 0, fault.Newf(fault.Precondition, "licensing.case.exam.fee", "事项目录中没有“%s”考试的收费标准，请由目录管理员补充后再办理", name)
		}
		fen += int64(f.Items[i].Fen)
	}
	return fen, nil
}

// enrolled is what a case about an exam opened; nil: nothing yet.
func (s *Service) enrolled(ctx context.Context, q db.Q, c *Case) (*enrolment.Enrolment, error) {
	if !c.examines() || !c.State.Decided() {
		return nil, nil //nolint:nilnil // most cases have none
	}
	e, found, err := s.Enrolments.OfCase(ctx, q, c.ID)
	if err != nil || !found {
		return nil, err
	}
	return &e, nil
}

// admitted wants a place for every subject, and tells it on the case and in the
// person's file. Fault: licensing.case.exam.place.
func admitted(ctx context.Context, s *Service, w *work) error {
	e, found, err := s.Enrolments.OfCase(ctx, w.tx, w.ID)
	switch {
	case err != nil:
		return err
	case !found || e.EndedAt != nil:
		return fault.New(fault.Precondition, "licensing.case.exam.place", "本办件没有有效的考试报名，不能发放准考证，请联系考试中心")
	case e.State == enrolment.ToPay:
		return fault.Newf(fault.Precondition, "licensing.case.exam.place", "还没有登记缴款：请申请人按缴款书缴费 %s，由窗口在本页登记缴款书后，再由考试中心编入场次", enrolment.Yuan(e.Fen))
	case e.State == enrolment.Waiting:
		return fault.New(fault.Precondition, "licensing.case.exam.place", "已缴款，还没有为全部科目编入考试场次：请考试中心在“考试报名”中编入场次后，再发放准考证")
	}
	w.order.Text = strings.TrimSpace(w.order.Text + "\n" + e.Texts())
	return s.Enrolments.Note(ctx, w.tx, e, "发放准考证："+e.Texts())
}

// remoteCancel ends what the decision had opened, when nobody has a place by it yet.
// Fault: exam.enrolment.end.placed.
func remoteCancel(ctx context.Context, s *Service, w *work) error {
	if !w.examines() {
		return nil
	}
	return s.Enrolments.End(ctx, w.tx, w.ID, "办件已终止（"+w.ApplyNo+"）："+w.order.Text)
}

// EndExam ends a registration that comes to nothing: it is never paid for, or its
// make-up's time is over. Until then the person cannot register anew. A case that
// still waits for its ticket is terminated with it. Faults: missing,
// licensing.case.stale, .text, .exam.none, exam.enrolment.end.placed.
func (s *Service) EndExam(ctx context.Context, id string, o Order) (Page, error) {
	actor, err := auth.Require(ctx, PermApprove)
	if err != nil {
		return Page{}, err
	}
	if o.Text = strings.TrimSpace(o.Text); len([]rune(o.Text)) < leastReason {
		return Page{}, fault.New(fault.Invalid, "licensing.case.text", "请写明终止报名的原因，至少四个字，例如：逾期未缴款；已缴款的按非税收入退付规定办理")
	}
	var out Page
	return out, s.Audit.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		c, err := s.lock(ctx, tx, id)
		if err != nil {
			return err
		}
		if err = once(ctx, tx, &c, o.ID, licensing.RemoteCancel, func() error { return s.endExam(ctx, tx, &c, o, actor) }); err == nil {
			out, err = s.page(ctx, tx, actor, c)
		}
		return err
	})
}

func (s *Service) endExam(ctx context.Context, tx pgx.Tx, c *Case, o Order, actor auth.Actor) error {
	e, err := s.enrolled(ctx, tx, c)
	switch {
	case err != nil:
		return err
	// no event is written on a case that was completed: the same reason tells the repeat
	case e != nil && e.EndedAt != nil && c.State == licensing.Completed && e.Why == o.Text:
		return nil
	case e == nil || e.EndedAt != nil:
		return fault.New(fault.Conflict, "licensing.case.exam.none", "本办件没有可以终止的考试报名，请刷新后查看")
	case o.Version != c.Revision:
		return fault.New(fault.Conflict, "licensing.case.stale", "办件已被他人办理，请刷新后查看最新状态")
	case c.State.Final():
		return s.Enrolments.End(ctx, tx, c.ID, o.Text)
	}
	return s.happens(ctx, tx, c, licensing.RemoteCancel, o, actor)
}
