package online

import (
	"context"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/clock"
	pexam "huyun.internal/protocol/exam"
)

// Mine is what the centre holds of a caller, and what they should know of it.
type Mine struct {
	Licences []Own             `json:"licences" doc:"有效的在前"`
	Hints    []sanction.Prompt `json:"hints" doc:"吊销和解除，证件临期、超期，继续教育、诚信考核"`
}

// Own is a certificate of the caller, whatever its state.
type Own struct {
	Held

	State     string `json:"state"`
	StateName string `json:"state_name"`
	InForce   bool   `json:"in_force"`
}

// Mine are the caller's certificates with the prompts of chapter 13.5. One that was
// replaced or moved away is not shown.
func (s *Service) Mine(ctx context.Context) (Mine, error) {
	out := Mine{Licences: []Own{}, Hints: []sanction.Prompt{}}
	actor, err := auth.Require(ctx, application.PermOwn)
	if err != nil {
		return out, err
	}
	p, err := s.People.Get(ctx, s.DB, actor.ID)
	if err != nil {
		return out, err
	}
	list, err := s.People.LicencesOf(ctx, s.DB, p)
	if err != nil {
		return out, err
	}
	for _, l := range list {
		if l.State == practitioner.Replaced || l.State == practitioner.Transferred {
			continue
		}
		if past := !l.ValidTo.IsZero() && l.ValidTo.Before(clock.DateOf(s.Clock.Now())); past && l.State == practitioner.InForce {
			l.State = practitioner.Expired // before the night's work has written it down
		}
		h := Held{ID: l.ID, Type: l.Type, TypeName: licensing.Name(matter.Certificates(), l.Type), Number: l.Number, ValidTo: l.ValidTo, Categories: []string{}, Names: []string{}}
		for _, c := range l.Categories {
			h.Categories, h.Names = append(h.Categories, c.Code), append(h.Names, pexam.CategoryName(c.Code))
		}
		out.Licences = append(out.Licences, Own{Held: h, State: string(l.State), StateName: practitioner.StateName(l.State), InForce: l.State == practitioner.InForce})
	}
	if out.Hints, err = s.Sanctions.Told(ctx, s.DB, p.Blind); err != nil {
		return out, err
	}
	more, err := s.Cases.Hints(ctx, s.DB, p.ID, nil)
	out.Hints = append(out.Hints, more...)
	return out, err
}
