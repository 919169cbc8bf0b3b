package application

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Draft is an application as a window begins it.
type Draft struct {
	ID         string            `json:"event_id" minLength:"8" maxLength:"64" pattern:"^[0-9A-Za-z._-]+$" patternDescription:"字母、数字、点、横线或下划线" doc:"本次操作的唯一编号"`
	Matter     string            `json:"matter" maxLength:"8"`
	Name       string            `json:"name" minLength:"1" maxLength:"50"`
	IDNo       string            `json:"id_no" minLength:"15" maxLength:"18" text:"id"`
	Mobile     string            `json:"mobile,omitempty" maxLength:"20"`
	Residence  string            `json:"residence,omitempty" maxLength:"20"`
	Address    string            `json:"address,omitempty" maxLength:"100"`
	Licence    string            `json:"licence,omitempty" maxLength:"40" doc:"所办理的证件"`
	Categories []string          `json:"categories" maxItems:"10"`
	Form       map[string]string `json:"form,omitempty" text:"id"`
}

// Open begins an application at a window: the person's file is found or made, and
// the case lies there as a draft until it is submitted. Faults:
// licensing.matter.missing, licensing.case.open.channel, .effect, .licence, .category,
// .name, .reused, licensing.matter.form.long, those of the person's data.
func (s *Service) Open(ctx context.Context, in Draft) (Page, error) {
	actor, err := auth.Require(ctx, PermSubmit)
	if err != nil {
		return Page{}, err
	}
	d, err := s.offeredOn(in.Matter, licensing.Window)
	if err != nil {
		return Page{}, err
	}
	who, err := in.person()
	if err != nil {
		return Page{}, err
	}
	var out Page
	return out, s.Audit.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockOpeningSQL, actor.ID+"/"+in.ID); err != nil { // pressed twice, the second finds what the first opened
			return fmt.Errorf("lock opening: %w", err)
		}
		if id, again, err := db.Maybe[struct{ ID string }](ctx, tx, openedSQL, actor.ID, in.ID); err != nil || again {
			if err == nil {
				out, err = s.read(ctx, tx, actor, id.ID)
			}
			if err == nil && (out.Case.Matter != d.Code || out.Name != who.Name || out.IDNo != who.ID.Mask()) {
				return fault.Newf(fault.Conflict, "licensing.case.open.reused", "这个操作编号已用于办件 %s，没有再收取；请刷新页面后重新填写", out.ApplyNo)
			}
			return err
		}
		c, err := s.open(ctx, tx, actor, d, in, who)
		if err == nil {
			out, err = s.page(ctx, tx, actor, c)
		}
		return err
	})
}

// Blank is what a matter asks for today. Fault: licensing.matter.missing.
func (s *Service) Blank(ctx context.Context, code string) (matter.Definition, error) {
	if _, err := auth.Require(ctx, PermSubmit); err != nil {
		return matter.Definition{}, err
	}
	return s.offeredOn(code, licensing.Window)
}

// offeredOn is a matter that a channel takes. One whose decision nobody can carry
// out on the person's file yet is refused: it would be granted in words only.
// Faults: licensing.matter.missing, licensing.case.open.channel, .effect.
func (s *Service) offeredOn(code string, ch licensing.Channel) (matter.Definition, error) {
	d, err := s.Matters.Current(code)
	if err != nil {
		return d, err
	}
	if !d.Takes(ch) {
		return d, fault.Newf(fault.Precondition, "licensing.case.open.channel", "“%s”不能通过“%s”办理，请改用其他渠道", d.Name, licensing.Name(licensing.Channels(), string(ch)))
	}
	if !effective(d) {
		return d, fault.Newf(fault.Precondition, "licensing.case.open.effect", "“%s”的办理结果还不能在系统中登记，暂按原渠道办理", d.Name)
	}
	return d, nil
}

// effective says whether the decision of a matter can be carried out.
func effective(d matter.Definition) bool {
	_, issues := acts[d.Action]
	_, marks := services()[d.Action]
	return issues || marks || d.Action == licensing.Cancel
}

func (s *Service) read(ctx context.Context, q db.Q, actor auth.Actor, id string) (Page, error) {
	c, err := db.Row[Case](ctx, q, caseSQL, id)
	if err != nil {
		return Page{}, err
	}
	return s.page(ctx, q, actor, c)
}

