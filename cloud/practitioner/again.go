package practitioner

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

var actNames = map[Act]string{Add: "增加类别", Renew: "换发", Reissue: "补发", Change: "变更"}

// again issues a certificate that is there once more: a new print version.
func (s *Service) again(ctx context.Context, tx pgx.Tx, g Grant) (Licence, error) {
	post := ""
	if kinds[g.Type].post && len(g.Categories) > 0 {
		post = g.Categories[0]
	}
	l, err := s.licence(ctx, tx, standingSQL, g.Person, g.Type, post)
	if fault.Is(err, db.Missing().Code) {
		return l, fault.Newf(fault.Precondition, "practitioner.grant.none", "该人没有可以%s的%s", actNames[g.Act], TypeName(g.Type))
	}
	if err != nil {
		return l, err
	}
	before := l.snapshot()
	if err := l.apply(g); err != nil {
		return l, err
	}
	l.PrintVersion++
	l.Issuer, l.ServiceNo = cmp.Or(g.Issuer, l.Issuer), cmp.Or(g.ServiceNo, l.ServiceNo)
	if err := s.save(ctx, tx, &l); err != nil {
		return l, err
	}
	text := fmt.Sprintf("%s%s，第 %d 版，第 %d 版作废", actNames[g.Act], TypeName(l.Type), l.PrintVersion, l.PrintVersion-1)
	if g.Act == Add {
		text += "（" + strings.Join(g.Categories, "、") + "）"
	}
	return l, s.Note(ctx, tx, l.Person, Event{Kind: string(g.Act), Text: with(text, g.Why), Ref: g.Ref, Licence: l.ID, Before: before, After: l.snapshot()})
}

// apply is what an act makes of a certificate's categories and dates.
func (l *Licence) apply(g Grant) error {
	switch g.Act {
	case Add:
		return l.add(g)
	case Renew:
		return l.renew(g)
	case Reissue, Change:
		if l.State != InForce {
			return fault.Newf(fault.Precondition, "practitioner.licence.state", "证件当前为“%s”，不能%s", StateName(l.State), actNames[g.Act])
		}
		return nil
	}
	return fault.New(fault.Invalid, "practitioner.grant.type", "没有这种办理方式")
}

func (l *Licence) add(g Grant) error {
	if l.State != InForce {
		return fault.Newf(fault.Precondition, "practitioner.licence.state", "证件当前为“%s”，不能增加类别", StateName(l.State))
	}
	for _, c := range g.Categories {
		if have, there := l.Category(c); there && !have.Lapsed(g.On) {
			return fault.Newf(fault.Conflict, "practitioner.grant.twice", "证上已有类别 %s，不用再增加", c)
		}
		// one that lapsed and was earned again begins anew
		l.Categories = slices.DeleteFunc(l.Categories, func(have Category) bool { return have.Code == c })
		l.Categories = append(l.Categories, Category{Licence: l.ID, Code: c, FirstIssue: g.On, ValidTo: ValidTo(l.Type, g.On)})
	}
	slices.SortFunc(l.Categories, byCode)
	l.ends()
	return nil
}

// Drop takes categories off a certificate whose holder gives them up and keeps the
// rest (chapter 1.3): a new print version; who gives up all of them cancels the
// certificate. Cards and registrations of what is given up end. It checks no right.
// Faults: those of SetState, and practitioner.grant.none.
func (s *Service) Drop(ctx context.Context, tx pgx.Tx, licence string, categories []string, why, ref string) error {
	l, err := s.lockedLicence(ctx, tx, licence)
	if err != nil {
		return err
	}
	rest := slices.DeleteFunc(slices.Clone(l.Categories), func(c Category) bool { return slices.Contains(categories, c.Code) })
	switch {
	case len(rest) == 0 || len(categories) == 0:
		return s.SetState(ctx, tx, licence, Cancelled, why, ref)
	case len(rest)+len(categories) != len(l.Categories):
		return fault.New(fault.Precondition, "practitioner.grant.none", "证上没有所注销的类别，请核对")
	case l.State != InForce && l.State.CanMove(Cancelled) != nil:
		return l.State.CanMove(Cancelled)
	}
	before := l.snapshot()
	l.Categories = rest
	l.PrintVersion++
	l.ends()
	if _, err := tx.Exec(ctx, dropCategorySQL, l.ID, categories); err != nil {
		return fmt.Errorf("drop categories: %w", err)
	}
	if err := s.save(ctx, tx, &l); err != nil {
		return err
	}
	text := with(fmt.Sprintf("%s注销类别（%s），第 %d 版", TypeName(l.Type), strings.Join(categories, "、"), l.PrintVersion), why)
	if err := s.Note(ctx, tx, l.Person, Event{Kind: "DROP_CATEGORY", Text: text, Ref: ref, Licence: l.ID, Before: before, After: l.snapshot()}); err != nil {
		return err
	}
	if err := s.voidCards(ctx, tx, l.Person, categories, "", "类别已注销", ref); err != nil {
		return err
	}
	if err := s.withdraw(ctx, tx, l.Person, categories, "类别已注销", ref); err != nil {
		return err
	}
	return s.expiry(ctx, tx, l.Person)
}

