package practitioner

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// CardKind is what a card is for.
type CardKind string

// Kinds of cards: chapter 1.8.
const (
	Supervision CardKind = "SUPERVISION" // 服务监督卡: who serves, for which company
	Training    CardKind = "TRAINING"    // 培训合格证, with a chip
)

// CardState says whether a card counts.
type CardState string

// States of a card. A void one stays.
const (
	CardActive CardState = "ACTIVE"
	CardVoid   CardState = "VOID"
)

// CardAct is what is asked for: a first card, another one because of a new
// company or because it wore out, or another one for one that was lost.
type CardAct string

// Acts of IssueCard.
const (
	CardNew     CardAct = "NEW"
	CardRenew   CardAct = "RENEW"
	CardReissue CardAct = "REISSUE"
	CardAnyhow  CardAct = "" // with something else, whatever there was
)

var cardNames = map[CardKind]string{Supervision: "服务监督卡", Training: "培训合格证"}

// Card is one card of a person; the company's code is public.
type Card struct {
	ID          string     `json:"id" db:"id"`
	Person      string     `json:"person" db:"person"`
	Kind        CardKind   `json:"kind" db:"kind" enum:"SUPERVISION,TRAINING"`
	Number      string     `json:"number" db:"number"`
	Category    string     `json:"category" db:"category"`
	Company     string     `json:"company" db:"company"`
	CompanyCode string     `json:"company_code" db:"company_code"`
	StaffNo     string     `json:"staff_no" db:"staff_no" doc:"工号"`
	IssuedOn    clock.Date `json:"issued_on" db:"issued_on"`
	State       CardState  `json:"state" db:"state" enum:"ACTIVE,VOID"`
	VoidedOn    clock.Date `json:"voided_on" db:"voided_on"`
	Why         string     `json:"why" db:"why" doc:"作废的原因"`
	Ref         string     `json:"ref" db:"ref" doc:"核发的办件"`
	EndRef      string     `json:"end_ref" db:"end_ref" doc:"作废的办件"`
	Version     int        `json:"version" db:"version"`
	CreatedAt   time.Time  `json:"created_at" db:"created_at"`
	ChangedAt   time.Time  `json:"changed_at" db:"changed_at"`
	Broken      bool       `json:"broken" db:"-" doc:"数据被改动过"`
	MAC         []byte     `json:"-" db:"mac"`
}

// CardOrder is a card that a company asks for.
type CardOrder struct {
	Person      string
	Kind        CardKind
	Act         CardAct
	Category    string
	Company     string
	CompanyCode string
	StaffNo     string
	On          clock.Date
	Ref         string // the case
}

func (c *Card) parts() [][]byte {
	return [][]byte{
		[]byte("practitioner_card"), []byte(c.ID), []byte(c.Person), []byte(c.Kind), []byte(c.Number), []byte(c.Category), []byte(c.Company), []byte(c.CompanyCode),
		[]byte(c.StaffNo), []byte(c.IssuedOn.String()), []byte(c.State), []byte(c.VoidedOn.String()), []byte(c.Why), []byte(c.Ref), []byte(c.EndRef),
		fmt.Append(nil, c.Version), []byte(keys.Stamp(c.CreatedAt)), []byte(keys.Stamp(c.ChangedAt)),
	}
}

func (c *Card) words() string {
	return fmt.Sprintf("%s %s（%s，%s）", cardNames[c.Kind], c.Number, c.Company, c.Category)
}

// Sound refuses a card that was changed behind the program's back. Fault:
// practitioner.card.tampered.
func (c *Card) Sound() error {
	if c.Broken {
		return tamperedCard(c)
	}
	return nil
}

func tamperedCard(c *Card) error {
	return fault.Newf(fault.Internal, "practitioner.card.tampered", "%s的数据被改动过，已停止办理，请立即联系安全管理员核查", c.words())
}

// Cards are those of a person, the newest first; one that was edited behind the
// program's back says so. It checks no right.
func (s *Service) Cards(ctx context.Context, q db.Q, of string) ([]Card, error) {
	list, err := db.All[Card](ctx, q, cardsSQL, of)
	for i := range list {
		list[i].Broken = !s.keys.CheckRowMAC(list[i].MAC, list[i].parts()...)
	}
	return list, err
}

// active is the card in force of a kind and category. Fault:
// practitioner.card.tampered.
func (s *Service) active(ctx context.Context, q db.Q, of string, kind CardKind, category string) (Card, bool, error) {
	list, err := s.Cards(ctx, q, of)
	i := slices.IndexFunc(list, func(c Card) bool { return c.State == CardActive && c.Kind == kind && c.Category == category })
	if err != nil || i < 0 {
		return Card{}, false, err
	}
	if list[i].Broken {
		return Card{}, false, tamperedCard(&list[i])
	}
	return list[i], true, nil
}