func (in Draft) person() (out practitioner.Basic, err error) {
	if out.ID, err = person.ParseID(in.IDNo); err != nil {
		return out, err
	}
	name, err := person.ParseName(in.Name)
	if err != nil {
		return out, err
	}
	if in.Mobile != "" {
		if out.Mobile, err = person.ParseMobile(in.Mobile); err != nil {
			return out, err
		}
	}
	out.Name, out.Residence, out.Address = string(name), in.Residence, in.Address
	return out, nil
}

func (s *Service) open(ctx context.Context, tx pgx.Tx, actor auth.Actor, d matter.Definition, in Draft, who practitioner.Basic) (Case, error) {
	if err := offers(d, in.Categories); err != nil {
		return Case{}, err
	}
	p, err := s.People.Ensure(ctx, tx, who)
	if err != nil {
		return Case{}, err
	}
	if p.Name != who.Name { // the clerk has the card at hand, and sees the file's name on the case
		return Case{}, fault.Newf(fault.Conflict, "licensing.case.open.name",
			"档案中该身份证号的姓名为“%s”，与填写的不同，没有收取：请核对身份证件，填错的请改正；档案有误的，请先由档案管理人员更正档案；本人已改名的，请先按档案姓名办理变更登记", p.Name)
	}
	no, err := s.applyNo(ctx, tx, d)
	if err != nil {
		return Case{}, err
	}
	l, err := s.mine(ctx, tx, p.ID, in.Licence)
	if err != nil {
		return Case{}, err
	}
	form := maps.Clone(in.Form)
	if form == nil {
		form = map[string]string{}
	}
	facts, err := s.filledFor(ctx, tx, p, in.IDNo, in.Mobile, l, in.Categories)
	if err != nil {
		return Case{}, err
	}
	fill(d, form, facts, in.Categories)
	c := Case{ApplyNo: no, Channel: licensing.Window, Licence: in.Licence, Categories: in.Categories}
	return s.begin(ctx, tx, actor, d, p, c, form, in.ID)
}

// begin writes a new draft: the case, its form and the first line of its course.
func (s *Service) begin(
	ctx context.Context, tx pgx.Tx, actor auth.Actor, d matter.Definition, p practitioner.Person, c Case, form map[string]string, event string,
) (Case, error) {
	if c.ID == "" {
		c.ID = uuid.Must(uuid.NewV7()).String()
	}
	c.Matter, c.Version, c.Title, c.Action, c.Trade = d.Code, d.Version, d.Name, d.Action, d.Trade
	c.Person, c.Name, c.IDNo, c.State, c.Revision = p.ID, p.Name, p.IDNo, licensing.Draft, 1
	c.CreatedBy, c.CreatedAt = actor.ID, s.now()
	c.ChangedAt = c.CreatedAt
	if err := s.fillIn(&c, d, form); err != nil {
		return c, err
	}
	if err := s.insert(ctx, tx, &c); err != nil {
		return c, err
	}
	h := Happening{ID: event, Event: licensing.Save, From: licensing.Draft, To: licensing.Draft, At: c.CreatedAt, ByID: actor.ID, By: actor.Name}
	var b db.Batch
	s.happen(&b, &c, nil, h)
	if err := b.Send(ctx, tx); err != nil {
		return c, err
	}
	c, err := db.Row[Case](ctx, tx, caseSQL, c.ID)
	if err != nil {
		return c, err
	}
	return c, s.Audit.Record(ctx, tx, "licensing.case.open", c.ID, map[string]any{"apply_no": c.ApplyNo, "matter": d.Code, "person": p.ID})
}

// mine is the certificate that a case is about; one that is not this person's is
// refused.
func (s *Service) mine(ctx context.Context, q db.Q, who, licence string) (practitioner.Licence, error) {
	if licence == "" {
		return practitioner.Licence{}, nil
	}
	list, err := s.People.Licences(ctx, q, who)
	if err != nil {
		return practitioner.Licence{}, err
	}
	i := slices.IndexFunc(list, func(l practitioner.Licence) bool { return l.ID == licence })
	if i < 0 {
		return practitioner.Licence{}, fault.New(fault.Invalid, "licensing.case.open.licence", "所选证件不是该人员的，请重新选择")
	}
	return list[i], nil
}

