package cancel

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
	pexam "huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
)

// Parts are what the service is made of.
type Parts struct {
	DB      *db.DB
	Keys    *keys.Ring
	Audit   *audit.Log
	Clock   clock.Clock
	Log     *slog.Logger
	People  *practitioner.Service
	Letters *letter.Service
	// Open are the numbers of unfinished applications about certificates.
	Open func(ctx context.Context, q db.Q, licences []string) (map[string]string, error)
	// Tell tells a person, in the caller's transaction; nil: nobody does.
	Tell func(ctx context.Context, tx pgx.Tx, person, title, text string) error
}

// Service keeps the list.
type Service struct{ Parts }

// New makes the service.
func New(p Parts) *Service { return &Service{p} }

func (s *Service) now() time.Time    { return s.Clock.Now().UTC().Truncate(time.Microsecond) }
func (s *Service) today() clock.Date { return clock.DateOf(s.Clock.Now()) }

func (s *Service) sound(i *Item) error {
	if !s.Keys.CheckRowMAC(i.MAC, i.parts()...) {
		return errBroken.Withf("cancellation %s", i.ID)
	}
	return nil
}

// List finds certificates on the list: by a whole ID number, the beginning of a name
// or of a number.
func (s *Service) List(ctx context.Context, f Filter, page db.Page) (db.List[Item], error) {
	actor, err := auth.Require(ctx, PermList)
	if err != nil {
		return db.List[Item]{}, err
	}
	out, err := list(ctx, s.DB, s.Keys, f, page)
	for n := range out.Items {
		i := &out.Items[n]
		if err == nil {
			err = s.sound(i)
		}
		i.Can = i.can(actor.ID, actor.Can(PermPropose), actor.Can(PermApprove))
	}
	return out, err
}

// PersonOf is whose certificate a row is about. Fault: record.missing.
func (s *Service) PersonOf(ctx context.Context, q db.Q, id string) (string, error) {
	i, err := db.Row[Item](ctx, q, itemSQL, id)
	return i.Person, err
}

// act changes a row that nobody has changed meanwhile, and answers it.
func (s *Service) act(ctx context.Context, perm, what, id string, version int, do func(ctx context.Context, tx pgx.Tx, i *Item, actor auth.Actor) error) (Item, error) {
	actor, err := auth.Require(ctx, perm)
	if err != nil {
		return Item{}, err
	}
	var out Item
	return out, s.Audit.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		i, err := db.Row[Item](ctx, tx, lockSQL, id)
		if err == nil {
			err = s.sound(&i)
		}
		if err != nil {
			return err
		}
		if i.Version != version {
			return errStale
		}
		if err := do(ctx, tx, &i, actor); err != nil {
			return err
		}
		if err := s.save(ctx, tx, &i); err != nil {
			return err
		}
		if out, err = db.Row[Item](ctx, tx, itemSQL, id); err != nil {
			return err
		}
		out.Can = out.can(actor.ID, actor.Can(PermPropose), actor.Can(PermApprove))
		return s.Audit.Record(ctx, tx, "licensing.cancellation."+what, id, map[string]any{"number": out.Number, "licence": out.Licence, "state": out.State})
	})
}

func reason(text string) (string, error) {
	text = strings.TrimSpace(text)
	if n := len([]rune(text)); n < 2 || n > 300 {
		return "", errWhy
	}
	return text, nil
}

// Propose is the first person's half: cancel it. Faults: licensing.cancellation.state,
// .stale, .why, .gone, .case, .tampered, those of the certificate.
func (s *Service) Propose(ctx context.Context, id string, version int, why string) (Item, error) {
	return s.act(ctx, PermPropose, "propose", id, version, func(ctx context.Context, tx pgx.Tx, i *Item, actor auth.Actor) (err error) {
		if i.State != Listed && i.State != Kept {
			return errState
		}
		if i.Why, err = reason(why); err != nil {
			return err
		}
		if _, err := s.still(ctx, tx, i); err != nil {
			return err
		}
		i.by(actor, Proposed, s.now())
		return nil
	})
}

func (i *Item) by(actor auth.Actor, to State, at time.Time) {
	i.State, i.Proposer, i.ProposerBy, i.ProposedAt, i.Note = to, actor.ID, actor.Name, &at, ""
}

// Keep says why a certificate is not cancelled; it stays off the list until another
// cause comes. Faults: those of Propose.
func (s *Service) Keep(ctx context.Context, id string, version int, why string) (Item, error) {
	return s.act(ctx, PermPropose, "keep", id, version, func(_ context.Context, _ pgx.Tx, i *Item, actor auth.Actor) (err error) {
		if i.State != Listed {
			return errState
		}
		if i.Why, err = reason(why); err != nil {
			return err
		}
		i.by(actor, Kept, s.now())
		return nil
	})
}

// Return gives a proposal back with a reason. Faults: those of Approve.
func (s *Service) Return(ctx context.Context, id string, version int, why string) (Item, error) {
	return s.act(ctx, PermApprove, "return", id, version, func(_ context.Context, _ pgx.Tx, i *Item, actor auth.Actor) (err error) {
		if err := i.decidable(actor); err != nil {
			return err
		}
		i.Note, err = reason(why)
		i.State = Listed
		return err
	})
}

func (i *Item) decidable(actor auth.Actor) error {
	switch {
	case i.State != Proposed:
		return errState
	case i.Proposer == actor.ID:
		return errSelf
	}
	return nil
}