// CheckCard says why a card cannot be issued as asked: a supervision card needs a
// certificate in force and the company that the person works for, a renewed or
// reissued one a card that is there. It checks no right. Faults:
// practitioner.card.licence, .registration, .employer, .twice, .other, .none,
// .company, .tampered, those of reading registration and rehire, person.company.
func (s *Service) CheckCard(ctx context.Context, q db.Q, o CardOrder) error {
	_, _, err := s.cardBefore(ctx, q, o)
	return err
}

// cardBefore is the card that a new one makes void.
func (s *Service) cardBefore(ctx context.Context, q db.Q, o CardOrder) (Card, bool, error) {
	if _, err := person.ParseCompany(o.CompanyCode); err != nil {
		return Card{}, false, err
	}
	if o.Kind == Supervision {
		held, err := s.holds(ctx, q, o.Person, o.Category)
		if err == nil && !held {
			err = fault.New(fault.Precondition, "practitioner.card.licence", "该人员没有这一类别的有效从业资格证，不能制发服务监督卡；证件到期的请先换证")
		}
		if err == nil {
			err = s.cardEmployer(ctx, q, o)
		}
		if err != nil {
			return Card{}, false, err
		}
	}
	c, found, err := s.active(ctx, q, o.Person, o.Kind, o.Category)
	if err != nil {
		return c, found, err
	}
	same := c.CompanyCode == o.CompanyCode
	switch {
	case o.Act == CardNew && found && same:
		return c, found, fault.Newf(fault.Conflict, "practitioner.card.twice", "该人员已有本单位的有效%s %s；到期的请办理换发，遗失、毁损的请办理补发", cardNames[o.Kind], c.Number)
	case o.Act == CardNew && found:
		return c, found, fault.Newf(fault.Conflict, "practitioner.card.other", "该人员持有“%s”申领的有效%s %s，不能另行申领；已变更服务单位的，请由新单位办理“服务监督卡 换发”", c.Company, cardNames[o.Kind], c.Number)
	case (o.Act == CardRenew || o.Act == CardReissue) && !found:
		return c, found, fault.Newf(fault.Precondition, "practitioner.card.none", "该人员没有这一类别的有效%s，请改办申领", cardNames[o.Kind])
	case o.Act == CardReissue && !same:
		return c, found, fault.Newf(fault.Precondition, "practitioner.card.company", "该人员的%s由“%s”申领，不能由其他单位补发；已变更服务单位的请办理换发", cardNames[o.Kind], c.Company)
	}
	return c, found, nil
}

// cardEmployer wants a card to name the company that the person works for (chapter
// 1.8): the one that hired them again, or that they are registered with. A taxi driver
// without either has no company to name; on the buses nobody registers, and where the
// file names no company the one that asks is theirs. A card that comes with a rehire
// names the rehire's.
func (s *Service) cardEmployer(ctx context.Context, q db.Q, o CardOrder) error {
	if o.Act == CardAnyhow {
		return nil
	}
	again, _, err := s.ActiveRehire(ctx, q, o.Person, s.today())
	if err != nil {
		return err
	}
	hired := again.ID != "" && again.Category == o.Category && !again.To.Before(s.today())
	if hired && again.CompanyCode == o.CompanyCode {
		return nil
	}
	r, found, err := s.Employer(ctx, q, o.Person, o.Category)
	if err != nil {
		return err
	}
	switch found = found && !r.over(s.today()); {
	case found && r.with(Enrolment{Employer: o.Company, EmployerCode: o.CompanyCode}):
		return nil
	case hired:
		return fault.Newf(fault.Precondition, "practitioner.card.employer", "该人员由“%s”返聘，服务监督卡只能由该单位申请；已解聘的请先由该单位办理解聘", again.Company)
	case !found && TypeOf(o.Category) == Taxi:
		return fault.New(fault.Precondition, "practitioner.card.registration", "该人员没有有效的从业资格注册，不能制发服务监督卡；请先由服务单位办理“从业资格注册”")
	case !found:
		return nil
	case TypeOf(o.Category) == Taxi:
		return fault.Newf(fault.Precondition, "practitioner.card.employer", "该人员在“%s”注册，服务监督卡只能由该单位申请；变更服务单位的请先由原单位注销注册，再向新单位注册", r.Employer)
	}
	return fault.Newf(fault.Precondition, "practitioner.card.employer", "该人员在册的服务单位为“%s”，服务监督卡只能由该单位申请；已变更服务单位的请先在人员档案中登记", r.Employer)
}