// oursFrom is the first of the serial numbers that the city leaves to us; those
// below are given out by 一网通办 (cloud/external/onestop/README.md).
const oursFrom = 5_000_000

// applyNo is the city's number of a case: six digits of the item, two of the
// year, seven running (chapter 6.1).
func (s *Service) applyNo(ctx context.Context, tx pgx.Tx, d matter.Definition) (string, error) {
	head := fmt.Sprintf("%.6s%02d", d.ItemCode, s.today().Year%100)
	n, err := number(ctx, tx, "apply-"+head)
	if err != nil {
		return "", err
	}
	if oursFrom+n > 9_999_999 {
		return "", fault.New(fault.Unavailable, "licensing.case.open.numbers", "本年度的统一审批编码已用完，请联系系统管理员")
	}
	return fmt.Sprintf("%s%07d", head, oursFrom+n), nil
}

// Edit changes the form of a draft or of one that came back. Faults: missing,
// licensing.case.state, .stale.
func (s *Service) Edit(ctx context.Context, id string, in Edited) (Page, error) {
	actor, err := auth.Require(ctx, PermSubmit)
	if err != nil {
		return Page{}, err
	}
	var out Page
	return out, s.Audit.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		c, err := s.lock(ctx, tx, id)
		if err != nil {
			return err
		}
		if err = once(ctx, tx, &c, in.ID, licensing.Save, func() error { return s.edit(ctx, tx, &c, actor, in, masked) }); err == nil {
			out, err = s.page(ctx, tx, actor, c)
		}
		return err
	})
}

// edit writes a changed form. What is shown masked comes back masked when nobody
// changed it: shown says how it was shown.
func (s *Service) edit(ctx context.Context, tx pgx.Tx, c *Case, actor auth.Actor, in Edited, shown func(matter.Definition, map[string]string) map[string]string) error {
	d, err := s.Matters.At(c.Matter, c.Version)
	if err != nil {
		return err
	}
	form, err := s.form(c)
	if err != nil {
		return err
	}
	seen := shown(d, form)
	for k, v := range in.Form {
		if v != seen[k] {
			form[k] = v
		}
	}
	if err := offers(d, in.Categories); err != nil {
		return err
	}
	c.Categories = in.Categories
	if err := s.fillIn(c, d, form); err != nil {
		return err
	}
	return s.happens(ctx, tx, c, licensing.Save, Order{ID: in.ID, Version: in.Version}, actor)
}

// fillIn seals a form as it is kept. Fault: licensing.matter.form.long.
func (s *Service) fillIn(c *Case, d matter.Definition, form map[string]string) error {
	kept, err := d.Clean(form, matter.Entry{Channel: c.Channel, Categories: c.Categories})
	if err != nil {
		return err
	}
	return s.seal(c, kept)
}

// offers refuses categories that a matter is not for. Fault:
// licensing.case.open.category.
func offers(d matter.Definition, categories []string) error {
	for i, code := range categories {
		if !slices.Contains(d.Categories, code) || slices.Index(categories, code) < i {
			return fault.New(fault.Invalid, "licensing.case.open.category", "所选类别不在本事项范围内或选了两次，请重新选择")
		}
	}
	return nil
}

// Edited is a changed form.
type Edited struct {
	ID         string            `json:"event_id" minLength:"8" maxLength:"64" pattern:"^[0-9A-Za-z._-]+$" patternDescription:"字母、数字、点、横线或下划线"`
	Version    int               `json:"version" minimum:"1"`
	Categories []string          `json:"categories" maxItems:"10"`
	Form       map[string]string `json:"form" text:"id"`
}

// masked is a form as it is shown.
func masked(d matter.Definition, form map[string]string) map[string]string {
	out := maps.Clone(form)
	for _, f := range d.Fields {
		v := out[f.Key]
		if v == "" {
			continue
		}
		switch f.Kind {
		case matter.IDNo, matter.Phone:
			out[f.Key] = person.MaskNumber(v)
		case matter.Licence: // mostly the holder's ID number
			out[f.Key] = person.MaskLicence(v)
		case matter.Address:
			out[f.Key] = person.MaskAddress(v)
		}
	}
	return out
}
