package application

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// What an applicant may do online (M11–M19): everything about their own
// applications, and nothing about anybody else's.
const (
	// PermOwn is what an applicant's session carries.
	PermOwn = "licensing.own"
	// KindApplicant is the kind of an actor that is a citizen; their ID is that of
	// their file.
	KindApplicant = "applicant"
)

// Account is what 一网通办 says of somebody who has signed on.
type Account struct {
	Name, IDNo, Mobile, Sex, Birth, Nation, Residence, Address string

	Photo []byte // JPEG or PNG; none: empty
}

// OwnDraft begins an application online.
type OwnDraft struct {
	ID         string   `json:"event_id" minLength:"8" maxLength:"64" pattern:"^[0-9A-Za-z._-]+$" patternDescription:"字母、数字、点、横线或下划线" doc:"本次操作的唯一编号"`
	Matter     string   `json:"matter" maxLength:"8"`
	Licence    string   `json:"licence,omitempty" maxLength:"40" doc:"所办理的证件"`
	Categories []string `json:"categories,omitempty" maxItems:"10" doc:"空：证件上本事项可办的全部类别"`
}

// said of a field: what, by whom, when.
type sourced struct {
	Value  string        `json:"value"`
	Source matter.Source `json:"source"`
	On     clock.Date    `json:"on"`
}

type sayings map[string]sourced

func (k sayings) values() map[string]string {
	out := make(map[string]string, len(k))
	for key, v := range k {
		out[key] = v.Value
	}
	return out
}

const placeKnown = "licensing_case.known"

func (s *Service) saidOf(c *Case) (sayings, error) {
	if len(c.Known) == 0 {
		return nil, nil //nolint:nilnil // a case of a window: nothing was said
	}
	plain, err := s.keys.OpenAt([]string{placeKnown, c.ID}, c.Known)
	if err != nil {
		return nil, err
	}
	var out sayings
	if err := json.Unmarshal(plain, &out); err != nil {
		return nil, fmt.Errorf("read what platforms said: %w", err)
	}
	return out, nil
}

// prefill asks the account, the certificates and the driving licence for what the
// form wants (M14), keeps who said what, and writes it into the form.
func (s *Service) prefill(ctx context.Context, q db.Q, c *Case, d matter.Definition, p practitioner.Person, a Account, l practitioner.Licence, form map[string]string) error {
	categories := c.Categories
	if len(categories) == 0 { // not chosen yet
		categories = d.Categories
	}
	facts, err := s.filledFor(ctx, q, p, a.IDNo, a.Mobile, l, categories)
	if err != nil {
		return err
	}
	facts["name"], facts["residence"] = a.Name, a.Residence
	for key, v := range map[string]string{"nation": a.Nation, "sex": a.Sex, "birth": a.Birth} {
		if facts[key] == "" {
			facts[key] = v
		}
	}
	known := sayings{}
	for _, f := range d.FieldsFor(c.Categories, c.Channel) {
		v := facts[f.Key]
		if f.Kind == matter.Category {
			form[f.Key] = strings.Join(c.Categories, ",")
		}
		if f.Source == "" || f.Kind == matter.Category || v == "" || !f.Fits(v) {
			continue // what a platform says in another form is asked for
		}
		known[f.Key], form[f.Key] = sourced{v, f.Source, s.today()}, v
	}
	if form["address"] == "" {
		form["address"] = a.Address
	}
	plain, err := json.Marshal(known)
	if err != nil {
		return fmt.Errorf("write what platforms said: %w", err)
	}
	c.Known, err = s.keys.SealAt([]string{placeKnown, c.ID}, plain)
	return err
}

// own reads and locks a case of the caller; somebody else's is as good as none.
func (s *Service) own(ctx context.Context, tx pgx.Tx, id string) (Case, auth.Actor, error) {
	actor, err := auth.Require(ctx, PermOwn)
	if err != nil {
		return Case{}, actor, err
	}
	c, err := s.lock(ctx, tx, id)
	if err != nil {
		return c, actor, err
	}
	mine, err := s.belongs(ctx, tx, c.Person, actor.ID)
	if err == nil && (!mine || c.Channel != licensing.Online && c.State == licensing.Draft) {
		err = db.Missing()
	}
	return c, actor, err
}

// handedIn refuses that an applicant changes online what was handed in at a window
// or by their company: papers were seen there, and somebody else signed. Fault:
// licensing.case.outside.
func (c *Case) handedIn() error {
	if c.Channel == licensing.Online {
		return nil
	}
	return fault.Newf(fault.Precondition, "licensing.case.outside", "本办件由“%s”提交，请到提交的地方修改和补正；网上只能查看和撤回", licensing.Name(licensing.Channels(), string(c.Channel)))
}

