package letter

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/sm"
)

// Filter narrows the letters; empty fields do not.
type Filter struct {
	Kind  string
	Year  int
	Trade string
	State State
	Case  string
}

func masked(l Letter) Letter {
	l.Applicant = person.MaskName(l.Applicant)
	return l
}

// List finds letters; names are masked. Fault: licensing.letter.tampered.
func (s *Service) List(ctx context.Context, f Filter, page db.Page) (db.List[Letter], error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return db.List[Letter]{}, err
	}
	out, err := list(ctx, s.db, f, page)
	for i := range out.Items {
		if err := s.trust(&out.Items[i]); err != nil {
			return db.List[Letter]{}, err
		}
		out.Items[i] = masked(out.Items[i])
	}
	return out, err
}

// Show is a letter with its signature. Fault: licensing.letter.tampered.
func (s *Service) Show(ctx context.Context, id string) (Shown, error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return Shown{}, err
	}
	l, err := s.Get(ctx, s.db, id)
	if err == nil {
		err = s.ensure(ctx, s.db, &l)
	}
	if err != nil {
		return Shown{}, err
	}
	one := []Letter{l}
	if err := s.delivered(ctx, s.db, one); err != nil {
		return Shown{}, err
	}
	return s.shown(one[0]), nil
}

// Print is the PDF of a letter under its name, as it was issued; who printed it
// is recorded. Fault: licensing.letter.tampered.
func (s *Service) Print(ctx context.Context, id string) (name string, pdf []byte, err error) {
	if _, err := auth.Require(ctx, PermPrint); err != nil {
		return "", nil, err
	}
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		l, err := s.Get(ctx, tx, id)
		if err != nil {
			return err
		}
		if pdf, err = s.File(ctx, tx, &l); err != nil {
			return err
		}
		if err := sm.Verify(s.keys.Cloud().Public(), pdf, l.Signature); err != nil {
			return errTampered.With(fmt.Errorf("signature of letter %s: %w", l.ID, err))
		}
		name = l.KindName + " " + l.title() + ".pdf"
		return s.audit.Record(ctx, tx, PermPrint, id, map[string]any{"number": l.Number})
	})
	return name, pdf, err
}

// VoidOne voids a letter on behalf of a person. One that was left for later is printed
// with it: what is declared void is there to be looked at, unless nobody can print it
// any more. Faults: those of Void and of PrintLater, but for licensing.letter.version.
func (s *Service) VoidOne(ctx context.Context, id, why string) (Shown, error) {
	if _, err := auth.Require(ctx, PermVoid); err != nil {
		return Shown{}, err
	}
	var l Letter
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		if err := s.Void(ctx, tx, id, why); err != nil {
			return err
		}
		var err error
		if l, err = s.Get(ctx, tx, id); err != nil {
			return err
		}
		if err := s.ensure(ctx, tx, &l); err != nil && !fault.Is(err, codeVersion) {
			return err
		}
		if s.Voided != nil {
			if err := s.Voided(ctx, tx, l); err != nil {
				return err
			}
		}
		return s.audit.Record(ctx, tx, PermVoid, id, map[string]any{"number": l.Number, "why": why})
	})
	if err != nil {
		return Shown{}, err
	}
	return s.shown(l), nil
}

// PrintForm is an application form as a file; that one was printed is recorded,
// what stood in it is not. Faults: those of Form.
func (s *Service) PrintForm(ctx context.Context, code string, values map[string]string, photo []byte, blank bool) (web.File, error) {
	if _, err := auth.Require(ctx, PermForm); err != nil {
		return web.File{}, err
	}
	pdf, err := s.Form(code, values, photo, blank)
	if err != nil {
		return web.File{}, err
	}
	return web.File{Name: s.forms[code].Title + ".pdf", Data: pdf}, s.audit.RecordNow(ctx, PermForm, code, map[string]any{"blank": blank})
}
