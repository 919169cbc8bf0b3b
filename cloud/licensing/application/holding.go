package application

import (
	"context"
	"slices"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/practitioner"
)

// Holding is what a matter can be about of a certificate.
type Holding struct {
	Licence string   `json:"licence"`
	Due     []string `json:"due" doc:"现在可以办理本事项的类别，收件时先选上"`
}

// Holdings are, at a window, the same as what an applicant's draft begins with.
// Faults: record.missing, those of Blank.
func (s *Service) Holdings(ctx context.Context, code, person string) ([]Holding, error) {
	d, err := s.Blank(ctx, code)
	if err != nil {
		return nil, err
	}
	list, err := s.People.Licences(ctx, s.DB, person)
	out := []Holding{}
	for _, l := range list {
		out = append(out, Holding{l.ID, s.due(l, d)})
	}
	return out, err
}

// shared are the categories of a certificate that a matter is for.
func shared(l practitioner.Licence, d matter.Definition) []string {
	out := []string{}
	for _, c := range l.Categories {
		if slices.Contains(d.Categories, c.Code) {
			out = append(out, c.Code)
		}
	}
	return out
}

// due are those that a matter is most likely about: of a renewal what can be renewed
// now, of a cancellation everything, of an added category the one that is missing, and
// of all else what has not ended. When there are none it is shared, and the checks say
// why not.
func (s *Service) due(l practitioner.Licence, d matter.Definition) []string {
	all, today := shared(l, d), s.today()
	not := func(c practitioner.Category) bool { return c.Over(today) }
	switch d.Action {
	case licensing.Cancel:
		return all
	case licensing.AddCategory:
		missing := slices.DeleteFunc(slices.Clone(d.Categories), func(code string) bool {
			c, there := l.Category(code)
			return there && !c.Lapsed(today)
		})
		if len(missing) != 1 || l.Type != d.Certificate { // theirs to say
			return []string{}
		}
		return missing
	case licensing.Renew:
		not = func(c practitioner.Category) bool {
			w := s.People.Window(c.ValidTo)
			return w == practitioner.TooEarly || w == practitioner.Lapsed
		}
	}
	now := slices.DeleteFunc(slices.Clone(all), func(code string) bool {
		c, _ := l.Category(code)
		return not(c)
	})
	if len(now) == 0 {
		return all
	}
	return now
}
