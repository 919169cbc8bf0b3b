package application

import (
	"context"
	"fmt"
	"slices"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
)

// What was granted can be lost before it is in its holder's hands: the certificate is
// revoked, given up or moves away, a card is void. Nothing is made or handed out for it
// any more; the approver ends such a case (Terminate), or it waits until a revocation is
// lifted.

// loss is why nothing is made or handed out for a granted case any more.
type loss struct {
	revoked bool
	damaged error // the file cannot be trusted, and nobody can say whether it is lost
	why     string
}

// handsOver says that a certificate or a card is made for cases of a matter.
func handsOver(d matter.Definition) bool {
	_, card := cardActs[d.Action]
	return makes(d) || card || d.Action == licensing.Rehire
}

// findLost fills in what cases have lost, as the files stand now: read at once for all,
// and never from what the transaction had read before it changed them.
func (s *Service) findLost(ctx context.Context, q db.Q, list ...*Case) error {
	var open []*Case
	var people []string
	for _, c := range list {
		c.lost = nil
		if c.settling() && c.Action != licensing.Cancel && !c.examines() {
			open, people = append(open, c), append(people, c.Person)
		}
	}
	if len(open) == 0 {
		return nil
	}
	holders, damaged, err := s.People.EachHolder(ctx, q, people)
	if err != nil {
		return err
	}
	for _, c := range open {
		d, err := s.Matters.At(c.Matter, c.Version)
		if err != nil {
			return err
		}
		why, err := "", damaged[c.Person]
		if err == nil {
			why, err = s.voided(ctx, q, c, d, holders[c.Person].Licences)
		}
		switch {
		case fault.Is(err, "practitioner.licence.tampered"), fault.Is(err, "practitioner.card.tampered"):
			c.lost = &loss{damaged: err} // it stops its own case, and no list
		case err != nil:
			return err
		case c.Revoked && handsOver(d):
			c.lost = &loss{revoked: true, why: "收到吊销决定"}
		case why != "":
			c.lost = &loss{why: why}
		}
	}
	return nil
}

// settling says that a case was granted and is not at its end.
func (c *Case) settling() bool {
	return c.State == licensing.Granted || c.State == licensing.Certifying || c.State == licensing.Delivering
}

// voided is what has become of the certificate or card of a case; empty: it counts. One
// past its end can still be renewed, and is handed out.
func (s *Service) voided(ctx context.Context, q db.Q, c *Case, d matter.Definition, held []practitioner.Licence) (string, error) {
	if !handsOver(d) {
		return "", nil
	}
	if !makes(d) {
		cards, err := s.People.Cards(ctx, q, c.Person)
		i := slices.IndexFunc(cards, func(k practitioner.Card) bool { return k.Ref == c.ID })
		if err != nil || i < 0 {
			return "", err
		}
		if err := cards[i].Sound(); err != nil || cards[i].State != practitioner.CardVoid {
			return "", err
		}
		return fmt.Sprintf("本办件核发的卡（%s）已作废（%s）", cards[i].Number, cards[i].Why), nil
	}
	i := slices.IndexFunc(held, func(l practitioner.Licence) bool { return l.ID == c.Licence })
	if i < 0 { // a registration, with no certificate named
		return "", nil
	}
	l := held[i]
	switch {
	case l.State != practitioner.InForce && l.State != practitioner.Expired:
		return fmt.Sprintf("本办件的证件已不再有效（现为“%s”）", practitioner.StateName(l.State)), nil
	case len(c.Categories) > 0 && !slices.ContainsFunc(c.Categories, func(code string) bool { _, on := l.Category(code); return on }):
		return fmt.Sprintf("本办件的类别（%s）已注销，不在证上", listed(c.Categories)), nil
	}
	return "", nil
}

// refusal keeps officials from making and handing out. Faults:
// licensing.case.revoked, .lost, those of reading certificates and cards.
func (l *loss) refusal() error {
	switch {
	case l.damaged != nil:
		return l.damaged
	case l.revoked:
		return fault.New(fault.Precondition, "licensing.case.revoked", l.forOffice())
	}
	return fault.New(fault.Precondition, "licensing.case.lost", l.forOffice())
}

func (l *loss) forOffice() string {
	switch {
	case l.damaged != nil:
		return fault.From(l.damaged).Text
	case l.revoked:
		return l.why + "，不能制作、发放证件；吊销解除后才能继续，不再继续的，请由审批人“终止办理”"
	}
	return l.why + "，不能再制作、发放证件；请由审批人“终止办理”，并告知申请人"
}

func (l *loss) forApplicant() string {
	switch {
	case l.damaged != nil:
		return "证件档案需要核查，暂时不能领取，请不要到窗口领证；核查完成后再通知您"
	case l.revoked:
		return l.why + "，证件不能领取，请不要到窗口领证；对吊销决定不服的，可以依法申请行政复议或者提起行政诉讼，吊销解除后再通知领取"
	}
	return l.why + "，不能再领取，请不要到窗口领证；本办件将终止办理，需要证件的，可以重新申请"
}

// unfetchable tells an applicant that there is nothing to be fetched, and why.
func (o *OwnCase) unfetchable(c *Case) {
	if c.lost != nil {
		o.Todo = c.lost.forApplicant()
	}
}

func each(list []Case) []*Case {
	out := make([]*Case, len(list))
	for i := range list {
		out[i] = &list[i]
	}
	return out
}
