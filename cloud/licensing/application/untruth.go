package application

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// Who concealed something or handed in what is false may not apply for the same
// permission again within one year (行政许可法 §78; E17). A licence that was got by
// fraud is the sanctions' (§79, three years).

// untrueYears is the law's period.
const untrueYears = 1

// untruth is the rule by which what is untrue is denied; for a permission it can be
// chosen whatever the checks say, for papers are found to be false by people.
func untruth() matter.Ground {
	l := matter.Law{Law: "行政许可法", Article: refusals[Untrue][1]}
	return matter.Ground{Article: l.Quote(), Says: "隐瞒有关情况或者提供虚假材料申请行政许可的，不予许可；申请人在一年内不得再次申请该行政许可", Checks: []string{}}
}

// findUntrue marks a case as decided for what is untrue, and tells the applicant until
// when they cannot apply again. What is decided about a cancellation or a service is no
// permission, and bars nothing.
func (s *Service) findUntrue(w *work) {
	if permits(w.def) {
		w.Untrue = true
		w.order.Text = strings.TrimSpace(w.order.Text) + fmt.Sprintf("。依照%s，%s（含当日）以前不得再次申请该行政许可", untruth().Article, untrueUntil(s.today()))
	}
}

// permits says that a matter is about a permission: what is neither a cancellation nor
// a service.
func permits(d matter.Definition) bool { return d.Route == matter.Permit || d.Route == matter.Change }

// untrueUntil is the last day on which nobody can apply again: the same day of the next
// year, for the day of the decision does not count.
func untrueUntil(decided clock.Date) clock.Date { return practitioner.AddYears(decided, untrueYears) }

// Ban is what keeps somebody from applying: an earlier decision and its last day.
type Ban struct {
	Letter string
	Title  string
	On     clock.Date // of the decision
	Until  clock.Date // the last day
}

// Reason says what happened.
func (b *Ban) Reason() string {
	return fmt.Sprintf("申请人在“%s”中隐瞒有关情况或者提供虚假材料，已于 %s 作出决定（%s）；依照%s，一年内不得再次申请该行政许可", b.Title, b.On, b.Letter, untruth().Article)
}

// Guide says what can be done.
func (b *Ban) Guide() string {
	return fmt.Sprintf("%s 起可以再次申请；对该决定不服的，可以按决定书载明的途径申请行政复议或者提起行政诉讼", b.Until.Add(1))
}

// Banned is the decision for something untrue that keeps the person from applying for a
// matter today, the one that does so longest; none: false. It follows the files that
// were merged with theirs. A decision whose letter was voided bars nothing. It checks no
// right.
func (s *Service) Banned(ctx context.Context, q db.Q, person string, d matter.Definition, categories []string) (Ban, bool, error) {
	var out Ban
	if !permits(d) || person == "" {
		return out, false, nil
	}
	list, err := db.All[Case](ctx, q, untrueSQL, person)
	if err != nil {
		return out, false, err
	}
	for i := range list {
		c := &list[i]
		if err := s.genuine(c); err != nil {
			return out, false, err
		}
		if !sameLicence(c, d, categories) {
			continue
		}
		letters, err := s.Letters.OfCase(ctx, q, c.ID)
		if err != nil {
			return out, false, err
		}
		s.entitle(c)
		for _, l := range letters {
			on := clock.Date{Year: l.IssuedOn.Year(), Month: l.IssuedOn.Month(), Day: l.IssuedOn.Day()}
			decides := l.Kind == letter.Refusal || l.Kind == letter.Denial
			if until := untrueUntil(on); decides && l.State == letter.Issued && out.Until.Before(until) {
				out = Ban{Letter: l.Number, Title: c.Title, On: on, Until: until}
			}
		}
	}
	return out, !out.Until.Before(s.today()) && out.Letter != "", nil
}

// sameLicence says that what was applied for once and what is applied for now is the
// same permission: the same matter, or a new licence of the same trade. Which matters
// give one is what the domain reference asks E17 of.
func sameLicence(c *Case, d matter.Definition, categories []string) bool {
	return c.Matter == d.Code || slices.Contains(d.ChecksFor(categories), "E17") && tradeOf(c.Trade, c.Categories) == tradeOf(d.Trade, categories)
}

// truthful refuses the submission of who was found untrue within the year. Fault:
// licensing.case.submit.untrue.
func (s *Service) truthful(ctx context.Context, w *work) error {
	b, banned, err := s.Banned(ctx, w.tx, w.Person, w.def, w.Categories)
	if err == nil && banned {
		err = fault.New(fault.Precondition, "licensing.case.submit.untrue", b.Reason()+"；"+b.Guide())
	}
	return err
}

// free is E17: no ban of the sanctions', and none of ours.
func free(ctx context.Context, f *facts) (answer, error) {
	a, err := sanctioned(ctx, f)
	if err != nil || a.result != Pass {
		return a, err
	}
	b, banned, err := f.s.Banned(ctx, f.tx, f.Person, f.def, f.Categories)
	if err != nil || banned {
		return fails(ours, b.Reason(), b.Guide()), err
	}
	return pass(a.source + "、" + ours), nil
}

// withBan puts a ban before what else is said to who begins an application.
func (s *Service) withBan(ctx context.Context, q db.Q, person string, d matter.Definition, hints []sanction.Prompt) ([]sanction.Prompt, error) {
	b, banned, err := s.Banned(ctx, q, person, d, d.Categories)
	if err != nil || !banned {
		return hints, err
	}
	return append([]sanction.Prompt{{Color: sanction.Red, Text: "现在不能申请。" + b.Reason() + "；" + b.Guide()}}, hints...), nil
}
