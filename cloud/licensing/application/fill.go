package application

import (
	"context"
	"slices"
	"strings"

	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
)

// filledFor is everything that is known for the form of an applicant; a driving
// licence has its holder's number.
func (s *Service) filledFor(ctx context.Context, q db.Q, p practitioner.Person, idNo, mobile string, l practitioner.Licence, categories []string) (map[string]string, error) {
	driving, err := s.Facts(ctx, q, p.ID, categories)
	out := said(p, idNo, mobile, l, driving)
	if len(driving) > 0 {
		out["driving_no"] = idNo
	}
	return out, err
}

// said is what the centre and the card say of an applicant, by the keys of the
// form (M14). What a platform said is read-only.
func said(p practitioner.Person, idNo, mobile string, l practitioner.Licence, known map[string]Fact) map[string]string {
	out := map[string]string{"name": p.Name, "id_no": idNo, "sex": p.Sex, "birth": date(p.Birth), "nation": p.Nation, "mobile": mobile}
	if l.ID != "" {
		codes := make([]string, len(l.Categories))
		for i, c := range l.Categories {
			codes[i] = c.Code
		}
		number := l.Number
		if strings.Contains(number, "*") {
			number = idNo // most certificates have the holder's ID number, and show it masked
		}
		out["licence"], out["issued_on"], out["valid_until"], out["category"] = number, date(l.FirstIssue), date(l.ValidTo), strings.Join(codes, ",")
	}
	for k, f := range known {
		out[k] = f.Value
	}
	for k, v := range out {
		if v == "" {
			delete(out, k)
		}
	}
	return out
}

func date(d clock.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// fill puts what is known into the fields that have a source, and the chosen
// categories into theirs.
func fill(d matter.Definition, form, said map[string]string, categories []string) {
	for _, f := range d.Fields {
		switch {
		case f.Kind == matter.Category:
			form[f.Key] = strings.Join(categories, ",")
		case f.Source != "" && said[f.Key] != "":
			form[f.Key] = said[f.Key]
		}
	}
}

// gather adds the materials that nobody has to hand in: forms that are printed
// from what was filled in, and what our own records prove (chapter 2.2).
func (s *Service) gather(ctx context.Context, w *work) error {
	have, err := handed(ctx, w.tx, w.Case)
	if err != nil {
		return err
	}
	f, err := s.known(ctx, w)
	if err != nil {
		return err
	}
	var add []Material
	for _, m := range w.def.MaterialsFor(w.Categories, w.form) {
		if slices.ContainsFunc(have, func(h Material) bool { return h.Code == m.Code }) {
			continue
		}
		ok, err := s.proves(ctx, f, m)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		form := "data"
		if m.Source == "FORM" {
			form = "generated"
		}
		add = append(add, Material{Code: m.Code, Form: form, Name: ours, Source: string(m.Source), By: w.actor.ID})
	}
	return s.addMaterials(ctx, w.tx, &w.later, w.Case, add...)
}

// provedBy is the check that looks at the records which a material would prove;
// one without a check has to be handed in.
var provedBy = map[string]string{"M07": "E08", "M10": "E12", "M14": "E24"}

// assessed is the result of the integrity assessment, which is our own record.
const assessed = "M11"

// trained are the materials that the training system's records prove.
var trained = []string{"M13", "M24"}

// proves says whether our own records stand in for a material.
func (s *Service) proves(ctx context.Context, f *facts, m matter.Material) (bool, error) {
	switch m.Source {
	case "FORM":
		return true, nil
	case "PORTRAIT":
		return f.person.HasPhoto, nil
	}
	if m.Code == assessed { // what the grade is E13 weighs
		return true, nil
	}
	if slices.Contains(trained, m.Code) {
		return f.trained(ctx)
	}
	check := checkers[provedBy[m.Code]]
	if check == nil {
		return false, nil
	}
	a, err := check(ctx, f)
	return a.result == Pass, err
}

// trained says whether somebody passed a finished class of every category.
func (f *facts) trained(ctx context.Context) (bool, error) {
	if f.s.Trained == nil || len(f.Categories) == 0 {
		return false, nil
	}
	for _, c := range f.Categories {
		passed := false
		var err error
		for i := 0; err == nil && !passed && i < len(f.numbers); i++ {
			passed, err = f.s.Trained(ctx, f.tx, f.numbers[i], c)
		}
		if err != nil || !passed {
			return false, err
		}
	}
	return true, nil
}
