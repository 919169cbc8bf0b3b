package application

import (
	"context"
	"fmt"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// services are the matters whose decision does something else to a person's file
// than issuing a certificate of ours (M40, M44, M53): what has to be true when they
// are applied for, and what the decision does.
func services() map[licensing.Action]service {
	return map[licensing.Action]service{
		licensing.Rehire:         {mayRehire, rehire},
		licensing.Dismiss:        {mayDismiss, dismiss},
		licensing.Register:       {mayRegister, enrol},
		licensing.RegisterRenew:  {mayExtend, extendEnrolment},
		licensing.RegisterCancel: {mayLeave, leave},
		licensing.CardNew:        {mayCard, issueCard},
		licensing.CardRenew:      {mayCard, issueCard},
		licensing.CardReissue:    {mayCard, issueCard},
		licensing.TrainCert:      {mayCard, issueCard},
		licensing.TransferIn:     {mayMoveIn, moveIn},
		licensing.TransferOut:    {mayMoveOut, moveOut},
		licensing.TransferRevoke: {mayRevokeTransfer, revokeTransfer},
		licensing.ExamEnrol:      {mayEnrolForExam, enrolForExam},
		licensing.ExamRetake:     {mayEnrolForExam, enrolForExam},
	}
}

type service struct {
	premise, effect func(context.Context, *Service, *work) error
}

// premise refuses an application that could never be granted. Faults: those of
// the matter's own.
func (s *Service) premise(ctx context.Context, w *work) error {
	if m, marks := services()[w.Action]; marks {
		return m.premise(ctx, s, w)
	}
	if may := premises()[w.Action]; may != nil {
		return may(ctx, s, w)
	}
	return nil
}

// one is the category of what is registered by category.
func (w *work) one() (string, error) {
	if len(w.Categories) != 1 {
		return "", fault.New(fault.Invalid, "licensing.case.rehire.category", "本事项按一个从业资格类别登记，请只选择一个类别")
	}
	return w.Categories[0], nil
}

func mayRehire(ctx context.Context, s *Service, w *work) error {
	d, err := w.rehire()
	if err != nil {
		return err
	}
	return s.People.CheckRehire(ctx, w.tx, d)
}

func rehire(ctx context.Context, s *Service, w *work) error {
	d, err := w.rehire()
	if err != nil {
		return err
	}
	if _, err = s.People.Rehire(ctx, w.tx, d); err != nil {
		return err
	}
	// chapter 2.5: a rehire comes with its supervision card
	_, err = s.People.IssueCard(ctx, w.tx, practitioner.CardOrder{
		Person: w.Person, Kind: practitioner.Supervision, Category: d.Category, Company: d.Company, CompanyCode: d.CompanyCode, On: w.DecidedOn, Ref: w.ID,
	})
	return err
}

func (w *work) rehire() (practitioner.RehireDraft, error) {
	category, err := w.one()
	return practitioner.RehireDraft{
		Person: w.Person, Category: category, Company: w.form["employer"], CompanyCode: w.form["employer_code"], Ref: w.ID,
		From: w.day("rehire_from"), To: w.day("rehire_until"), HealthUntil: w.day("health_until"), ContractUntil: w.day("contract_until"),
	}, err
}

// day is a date of the form; what a definition's check let through can be read.
func (w *work) day(key string) clock.Date {
	d, _ := clock.ParseDate(w.form[key]) // the zero Date is refused by whoever needs it
	return d
}

func mayDismiss(ctx context.Context, s *Service, w *work) error {
	d, err := w.dismissal(s.today())
	if err != nil {
		return err
	}
	_, err = s.People.Dismissable(ctx, w.tx, d)
	return err
}

func dismiss(ctx context.Context, s *Service, w *work) error {
	d, err := w.dismissal(w.AppliedOn)
	if err != nil {
		return err
	}
	_, err = s.People.Dismiss(ctx, w.tx, d)
	return err
}

func (w *work) dismissal(reported clock.Date) (practitioner.Dismissal, error) {
	category, err := w.one()
	return practitioner.Dismissal{
		Person: w.Person, Category: category, CompanyCode: w.form["employer_code"], On: w.day("dismissed_on"), Reported: reported, Why: w.form["reason"], Ref: w.ID,
	}, err
}

// notices are what a page says of a case beside its checks: a dismissal that was
// reported later than it has to be is taken all the same.
func (s *Service) notices(ctx context.Context, q db.Q, c *Case, d matter.Definition, form map[string]string) ([]string, error) {
	out := []string{}
	untaken, err := s.untaken(ctx, q, c, d)
	if err != nil {
		return nil, err
	}
	if len(untaken) > 0 {
		out = append(out, untakenNotice(untaken))
	}
	reported := c.AppliedOn
	if reported.IsZero() {
		reported = s.today()
	}
	switch c.Action {
	case licensing.Dismiss:
		out = appendLate(out, "解聘", form["dismissed_on"], reported)
	case licensing.RegisterCancel:
		out = appendLate(out, "解除合同", form["ended_on"], reported)
	case licensing.RegisterRenew:
		return s.askedLate(ctx, q, c, reported)
	}
	return out, nil
}

// appendLate says that the end of a contract is reported later than it has to be.
func appendLate(out []string, what, on string, reported clock.Date) []string {
	ended, _ := clock.ParseDate(on)
	if late := practitioner.LateBy(ended, reported); late > 0 {
		out = append(out, fmt.Sprintf("%s应在 %d 日内报告：%s日期 %s，报告日期 %s，逾期 %d 日；可以办理，请提醒企业按期报告", what, practitioner.ReportDays, what, ended, reported, late))
	}
	return out
}

// retirement (E26) is answered from our own records: for a rehire, that the
// person has retired and may still be hired again; for anything else, that they
// have not retired, or were hired again and work on.
func retirement(ctx context.Context, f *facts) (answer, error) {
	table, err := f.s.People.AgeLimits(ctx, f.tx)
	if err != nil {
		return answer{}, err
	}
	for _, c := range f.Categories {
		rule, _ := practitioner.AgeRuleOf(table, c, f.today)
		retires, ends := rule.Retires(f.person.Birth, f.person.Sex), rule.RehireEnds(f.person.Birth)
		switch {
		case f.Action == licensing.Rehire && (retires.IsZero() || f.today.Before(retires)):
			return fails(ours, fmt.Sprintf("申请人 %s 才到法定退休年龄", retires), "到龄前按在职人员管理，不需要返聘"), nil
		case f.Action == licensing.Rehire && !f.today.Before(ends):
			return fails(ours, fmt.Sprintf("申请人已超过返聘年龄上限（%d 周岁）", rule.Rehire), "超过上限的不能返聘"), nil
		case f.Action == licensing.Rehire || retires.IsZero() || f.today.Before(retires):
			continue
		}
		again, err := rehired(ctx, f.s, f.tx, f.person.ID, c, f.today)
		if err != nil || !again {
			return fails(ours, fmt.Sprintf("申请人已于 %s 达到法定退休年龄，没有有效的返聘登记", retires), "请由聘用企业先办理返聘"), err
		}
	}
	return pass(ours), nil
}

// rehired says whether somebody works on in a category after retirement.
func rehired(ctx context.Context, s *Service, q db.Q, of, category string, on clock.Date) (bool, error) {
	r, active, err := s.People.ActiveRehire(ctx, q, of, on)
	return active && r.Category == category, err
}