// renew gives each category its next period, counted from its own end. What the law
// held to be granted when the certificate ended is never too late to be written.
func (l *Licence) renew(g Grant) error {
	for _, c := range g.Categories {
		if !slices.ContainsFunc(l.Categories, func(have Category) bool { return have.Code == c }) {
			return fault.Newf(fault.Precondition, "practitioner.grant.none", "证上没有类别 %s，不能换发", c)
		}
	}
	from := clock.Date{}
	for i := range l.Categories {
		c := &l.Categories[i]
		if c.ValidTo.IsZero() || (len(g.Categories) > 0 && !slices.Contains(g.Categories, c.Code)) {
			continue
		}
		if !g.Held && c.Lapsed(g.On) {
			return fault.Newf(fault.Precondition, "practitioner.grant.late", "类别 %s 已于 %s 到期，超过 %d 日，不能换证，请重新申请", c.Code, c.ValidTo, lateDays)
		}
		next := RenewFrom(g.On, c.ValidTo)
		if g.Held { // without a gap: nobody drove without a right
			next = c.ValidTo.Add(1)
		}
		c.ValidTo = ValidTo(l.Type, next)
		if from.IsZero() || next.Before(from) {
			from = next
		}
	}
	if !from.IsZero() {
		l.ValidFrom = from
	}
	l.State, l.StateWhy = InForce, ""
	l.ends()
	return nil
}

// ends makes the certificate end with the last of its categories.
func (l *Licence) ends() {
	l.ValidTo = clock.Date{}
	for _, c := range l.Categories {
		if l.ValidTo.Before(c.ValidTo) {
			l.ValidTo = c.ValidTo
		}
	}
}

func (s *Service) save(ctx context.Context, tx pgx.Tx, l *Licence) error {
	l.Version++
	l.ChangedAt = s.now()
	tag, err := tx.Exec(ctx, updateLicenceSQL, l.ID, l.Person, l.ServiceNo, l.Issuer, l.ValidFrom, l.ValidTo, l.State, l.StateWhy,
		l.PrintVersion, l.Version, l.ChangedAt, s.keys.RowMAC(l.parts()...))
	if db.IsUnique(err, "practitioner_licence_one") || db.IsUnique(err, "practitioner_licence_number") {
		return fault.Newf(fault.Conflict, "practitioner.grant.twice", "已另有有效的%s，不能恢复这一本", TypeName(l.Type))
	}
	if err != nil {
		return fmt.Errorf("save licence: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.Conflict, "practitioner.licence.stale", "证件刚被他人修改，请刷新后重试")
	}
	return s.putCategories(ctx, tx, l)
}

// lockedLicence locks the person first, as Issue does: two that meet wait for
// each other in one order.
func (s *Service) lockedLicence(ctx context.Context, tx pgx.Tx, id string) (Licence, error) {
	l, err := s.licence(ctx, tx, licenceSQL, id)
	if err != nil {
		return l, err
	}
	if _, err := s.locked(ctx, tx, l.Person); err != nil {
		return l, err
	}
	return s.licence(ctx, tx, lockLicenceSQL, id)
}

// SetState cancels, withdraws, revokes, expires or transfers a certificate, or
// puts it in force again; back in force is a new print version. Asked for the
// state that it has, it does nothing. It checks no right. Faults:
// practitioner.licence.state, .tampered, practitioner.grant.twice.
func (s *Service) SetState(ctx context.Context, tx pgx.Tx, licence string, to LicenceState, why, ref string) error {
	l, err := s.lockedLicence(ctx, tx, licence)
	if err != nil || l.State == to {
		return err
	}
	if err := l.State.CanMove(to); err != nil {
		return err
	}
	return s.turn(ctx, tx, &l, to, why, ref)
}

// turn is SetState for a locked certificate whose state may become another.
func (s *Service) turn(ctx context.Context, tx pgx.Tx, l *Licence, to LicenceState, why, ref string) error {
	before := l.snapshot()
	if to == InForce {
		l.PrintVersion++
	}
	l.State, l.StateWhy = to, why
	if err := s.save(ctx, tx, l); err != nil {
		return err
	}
	verb := "改为“" + StateName(to) + "”"
	if to == InForce {
		verb = "恢复有效"
	}
	e := Event{Kind: "STATE_" + string(to), Text: with(TypeName(l.Type)+verb, why), Ref: ref, Licence: l.ID, Before: before, After: l.snapshot()}
	if err := s.Note(ctx, tx, l.Person, e); err != nil {
		return err
	}
	if to != InForce { // chapter 1.8: a supervision card ends with its certificate
		if err := s.voidCards(ctx, tx, l.Person, l.codes(), "", TypeName(l.Type)+StateName(to), ref); err != nil {
			return err
		}
	}
	if to == Cancelled || to == Withdrawn || to == Revoked { // chapter 13.4: so does a registration
		if err := s.withdraw(ctx, tx, l.Person, l.codes(), "证件"+StateName(to), ref); err != nil {
			return err
		}
	}
	return s.expiry(ctx, tx, l.Person)
}