// belongs compares two files through merges.
func (s *Service) belongs(ctx context.Context, q db.Q, a, b string) (bool, error) {
	if a == b {
		return true, nil
	}
	one, err := s.People.Get(ctx, q, a)
	if err != nil {
		return false, err
	}
	other, err := s.People.Get(ctx, q, b)
	return one.ID == other.ID, err
}

// OwnOpen begins an application, or answers the draft of the same matter and
// certificate that lies there already. number is the platform's for a new one;
// empty: one of ours. Faults: licensing.matter.missing, licensing.case.open.channel,
// .effect, .licence, .category.
func (s *Service) OwnOpen(ctx context.Context, a Account, in OwnDraft, number func(tx pgx.Tx, item string) (string, error)) (OwnPage, error) {
	return s.OwnCarry(ctx, a, in, number, nil)
}

// OwnCarry is OwnOpen with what an appointment brings: bring is asked in the
// transaction that opens the draft, and may end it.
func (s *Service) OwnCarry(
	ctx context.Context, a Account, in OwnDraft, number func(tx pgx.Tx, item string) (string, error), bring func(tx pgx.Tx, caseID string) (Brought, error),
) (OwnPage, error) {
	actor, err := auth.Require(ctx, PermOwn)
	if err != nil {
		return OwnPage{}, err
	}
	d, err := s.offeredOn(in.Matter, licensing.Online)
	if err != nil {
		return OwnPage{}, err
	}
	var out OwnPage
	return out, s.Audit.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockPersonSQL, actor.ID); err != nil {
			return fmt.Errorf("lock person: %w", err)
		}
		c, found, err := db.Maybe[Case](ctx, tx, ownDraftSQL, actor.ID, d.Code, in.Licence)
		if err == nil && !found {
			c, err = s.ownOpen(ctx, tx, actor, d, a, in, number)
		} else if err == nil && bring != nil { // it is written to: another window may save it
			c, err = s.lock(ctx, tx, c.ID)
		}
		if err == nil && bring != nil {
			err = s.carry(ctx, tx, actor, &c, d, in.ID, bring)
		}
		if err == nil {
			out, err = s.ownPage(ctx, tx, c)
		}
		return err
	})
}

func (s *Service) ownOpen(ctx context.Context, tx pgx.Tx, actor auth.Actor, d matter.Definition, a Account, in OwnDraft, number func(pgx.Tx, string) (string, error)) (Case, error) {
	p, err := s.People.Get(ctx, tx, actor.ID)
	if err == nil {
		err = s.seldom(ctx, tx, p.ID)
	}
	if err != nil {
		return Case{}, err
	}
	l, err := s.mine(ctx, tx, p.ID, in.Licence)
	if err == nil && d.Who.Holds == matter.Must && l.ID == "" {
		err = fault.New(fault.Invalid, "licensing.case.open.licence", "请选择要办理的证件")
	}
	if err != nil {
		return Case{}, err
	}
	c := Case{ID: uuid.Must(uuid.NewV7()).String(), Channel: licensing.Online, Licence: in.Licence, Categories: in.Categories}
	if len(c.Categories) == 0 {
		c.Categories = s.due(l, d)
	}
	if err := offers(d, c.Categories); err != nil {
		return c, err
	}
	if c.ApplyNo, err = number(tx, d.ItemCode); err == nil && c.ApplyNo == "" {
		c.ApplyNo, err = s.applyNo(ctx, tx, d)
	}
	form := map[string]string{}
	if err == nil {
		err = s.prefill(ctx, tx, &c, d, p, a, l, form)
	}
	if err == nil {
		c, err = s.begin(ctx, tx, actor, d, p, c, form, in.ID)
	}
	if err != nil || len(a.Photo) == 0 || !slices.ContainsFunc(d.MaterialsFor(c.Categories, form), func(m matter.Material) bool { return m.Code == "M05" }) {
		return c, err
	}
	m, err := scanned("M05", "随申办照片.jpg", a.Photo, "PLATFORM", actor.ID)
	if err != nil {
		return c, nil //nolint:nilerr // no usable photograph: the applicant is asked for one
	}
	return c, s.attach(ctx, tx, &c, m, a.Photo)
}

const begunSQL = `SELECT count(*) FROM licensing_case WHERE person = $1 AND channel = 'O' AND created_at > $2`

