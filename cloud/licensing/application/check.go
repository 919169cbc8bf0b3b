package application

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/register"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// When checks are made: some bar an application at once, all are made at
// acceptance, and what may have changed is looked at again before the decision
// (chapter 3.2).
var (
	submitChecks = []string{"E01", "E15", "E16", "E17", "E18", "E19", "E29"}
	grantChecks  = []string{"E02", "E03", "E14", "E15", "E16"}
	revoked      = []string{"E16"} // what bars even a renewal that is deemed granted
	// what a revocation that has come or gone is about
	revocationChecks = []string{"E15", "E16", "E17"}
)

// tells are the events that no failed check bars: what fails after acceptance is for
// the reviewer, and bars granting.
var tells = []licensing.Event{licensing.Accept, licensing.DeemAccepted, licensing.RevocationHit, licensing.RevocationLifted}

// checks are those of the case's matter that are among others.
func (w *work) checks(among []string) []string {
	return slices.DeleteFunc(w.def.ChecksFor(w.Categories), func(code string) bool { return !slices.Contains(among, code) })
}

// facts are what the centre holds of an applicant.
type facts struct {
	*work

	s        *Service
	person   practitioner.Person
	licences []practitioner.Licence
	numbers  [][]byte // every index of an ID number of the person
	today    clock.Date
	verdict  sanction.Verdict
	code     string // the check that is asked
	// what the registers were asked and said, once hear has read it
	asked  hearing
	limits register.Limits
	// records are those of many, when they were read at once
	records *records
}

// answer is a check's: passed, failed with a reason and guidance, or unknown and
// for a person to confirm.
type answer struct {
	result, reason, guide, source string
	raw                           []byte // digests of what it was made from
}

func pass(source string) answer { return answer{result: Pass, source: source} }
func fails(source, reason, guide string) answer {
	return answer{result: Fail, reason: reason, guide: guide, source: source}
}

// unknown is what no system that we are connected to can tell.
func unknown(whose string) answer {
	return answer{result: Unknown, reason: "未接入" + whose, guide: "请核对申请人提供的证明后人工确认", source: "人工"}
}

// checkers answer checks; one that is missing is unknown and for a person.
var checkers = map[string]func(context.Context, *facts) (answer, error){
	"E01": realName, "E02": age, "E08": passedExam, "E09": noneInForce, "E10": inForce, "E11": inWindow, "E12": educated, "E13": integrity,
	"E15": sanctioned, "E16": sanctioned, "E17": free, "E22": sanctioned, "E18": alone, "E24": experienced,
	"E03": byRegister, "E04": byRegister, "E05": byRegister, "E06": byRegister, "E07": byRegister, "E14": byRegister, "E20": byRegister, "E21": byRegister,
	"E25": byRegister, "E19": notTransferring, "E23": employed, "E26": retirement,
	"E28": booked, "E29": registrable,
}

// whose system a check waits for.
var whose = map[string]string{"E27": "便民政务系统"}

// known reads what the centre holds of an applicant.
func (s *Service) known(ctx context.Context, w *work) (f *facts, err error) {
	if w.facts != nil {
		return w.facts, nil
	}
	f = &facts{work: w, s: s, today: s.today()}
	p, err := s.applicant(ctx, w.tx, w.Case)
	if err != nil {
		return nil, err
	}
	f.person, f.licences, f.numbers = p.Person, p.Licences, p.Numbers
	w.facts = f
	return f, nil
}

// examine makes checks and keeps their answers; one that fails bars the event.
// Fault: licensing.case.check with every reason.
func (s *Service) examine(ctx context.Context, w *work, codes []string) error {
	f, err := s.known(ctx, w)
	if err != nil {
		return err
	}
	if f.verdict, err = s.judged(ctx, w.tx, w.Case); err != nil {
		return err
	}
	if w.event != "" { // no more than the checks is written otherwise
		w.Strict = w.Strict || f.verdict.Strict
	}
	round, err := w.round(ctx)
	if err != nil {
		return err
	}
	var bad []string
	var results []CheckResult
	for _, code := range codes {
		if !slices.Contains(w.def.Checks, code) {
			continue
		}
		a := unknown(whose[code])
		f.code = code
		if check := checkers[code]; check != nil {
			if a, err = check(ctx, f); err != nil {
				return fmt.Errorf("check %s: %w", code, err)
			}
		}
		results = append(results, CheckResult{Round: round, Code: code, Result: a.result, Reason: a.reason, Guide: a.guide, Source: a.source, At: s.now(), By: w.actor.ID, Raw: a.raw})
		if a.result == Fail {
			bad = append(bad, a.reason+"；"+a.guide)
		}
	}
	keepChecks(&w.later, w.ID, results...)
	if w.event == "" { // nothing else is going to be written
		if err := w.later.Send(ctx, w.tx); err != nil {
			return err
		}
	}
	if len(bad) == 0 || w.event == "" || slices.Contains(tells, w.event) {
		return nil
	}
	return fault.New(fault.Precondition, "licensing.case.check", strings.Join(bad, "；"))
}

