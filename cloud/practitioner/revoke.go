package practitioner

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/protocol/clock"
)

// revokedText is why registrations and cards ended with a revocation: what a lift
// gives back is found by it.
const revokedText = "证件已吊销"

// formalities begins why a certificate is cancelled because it was revoked.
const formalities = "吊销后注销："

// CancelRevoked cancels a revoked certificate: the formalities of chapter 13.4. A
// lift of the revocation takes them back. It checks no right. Faults: those of SetState.
func (s *Service) CancelRevoked(ctx context.Context, tx pgx.Tx, licence, why, ref string) error {
	return s.SetState(ctx, tx, licence, Cancelled, formalities+why, ref)
}

// revoked says that a decision took a certificate, whether or not it has been
// cancelled for that since.
func (l *Licence) revoked() bool {
	return l.State == Revoked || l.State == Cancelled && strings.HasPrefix(l.StateWhy, formalities)
}

// Revoke takes a whole certificate, or some of its categories: a certificate has one
// state, so what is taken of it is barred by the decision. With either the
// registrations end and the supervision cards are void (chapter 13.4). One that has
// ended otherwise stays as it is, with a note. It checks no right. Faults:
// practitioner.licence.tampered, practitioner.registration.tampered, practitioner.card.tampered.
func (s *Service) Revoke(ctx context.Context, tx pgx.Tx, licence string, categories []string, why, ref string) error {
	l, err := s.lockedLicence(ctx, tx, licence)
	if err != nil {
		return err
	}
	whole := len(categories) == 0 || l.within(categories)
	if whole && (l.State == Revoked || l.State.CanMove(Revoked) == nil) {
		return s.SetState(ctx, tx, licence, Revoked, why, ref)
	}
	err = s.Note(ctx, tx, l.Person, Event{Kind: "REVOKED_PART", Text: why, Ref: ref, Licence: licence, After: categories})
	if err != nil || whole {
		return err
	}
	if err := s.voidCards(ctx, tx, l.Person, categories, "", revokedText, ref); err != nil {
		return err
	}
	if err := s.withdraw(ctx, tx, l.Person, categories, revokedText, ref); err != nil {
		return err
	}
	return s.expiry(ctx, tx, l.Person)
}

// Restore gives a certificate back as it was, unless the categories that other
// decisions still take are all that it has, and with it the registrations whose end
// has not come meanwhile. A card that was void stays so: it may have been handed in,
// and its number is not used again. after says what came back and what has to be
// asked for. It checks no right. Faults: those of Revoke, practitioner.grant.twice.
func (s *Service) Restore(ctx context.Context, tx pgx.Tx, licence string, still []string, why, ref string) (after string, err error) {
	l, err := s.lockedLicence(ctx, tx, licence)
	if err != nil {
		return "", err
	}
	if l.revoked() && (len(still) == 0 || !l.within(still)) {
		err = s.turn(ctx, tx, &l, InForce, why, ref)
	} else {
		err = s.Note(ctx, tx, l.Person, Event{Kind: "REVOKED_LIFTED", Text: why, Ref: ref, Licence: licence})
	}
	if err != nil || l.State != InForce {
		return "", err
	}
	var b strings.Builder
	for _, category := range l.codes() {
		if slices.Contains(still, category) {
			continue
		}
		text, err := s.giveBack(ctx, tx, l.Person, category, ref)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
	}
	return b.String(), s.expiry(ctx, tx, l.Person)
}

// within says that categories are all that a certificate has.
func (l *Licence) within(categories []string) bool {
	return !slices.ContainsFunc(l.Categories, func(c Category) bool { return !slices.Contains(categories, c.Code) })
}

// giveBack restores the registration that a revocation ended, and says what has
// become of it and of the card.
func (s *Service) giveBack(ctx context.Context, tx pgx.Tx, of, category, ref string) (string, error) {
	text := ""
	_, has, err := s.Employer(ctx, tx, of, category)
	if err != nil {
		return "", err
	}
	if !has {
		if text, err = s.reenrol(ctx, tx, of, category, ref); err != nil {
			return "", err
		}
	}
	_, has, err = s.active(ctx, tx, of, Supervision, category)
	if err != nil || has {
		return text, err
	}
	list, err := s.Cards(ctx, tx, of)
	i := slices.IndexFunc(list, func(c Card) bool {
		return c.Kind == Supervision && c.Category == category && c.State == CardVoid && strings.HasSuffix(c.Why, stateNames[Revoked])
	})
	if err == nil && i >= 0 {
		text += "服务监督卡 " + list[i].Number + " 已作废，不随证照恢复，请由服务单位办理“服务监督卡 申领”，领到新卡后上岗。"
	}
	return text, err
}

func (s *Service) reenrol(ctx context.Context, tx pgx.Tx, of, category, ref string) (string, error) {
	r, found, err := s.registration(ctx, tx, lostSQL, of, category, revokedText)
	if err != nil || !found {
		return "", err
	}
	at := r.Employer
	if at != "" {
		at = "在“" + at + "”的"
	}
	if r.over(s.today()) {
		return fmt.Sprintf("%s注册已于 %s 期满，请由服务单位重新办理从业资格注册。", at, r.To), nil
	}
	r.State, r.EndedOn, r.Why, r.EndRef = "ACTIVE", clock.Date{}, "", ""
	if err := s.saveRegistration(ctx, tx, &r); err != nil {
		return "", err
	}
	text := at + "注册已恢复"
	if !r.To.IsZero() {
		text += fmt.Sprintf("，有效期至 %s", r.To)
	}
	return text + "。", s.Note(ctx, tx, of, Event{Kind: "REGISTER", Text: fmt.Sprintf("恢复注册（%s）：吊销已解除或停止执行", category), Ref: ref})
}

// withdraw ends the registrations that stood on a certificate which is cancelled,
// withdrawn or revoked.
func (s *Service) withdraw(ctx context.Context, tx pgx.Tx, of string, categories []string, why, ref string) error {
	for _, category := range categories {
		r, found, err := s.Employer(ctx, tx, of, category)
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		if err := s.endRegistration(ctx, tx, &r, s.today(), why, ref); err != nil {
			return err
		}
		text := fmt.Sprintf("终止注册（%s）：%s", category, why)
		if err := s.Note(ctx, tx, of, Event{Kind: "UNREGISTER", Text: text, Ref: ref}); err != nil {
			return err
		}
	}
	return nil
}

const lostSQL = registrationColumns + ` WHERE person = ` + survivor + ` AND category = $2 AND state = 'ENDED' AND why = $3 ORDER BY ended_on DESC, at DESC LIMIT 1`
