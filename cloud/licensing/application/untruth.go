package application

import (
	"context"
	"fmt"

	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// Who concealed something or handed in what is false may not apply for the same
// permission again for a year (行政许可法 §78; E17). The period is the sanctions', by
// their table of bans; so is a licence that was got by fraud (§79, three years).

// untruth is the rule by which what is untrue is denied, whatever the checks say: papers
// are found to be false by people.
func untruth() matter.Ground {
	l := matter.Law{Law: "行政许可法", Article: refusals[Untrue][1]}
	return matter.Ground{Article: l.Quote(), Says: "隐瞒有关情况或者提供虚假材料申请行政许可的，不予许可；首次申请和增加类别的，申请人在一年内不得再次申请该行政许可", Checks: []string{}}
}

// permits says that a matter gives a permission. What changes, renews or ends what
// somebody holds, and an exam, which is none, is barred by no ban of §78.
func permits(d matter.Definition) bool { return d.Route == matter.Permit }

// ban keeps with a case that was found untrue from when on its applicant may apply
// again; the letter tells them.
func (s *Service) ban(ctx context.Context, w *work) error {
	if !permits(w.def) {
		return nil
	}
	var err error
	w.Banned, err = s.Sanctions.FalseUntil(ctx, w.tx, w.def.Certificate, s.today())
	return err
}

// Ban is an earlier decision that keeps somebody from applying.
type Ban struct {
	Letter string
	Title  string
	On     string // of the decision
	Until  clock.Date
}

// Reason says what happened.
func (b *Ban) Reason() string {
	return fmt.Sprintf("申请“%s”时隐瞒有关情况或者提供虚假材料（%s，%s），依照%s，%s（含当日）以前不得再次申请该行政许可", b.Title, b.Letter, b.On, untruth().Article, b.Until.Add(-1))
}

// Guide says what can be done.
func (b *Ban) Guide() string {
	return fmt.Sprintf("%s 起可以再次申请；对该决定不服的，可以按决定书载明的途径申请行政复议或者提起行政诉讼", b.Until)
}

// Banned is the decision that keeps a person from applying for a matter today, the one
// that does so longest. It follows the files that were merged with theirs. A decision
// whose letter was voided bars nothing: that is how it is undone. It checks no right.
func (s *Service) Banned(ctx context.Context, q db.Q, person string, d matter.Definition, categories []string) (Ban, bool, error) {
	if !permits(d) {
		return Ban{}, false, nil
	}
	list, err := db.All[Case](ctx, q, bannedSQL, person, s.today())
	if err != nil {
		return Ban{}, false, err
	}
	for i := range list {
		c := &list[i]
		if err := s.genuine(c); err != nil {
			return Ban{}, false, err
		}
		if tradeOf(c.Trade, c.Categories) != tradeOf(d.Trade, categories) {
			continue
		}
		letters, err := s.Letters.OfCase(ctx, q, c.ID)
		if err != nil {
			return Ban{}, false, err
		}
		s.entitle(c)
		for _, l := range letters {
			if decides := l.Kind == letter.Refusal || l.Kind == letter.Denial; decides && l.State == letter.Issued {
				return Ban{Letter: l.Number, Title: c.Title, On: l.Date, Until: c.Banned}, true, nil
			}
		}
	}
	return Ban{}, false, nil
}

// truthful refuses the submission of who is banned. Fault: licensing.case.submit.banned.
func (s *Service) truthful(ctx context.Context, w *work) error {
	b, banned, err := s.Banned(ctx, w.tx, w.Person, w.def, w.Categories)
	if err == nil && banned {
		err = fault.New(fault.Precondition, "licensing.case.submit.banned", b.Reason()+"；"+b.Guide())
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
	return a, nil
}

// withBan puts a ban before what else is said to who begins an application.
func (s *Service) withBan(ctx context.Context, q db.Q, person string, d matter.Definition, hints []sanction.Prompt) ([]sanction.Prompt, error) {
	b, banned, err := s.Banned(ctx, q, person, d, d.Categories)
	if err != nil || !banned {
		return hints, err
	}
	return append([]sanction.Prompt{{Color: sanction.Red, Text: "现在不能申请。" + b.Reason() + "；" + b.Guide()}}, hints...), nil
}