// IssueCard issues a card, and makes the one before void. It checks no right.
// Faults: those of CheckCard.
func (s *Service) IssueCard(ctx context.Context, tx pgx.Tx, o CardOrder) (Card, error) {
	p, err := s.locked(ctx, tx, o.Person)
	if err != nil {
		return Card{}, err
	}
	o.Person = p.ID
	before, found, err := s.cardBefore(ctx, tx, o)
	if err != nil {
		return Card{}, err
	}
	now := s.now() // once: the row's MAC covers both
	c := Card{
		ID: newID(), Person: p.ID, Kind: o.Kind, Category: o.Category, Company: strings.TrimSpace(o.Company), CompanyCode: o.CompanyCode, StaffNo: strings.TrimSpace(o.StaffNo),
		IssuedOn: o.On, State: CardActive, Ref: o.Ref, Version: 1, CreatedAt: now, ChangedAt: now,
	}
	if c.Number, err = cardNumber(ctx, tx, o.Kind, o.On.Year); err != nil {
		return Card{}, err
	}
	if found {
		if err := s.voidCard(ctx, tx, &before, "换发新卡 "+c.Number, o.Ref); err != nil {
			return Card{}, err
		}
	}
	c.MAC = s.keys.RowMAC(c.parts()...)
	_, err = tx.Exec(ctx, insertCardSQL, c.ID, c.Person, c.Kind, c.Number, c.Category, c.Company, c.CompanyCode, c.StaffNo, c.IssuedOn, c.State, c.Ref, c.Version, c.CreatedAt, c.MAC)
	if err != nil {
		return c, wrap("insert card", err)
	}
	return c, s.Note(ctx, tx, p.ID, Event{Kind: "CARD", Text: "核发" + c.words(), Ref: o.Ref})
}

// cardNumber is the next of a kind: six digits that passengers read for a
// supervision card (chapter 1.3), year and running number for a training
// certificate. It is taken in the transaction that uses it, so none is skipped.
func cardNumber(ctx context.Context, tx pgx.Tx, kind CardKind, year int) (string, error) {
	series, form := "CARD-S", "%06d"
	if kind == Training {
		series = fmt.Sprintf("CARD-T%04d", year)
		form = fmt.Sprintf("PX%04d", year) + "%06d"
	}
	n, err := db.Value[int](ctx, tx, nextNumberSQL, series)
	return fmt.Sprintf(form, n), err
}

func (s *Service) voidCard(ctx context.Context, tx pgx.Tx, c *Card, why, ref string) error {
	c.State, c.VoidedOn, c.Why, c.EndRef = CardVoid, s.today(), why, ref
	if err := s.saveCard(ctx, tx, c); err != nil {
		return err
	}
	return s.Note(ctx, tx, c.Person, Event{Kind: "CARD_VOID", Text: with(c.words()+"作废", why), Ref: ref})
}

func (s *Service) saveCard(ctx context.Context, tx pgx.Tx, c *Card) error {
	c.Version++
	c.ChangedAt = s.now()
	c.MAC = s.keys.RowMAC(c.parts()...)
	tag, err := tx.Exec(ctx, updateCardSQL, c.ID, c.Person, c.State, c.VoidedOn, c.Why, c.EndRef, c.Version, c.ChangedAt, c.MAC)
	if err == nil && tag.RowsAffected() == 0 {
		return fault.New(fault.Conflict, "practitioner.card.stale", "卡的登记刚被他人修改，请刷新后重试")
	}
	return wrap("save card", err)
}

// voidCards makes the supervision cards of a person void whose right has ended:
// of these categories, and with a company only those of it.
func (s *Service) voidCards(ctx context.Context, tx pgx.Tx, of string, categories []string, company, why, ref string) error {
	list, err := s.Cards(ctx, tx, of)
	for i := range list {
		c := &list[i]
		if err != nil {
			break
		}
		if c.State != CardActive || c.Kind != Supervision || !slices.Contains(categories, c.Category) || company != "" && c.CompanyCode != company {
			continue
		}
		if err := c.Sound(); err != nil {
			return err
		}
		err = s.voidCard(ctx, tx, c, why, ref)
	}
	return err
}

// mergeCards gives a survivor what the loser has; of two in force of one kind and
// category the loser's is void.
func (s *Service) mergeCards(ctx context.Context, tx pgx.Tx, survivor, loser string) error {
	list, err := s.Cards(ctx, tx, loser)
	for i := range list {
		c := &list[i]
		if err != nil {
			break
		}
		if err := c.Sound(); err != nil {
			return err
		}
		var has bool
		if _, has, err = s.active(ctx, tx, survivor, c.Kind, c.Category); err != nil {
			return err
		}
		if c.Person = survivor; has && c.State == CardActive {
			c.State, c.VoidedOn, c.Why = CardVoid, s.today(), "档案合并，以保留档案的卡为准"
		}
		err = s.saveCard(ctx, tx, c)
	}
	return err
}

const (
	allCardsSQL = `SELECT id, person, kind, number, category, company, company_code, staff_no, issued_on, state, voided_on, why, ref, end_ref, version, created_at, changed_at, mac
		FROM practitioner_card`
	cardsSQL      = allCardsSQL + ` WHERE person = ` + survivor + ` ORDER BY state, created_at DESC, id DESC`
	insertCardSQL = `INSERT INTO practitioner_card (id, person, kind, number, category, company, company_code, staff_no, issued_on, state, ref, version, created_at, changed_at, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14)`
	updateCardSQL = `UPDATE practitioner_card SET person = $2, state = $3, voided_on = $4, why = $5, end_ref = $6, version = $7, changed_at = $8, mac = $9
		WHERE id = $1 AND version = $7 - 1`
)
