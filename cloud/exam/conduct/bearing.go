package conduct

import (
	"context"
	"slices"

	"huyun.internal/cloud/platform/db"
)

// Bearing is what conduct and identity mean for one candidate's result.
type Bearing struct {
	Code        string      // of the gravest irregularity; "" with None
	Consequence Consequence // None when there is nothing
	Identity    Identity
}

// Bearings are those of a sitting by candidate, and how many irregularities
// nobody has ruled on yet; for them the usual consequence counts.
func (s *Service) Bearings(ctx context.Context, q db.Q, id string) (map[string]Bearing, int, error) {
	list, err := s.all(ctx, q, id)
	if err != nil {
		return nil, 0, err
	}
	out, unruled := map[string]Bearing{}, 0
	for _, in := range list {
		what := in.Usual
		if in.Ruling != nil {
			what = in.Ruling.Consequence
		} else {
			unruled++
		}
		b := out[in.Candidate]
		if what != None && Severe(what, b.gravest()) > 0 {
			b.Code, b.Consequence = in.Code, what
			out[in.Candidate] = b
		}
	}
	said, err := db.All[identified](ctx, q, identitySQL, id)
	for _, v := range said {
		b := out[v.Candidate]
		b.Consequence, b.Identity = b.gravest(), v.Identity
		out[v.Candidate] = b
	}
	return out, unruled, err
}

type identified struct {
	Candidate string   `db:"candidate"`
	Identity  Identity `db:"identity"`
}

func (b Bearing) gravest() Consequence {
	if slices.Contains(severity, b.Consequence) {
		return b.Consequence
	}
	return None
}