// beginMost is how many applications somebody begins online in a day, those that
// they gave up counted: each takes a number of the platform's and asks a register.
const beginMost = 30

// seldom refuses one more. Fault: licensing.case.open.often.
func (s *Service) seldom(ctx context.Context, q db.Q, of string) error {
	n, err := db.Value[int](ctx, q, begunSQL, of, s.now().Add(-24*time.Hour))
	if err != nil || n < beginMost {
		return err
	}
	return fault.Newf(fault.TooMany, "licensing.case.open.often", "一天内已开始 %d 次申请，请明天再试；暂存的申请可以继续填写", n)
}

// OwnSave keeps a form as far as it is filled in (M13). Faults: missing,
// licensing.case.state, .stale.
func (s *Service) OwnSave(ctx context.Context, id string, in Edited) (OwnPage, error) {
	return s.ownDo(ctx, id, in.ID, licensing.Save, func(ctx context.Context, tx pgx.Tx, c *Case, actor auth.Actor) error {
		known, err := s.saidOf(c)
		if err != nil {
			return err
		}
		in.Form = maps.Clone(in.Form)
		for k := range known { // what a platform said stands
			delete(in.Form, k)
		}
		return s.edit(ctx, tx, c, actor, in, ownValues)
	})
}

// OwnDo submits, supplements or withdraws. A repeated event answers what the first
// did. Faults: missing, licensing.case.state, .stale, those of the event.
func (s *Service) OwnDo(ctx context.Context, id string, e licensing.Event, o Order) (OwnPage, error) {
	if e == licensing.Withdraw && strings.TrimSpace(o.Text) == "" {
		o.Text = "申请人撤回申请"
	}
	return s.ownDo(ctx, id, o.ID, e, func(ctx context.Context, tx pgx.Tx, c *Case, actor auth.Actor) error {
		return s.happens(ctx, tx, c, e, Order{ID: o.ID, Version: o.Version, Text: o.Text}, actor)
	})
}

func (s *Service) ownDo(ctx context.Context, id, event string, e licensing.Event, do func(ctx context.Context, tx pgx.Tx, c *Case, actor auth.Actor) error) (OwnPage, error) {
	var out OwnPage
	return out, s.Audit.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		c, actor, err := s.own(ctx, tx, id)
		if err == nil && !anywhere(e) {
			err = c.handedIn()
		}
		if err != nil {
			return err
		}
		if err = once(ctx, tx, &c, event, e, func() error { return do(ctx, tx, &c, actor) }); err == nil {
			out, err = s.ownPage(ctx, tx, c)
		}
		return err
	})
}

// OwnAttach hands in a file, or without one promises to bring the paper. Faults:
// as Attach.
func (s *Service) OwnAttach(ctx context.Context, id, code, name string, data []byte) (OwnPage, error) {
	var out OwnPage
	return out, s.Audit.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		c, actor, err := s.own(ctx, tx, id)
		if err == nil {
			err = c.handedIn()
		}
		if err != nil {
			return err
		}
		m := Material{Code: code, Form: pledge, Name: "承诺领取新证时交回原件", Source: "APPLICANT", By: actor.ID}
		if len(data) > 0 {
			if m, err = scanned(code, name, data, "APPLICANT", actor.ID); err != nil {
				return err
			}
		}
		if err = s.attach(ctx, tx, &c, m, data); err == nil {
			out, err = s.ownPage(ctx, tx, c)
		}
		return err
	})
}

// ownSeen is a form as its holder sees it online. At a window others may have typed,
// and of others: everything is masked there.
func ownSeen(c *Case, d matter.Definition, form map[string]string) map[string]string {
	if c.Channel != licensing.Online {
		return masked(d, form)
	}
	return ownValues(d, form)
}

// ownValues is a form as its applicant sees it: whole where they typed it, masked
// where it is a number or a platform's.
func ownValues(d matter.Definition, form map[string]string) map[string]string {
	out := masked(d, form)
	for _, f := range d.Fields {
		if f.Source == "" && (f.Kind == matter.Phone || f.Kind == matter.Address) && form[f.Key] != "" {
			out[f.Key] = form[f.Key]
		}
	}
	return out
}

// Online says whether a matter can be applied for through 一网通办, and its decision
// carried out.
func Online(d matter.Definition) bool { return d.Takes(licensing.Online) && effective(d) }

// Offered is a matter that can be applied for online. Faults:
// licensing.matter.missing, licensing.case.open.channel, .effect.
func (s *Service) Offered(code string) (matter.Definition, error) {
	return s.offeredOn(code, licensing.Online)
}