// settled refuses to go on while a check's newest answer is neither passed nor
// confirmed. It does not ask about a renewal that is deemed granted: the law has made
// the decision, and what is wrong with it is undone by a decision of its own
// (行政许可法 §50, §69). Fault: licensing.case.unsettled.
func (s *Service) settled(ctx context.Context, w *work) error {
	if w.deemed {
		return nil
	}
	if err := w.later.Send(ctx, w.tx); err != nil {
		return err
	}
	all, err := db.All[CheckResult](ctx, w.tx, checksSQL, w.ID)
	if err != nil {
		return err
	}
	var open []string
	for _, r := range standing(w.def.ChecksFor(w.Categories), all) {
		if r.Result != Pass && r.Result != Confirmed {
			open = append(open, licensing.Name(licensing.Checks(), r.Code))
		}
	}
	if len(open) > 0 {
		return fault.Newf(fault.Precondition, "licensing.case.unsettled", "还有核查项没有通过或确认：%s；请核实后确认，或作出“%s”决定", strings.Join(open, "、"), w.def.EventName(licensing.Deny))
	}
	return nil
}

// standing is the answer of each check that counts: the newest, except that a
// person's confirmation stands against a later "unknown", not against a "fail".
// One that was never made is unknown.
func standing(codes []string, all []CheckResult) []CheckResult {
	out := make([]CheckResult, len(codes))
	for i, code := range codes {
		out[i] = CheckResult{Code: code, Result: Unknown, Reason: "还没有核查"}
		for _, r := range all {
			if r.Code == code && (out[i].Result != Confirmed || r.Result != Unknown) {
				out[i] = r
			}
		}
	}
	return out
}

// shownChecks tells what nobody has looked at yet from what a person has to answer.
func shownChecks(list []CheckResult) []CheckResult {
	for i := range list {
		if list[i].At.IsZero() {
			list[i].Result, list[i].Reason = NotYet, "受理时由系统核查"
		}
	}
	return list
}

const ours = "本系统"

func realName(_ context.Context, f *facts) (answer, error) {
	switch f.Channel {
	case licensing.Window:
		return pass("窗口核对身份证原件"), nil
	case licensing.Company: // nobody has seen the person
		return answer{result: Unknown, reason: "由企业名册申请，本人没有到场", guide: "请核对身份证原件或影像后人工确认", source: "人工"}, nil
	}
	if f.Channel == licensing.Province {
		return pass("便民政务系统实名认证"), nil
	}
	if name := f.form["name"]; name != "" && name != f.person.Name { // the account's, as it was when the application began
		return answer{
			result: Unknown, reason: "一网通办实名认证的姓名“" + name + "”与档案中的姓名“" + f.person.Name + "”不同", source: "一网通办",
			guide: "请核对身份证件：本人已改名的办理变更登记，档案有误的由档案管理人员更正，核对后人工确认",
		}, nil
	}
	return pass("一网通办实名认证"), nil
}

func age(ctx context.Context, f *facts) (answer, error) {
	table, err := f.s.People.AgeLimits(ctx, f.tx)
	if err != nil {
		return answer{}, err
	}
	for _, c := range f.Categories {
		rule, ok := practitioner.AgeRuleOf(table, c, f.today)
		if !ok || rule.Fits(f.person.Birth, f.person.Sex, f.today) {
			continue
		}
		again, err := rehired(ctx, f.s, f.tx, f.person.ID, c, f.today)
		if err != nil || !again {
			return fails(ours, "申请人已超过从业年龄上限", "到龄人员不能办理；出租汽车和公交驾驶员可咨询返聘"), err
		}
	}
	return pass(ours), nil
}

// sanctioned is what the list and the revocations say; the strictest counts, and
// a cancellation is never barred.
func sanctioned(_ context.Context, f *facts) (answer, error) {
	for _, c := range f.verdict.Checks {
		if c.Code == f.code && c.Result == Fail {
			return fails("失信名单与吊销锁", c.Reason, c.Guide), nil
		}
	}
	return pass("失信名单与吊销锁"), nil
}

// booked asks the appointments whether the applicant may book.
func booked(ctx context.Context, f *facts) (answer, error) {
	const source = "预约系统"
	if f.s.Booked == nil {
		return unknown(source), nil
	}
	b, err := f.s.Booked(ctx, f.tx, f.person.Blind, f.Matter)
	if err != nil || !b.OK {
		return fails(source, b.Reason, b.Guide), err
	}
	return pass(source), nil
}

func alone(context.Context, *facts) (answer, error) { return pass(ours), nil } // refused at submission otherwise