// Approve is the second person's half: the certificate is cancelled, with its
// registrations and cards, and the decision is issued. Faults:
// licensing.cancellation.self, those of Propose, those of the letter.
func (s *Service) Approve(ctx context.Context, id string, version int) (Item, error) {
	return s.act(ctx, PermApprove, "approve", id, version, func(ctx context.Context, tx pgx.Tx, i *Item, actor auth.Actor) error {
		if err := i.decidable(actor); err != nil {
			return err
		}
		causes, err := s.still(ctx, tx, i)
		if err != nil {
			return err
		}
		i.Causes = causes
		if err := s.end(ctx, tx, i); err != nil {
			return err
		}
		f := s.facts(i)
		f.Reason = words(causes, reasons, "；")
		l, err := s.Letters.Issue(ctx, tx, letter.Request{Case: i.ID, Kind: letter.Cancellation, Trade: i.trade(), At: s.Clock.Now(), Facts: f, By: actor.Username})
		if err != nil {
			return err
		}
		at := s.now()
		i.State, i.Decider, i.DeciderBy, i.DecidedAt, i.Letter, i.LetterNo = Cancelled, actor.ID, actor.Name, &at, l.ID, l.Number
		if s.Tell == nil {
			return nil
		}
		return s.Tell(ctx, tx, i.Person, "从业资格证件注销",
			"因"+words(causes, reasons, "；")+"，您的"+practitioner.TypeName(i.Type)+"已依法注销，注销决定书"+l.Number+"将送达您。如不服可依法申请行政复议或者提起行政诉讼。")
	})
}

// end cancels the certificate.
func (s *Service) end(ctx context.Context, tx pgx.Tx, i *Item) error {
	why := "依职权注销：" + words(i.Causes, causeNames, "；") + "（" + i.Number + "）"
	if slices.Contains(i.Causes, practitioner.EndRevoked) {
		return s.People.CancelRevoked(ctx, tx, i.Licence, why, i.ID)
	}
	return s.People.SetState(ctx, tx, i.Licence, practitioner.Cancelled, why, i.ID)
}

// still are the causes that hold now, of those that the row is about and any other.
// Of a certificate that an application is about nothing is decided beside it. Faults:
// licensing.cancellation.gone, .case.
func (s *Service) still(ctx context.Context, tx pgx.Tx, i *Item) ([]practitioner.EndCause, error) {
	l, err := s.People.Licence(ctx, tx, i.Licence)
	if err != nil {
		return nil, err
	}
	drives, err := s.drives(ctx, tx)
	if err != nil {
		return nil, err
	}
	causes, err := s.People.Ending(ctx, tx, &l, drives)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(causes, func(c practitioner.EndCause) bool { return slices.Contains(i.Causes, c) }) {
		return nil, errGone
	}
	open, err := s.Open(ctx, tx, []string{i.Licence})
	if err == nil && open[i.Licence] != "" {
		err = fault.Newf(fault.Precondition, "licensing.cancellation.case", "这本证件还有办件 %s 在办，请先办结", open[i.Licence])
	}
	return causes, err
}

// Deliver writes the receipt of the decision (D09). Nobody applied for it online, so
// it is not delivered electronically. Faults: licensing.cancellation.state, .stale,
// .restored, .electronic, .tampered, those of letter.Handover.Complete and of the letter.
func (s *Service) Deliver(ctx context.Context, id string, version int, h letter.Handover) (Item, error) {
	return s.act(ctx, PermPropose, "deliver", id, version, func(ctx context.Context, tx pgx.Tx, i *Item, actor auth.Actor) error {
		switch {
		case i.State != Cancelled || i.DeliveredAt != nil:
			return errState
		case i.Holds == practitioner.InForce:
			return errRestored
		case h.Mode == letter.Electronic:
			return errElectronic
		}
		h.Pickup = "" // there is nothing to be fetched
		if err := h.Complete(i.Name, clock.DateOf(*i.DecidedAt), s.today()); err != nil {
			return err
		}
		f := s.facts(i)
		f.Delivery = h.Record(i.Name, actor.Name)
		f.Delivery.Documents = []string{"注销决定书 " + i.LetterNo}
		if _, err := s.Letters.Issue(ctx, tx, letter.Request{Case: i.ID, Kind: letter.Delivered, Trade: i.trade(), At: s.Clock.Now(), Facts: f, By: actor.Username}); err != nil {
			return err
		}
		at := s.now()
		i.DeliveredAt = &at
		return nil
	})
}

// facts are what letters say of a row.
func (s *Service) facts(i *Item) letter.Facts {
	names := make([]string, len(i.Categories))
	for n, c := range i.Categories {
		names[n] = pexam.CategoryName(c)
	}
	return letter.Facts{
		Applicant: i.Name, IDType: "居民身份证", IDNoMask: i.IDNo, Matter: "依职权注销从业资格证件", ApplyNo: i.Number,
		CertName: practitioner.TypeName(i.Type), CertNo: i.Certificate, Categories: strings.Join(names, "、"),
	}
}

// trade is whose law a letter quotes.
func (i *Item) trade() string {
	switch {
	case i.Type == practitioner.Taxi:
		return "taxi"
	case i.Type == practitioner.RideHail:
		return "ridehail"
	case i.Type == practitioner.Bus:
		return "bus"
	case len(i.Categories) > 0 && !slices.ContainsFunc(i.Categories, func(c string) bool { return !strings.HasPrefix(c, "03") }):
		return "dangerous"
	}
	return "road"
}
