package online

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/practitioner"
	pexam "huyun.internal/protocol/exam"
)

// Offers are the matters that a person can apply for online, in the catalogue's
// order; a company is told by it what it came for in vain.
func (s *Service) Offers(ctx context.Context) ([]Offer, error) {
	if _, _, err := account(ctx); err != nil {
		return nil, err
	}
	out := []Offer{}
	for _, d := range s.Matters.All() {
		if application.Online(d) {
			out = append(out, offer(d))
		}
	}
	return out, nil
}

func offer(d matter.Definition) Offer {
	days := d.PromisedDays
	if days == 0 {
		days = d.LegalDays
	}
	return Offer{
		Code: d.Code, ItemCode: d.ItemCode, Name: d.Name, Trade: d.Trade, TradeName: licensing.Name(matter.Trades(), d.Trade), Action: string(d.Action),
		Categories: d.Categories, Holds: string(d.Who.Holds), Days: days,
	}
}

// Introduce says what a matter asks of the caller, and what bars them now. Faults:
// licensing.matter.missing, licensing.case.open.channel, .effect.
func (s *Service) Introduce(ctx context.Context, code string) (Introduction, error) {
	actor, err := auth.Require(ctx, application.PermOwn)
	if err != nil {
		return Introduction{}, err
	}
	d, err := s.Cases.Offered(code)
	if err != nil {
		return Introduction{}, err
	}
	out := Introduction{Offer: offer(d), Definition: d, Enrol: application.EnrolMatter, Licences: []Held{}, Names: map[string]string{}}
	for _, m := range d.Materials {
		out.Names[m.Code] = licensing.Name(licensing.Materials(), m.Code)
	}
	for _, c := range d.Categories {
		out.Names[c] = pexam.CategoryName(c)
	}
	p, err := s.People.Get(ctx, s.DB, actor.ID)
	if err != nil {
		return out, err
	}
	list, err := s.People.Licences(ctx, s.DB, p.ID)
	if err != nil {
		return out, err
	}
	for _, l := range list {
		if h, ok := held(l, d); ok {
			out.Licences = append(out.Licences, h)
		}
	}
	if out.Untaken, err = s.Cases.Untaken(ctx, s.DB, d, p.ID, d.Categories); err != nil {
		return out, err
	}
	if out.Hints, err = s.Cases.Hints(ctx, s.DB, p.ID, &d); err != nil {
		return out, err
	}
	v, err := s.Sanctions.Judge(ctx, s.DB, p.Blind, d.Code, string(d.Action))
	if len(v.Hits) > 0 || len(v.Notices) > 0 {
		out.Verdict = &v
	}
	if err != nil {
		return out, err
	}
	ban, banned, err := s.Cases.Banned(ctx, s.DB, p.ID, d, d.Categories)
	switch {
	case v.Blocked:
		out.Why = v.Message
	case banned:
		out.Why = ban.Reason() + "；" + ban.Guide()
	case d.Who.Holds == matter.Must && len(out.Licences) == 0:
		out.Why = "名下没有可以办理本事项的有效证件；外省市核发的证件请先办理转籍，首次办理请选择“申领”"
	}
	return out, err
}

// held is a certificate in force that a matter can be about.
func held(l practitioner.Licence, d matter.Definition) (Held, bool) {
	h := Held{ID: l.ID, Type: l.Type, TypeName: licensing.Name(matter.Certificates(), l.Type), Number: l.Number, ValidTo: l.ValidTo}
	for _, c := range l.Categories {
		if slices.Contains(d.Categories, c.Code) {
			h.Categories, h.Names = append(h.Categories, c.Code), append(h.Names, pexam.CategoryName(c.Code))
		}
	}
	// a category is added to a certificate that does not have it
	fits := len(h.Categories) > 0 || d.Action == licensing.AddCategory && l.Type == d.Certificate
	return h, l.State == practitioner.InForce && fits
}

// Begin opens an application with what the account, the certificates and the
// driving licence say (M14), or answers the draft that lies there.
func (s *Service) Begin(ctx context.Context, in application.OwnDraft) (application.OwnPage, error) {
	_, u, err := account(ctx)
	if err != nil {
		return application.OwnPage{}, err
	}
	p, err := s.Cases.OwnOpen(ctx, u.Account, in, s.numbers(ctx))
	if err != nil {
		return p, err
	}
	return s.Cases.OwnLook(ctx, p, u.Account)
}

// numbers asks the reserve of the platform's numbers; empty: one of ours.
func (s *Service) numbers(ctx context.Context) func(tx pgx.Tx, item string) (string, error) {
	return func(tx pgx.Tx, item string) (string, error) {
		if s.Number == nil {
			return "", nil
		}
		return s.Number(ctx, tx, item)
	}
}
