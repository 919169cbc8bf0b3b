package application

import (
	"context"
	"maps"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
)

// Brought is what an appointment carries into an application (M15).
type Brought struct {
	Form  map[string]string
	Files []BroughtFile
}

// BroughtFile is a material that was handed in with an appointment.
type BroughtFile struct {
	Code, Name string
	Data       []byte
}

// carry writes what an appointment brought into a draft: what the matter asks for
// and no platform has said.
func (s *Service) carry(ctx context.Context, tx pgx.Tx, actor auth.Actor, c *Case, d matter.Definition, event string, bring func(tx pgx.Tx, caseID string) (Brought, error)) error {
	b, err := bring(tx, c.ID)
	if err != nil {
		return err
	}
	known, err := s.saidOf(c)
	if err != nil {
		return err
	}
	maps.DeleteFunc(b.Form, func(k, _ string) bool { _, said := known[k]; return said })
	if len(b.Form) > 0 {
		e := Edited{ID: event + "+carried", Version: c.Revision, Categories: c.Categories, Form: b.Form}
		if err := s.edit(ctx, tx, c, actor, e, ownValues); err != nil {
			return err
		}
	}
	for _, f := range b.Files {
		m, err := scanned(f.Code, f.Name, f.Data, "APPOINTMENT", actor.ID)
		if err != nil || s.wanted(c, m) != nil {
			continue // what this matter does not take stays with the appointment
		}
		if err := s.attach(ctx, tx, c, m, f.Data); err != nil {
			return err
		}
	}
	return nil
}
