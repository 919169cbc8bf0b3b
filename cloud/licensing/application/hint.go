package application

import (
	"context"
	"fmt"
	"slices"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/clock"
	pexam "huyun.internal/protocol/exam"
)

// Hints are the prompts of chapter 13.5 that come of a person's file, for who
// begins an application: certificates that end or have ended, continuing education
// that a renewal will ask for, a grade B. They bar nothing; the checks do. What
// lists and revocations do is the verdict's. With a matter only what it is about is
// said. It checks no right. Faults: those of reading the file.
func (s *Service) Hints(ctx context.Context, q db.Q, person string, d *matter.Definition) ([]sanction.Prompt, error) {
	out := []sanction.Prompt{}
	list, err := s.People.Licences(ctx, q, person)
	if err != nil || d != nil && d.Action == licensing.Cancel {
		return out, err
	}
	h := hinter{s: s, q: q, person: person, matter: d}
	for i := range list {
		if l := &list[i]; l.State == practitioner.InForce || l.State == practitioner.Expired {
			more, err := h.licence(ctx, l)
			if err != nil {
				return out, err
			}
			out = append(out, more...)
		}
	}
	return slices.Compact(out), nil
}

// HintsFor are the hints at a window. Faults: record.missing, those of Blank.
func (s *Service) HintsFor(ctx context.Context, code, person string) ([]sanction.Prompt, error) {
	d, err := s.Blank(ctx, code)
	if err != nil {
		return nil, err
	}
	hints, err := s.Hints(ctx, s.DB, person, &d)
	if err != nil {
		return nil, err
	}
	return s.withBan(ctx, s.DB, person, d, hints)
}

// ofDraft are the hints of an application that its applicant can still change.
func (s *Service) ofDraft(ctx context.Context, q db.Q, c *Case, d matter.Definition) ([]sanction.Prompt, error) {
	if c.State != licensing.Draft && c.State != licensing.Returned && c.State != licensing.Correcting {
		return []sanction.Prompt{}, nil
	}
	if len(c.Categories) > 0 {
		d.Categories = c.Categories
	}
	hints, err := s.Hints(ctx, q, c.Person, &d)
	if err != nil {
		return nil, err
	}
	return s.withBan(ctx, q, c.Person, d, hints)
}

type hinter struct {
	s      *Service
	q      db.Q
	person string
	matter *matter.Definition // nil: whatever there is
}

func (h *hinter) action() licensing.Action {
	if h.matter == nil {
		return licensing.Renew
	}
	return h.matter.Action
}

func (h *hinter) licence(ctx context.Context, l *practitioner.Licence) (out []sanction.Prompt, err error) {
	for _, c := range l.Categories {
		if h.matter != nil && !slices.Contains(h.matter.Categories, c.Code) {
			continue
		}
		name := pexam.CategoryName(c.Code)
		end, held, what, act := c.ValidTo, true, practitioner.TypeName(l.Type)+"（"+name+"）", "换证"
		if end.IsZero() { // it holds by its registration
			r, found, err := h.s.People.Employer(ctx, h.q, h.person, c.Code)
			if err != nil {
				return nil, err
			}
			end, held, what = r.To, found, name+"从业资格注册"
			if l.Type != practitioner.RideHail {
				act = "延续注册"
			}
		}
		window := h.s.People.Window(end)
		if p, ok := h.ends(window, end, what, act); ok && held {
			out = append(out, p)
		}
		more, err := h.record(ctx, c.Code, name, window)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// ends is what a person is told of an end (chapters 1.5 and 13.5). What holds by a
// registration that is over is registered anew, not extended.
func (h *hinter) ends(w practitioner.Window, end clock.Date, what, act string) (sanction.Prompt, bool) {
	switch {
	case w == practitioner.Short:
		return sanction.Prompt{Color: sanction.Yellow, Text: fmt.Sprintf("请先完成%s。%s有效期至 %s，不足 30 日，到期后不得上岗。", act, what, end)}, true
	case w == practitioner.Late && act == "换证":
		return sanction.Prompt{Color: sanction.Orange, Text: fmt.Sprintf("请先完成换证。%s已于 %s 到期，已超期，不得上岗；最晚 %s 可以换证。", what, end, practitioner.LastRenewal(end))}, true
	case w == practitioner.Lapsed && act == "换证":
		return sanction.Prompt{Color: sanction.Orange, Text: fmt.Sprintf("%s已于 %s 到期，超过 180 日未换证，不得上岗，也不能再换证；请重新参加考试后申领。", what, end)}, true
	case w == practitioner.Late || w == practitioner.Lapsed:
		return sanction.Prompt{Color: sanction.Orange, Text: fmt.Sprintf("请先完成从业资格注册。%s已于 %s 期满，不得上岗。", what, end)}, true
	}
	return sanction.Prompt{}, false
}

// record is what continuing education and assessment will say, where a matter asks
// for them; without a matter where a renewal is due.
func (h *hinter) record(ctx context.Context, code, name string, w practitioner.Window) (out []sanction.Prompt, err error) {
	asks := func(check string, otherwise bool) bool {
		if h.matter == nil {
			return otherwise
		}
		return slices.Contains(h.matter.ChecksFor([]string{code}), check)
	}
	if asks("E12", w == practitioner.Open || w == practitioner.Short || w == practitioner.Late) {
		need, err := h.s.needed(ctx, h.q, h.action(), h.person, code)
		if err != nil {
			return nil, err
		}
		have, err := h.s.People.Hours(ctx, h.q, h.person, code, need.since)
		if err != nil {
			return nil, err
		}
		if have < need.hours {
			out = append(out, sanction.Prompt{
				Color: sanction.Yellow, Text: fmt.Sprintf("请先完成继续教育 %d 学时。%s%s已有 %d 学时，应有 %d 学时。", need.hours-have, name, need.span, have, need.hours),
			})
		}
	}
	if asks("E13", true) {
		a, ok, err := h.s.People.Integrity(ctx, h.q, h.person, code)
		if err != nil {
			return nil, err
		}
		if ok && a.Grade == "B" {
			out = append(out, sanction.Prompt{Color: sanction.Yellow, Text: "请先完成继续教育和整改。" + name + "最近一次诚信考核为 B 级。"})
		}
	}
	return out, nil
}
