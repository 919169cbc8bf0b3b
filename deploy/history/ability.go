package history

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"

	"huyun.internal/protocol/exam"
)

// The model that answers are drawn by is the three-parameter logistic one of
// item response theory: who is able enough knows the answer, the rest guess.
const (
	steepness = 1.3  // how sharply an item tells the able from the others
	average   = 1.55 // ability of the average candidate, who passes two times in three
)

// person is one candidate's ability.
type person struct {
	ability float64
	r       *rand.Rand
}

// item is how an item behaves, by its question alone: the same in every sitting.
type item struct {
	hard, steep, guess float64
}

// itemOf follows the difficulty that the author gave, more or less: authors err,
// and a few items are worthless, which is what the figures are there to find.
func itemOf(q *exam.Question, sub int) item {
	h := fnv.New64a()
	_, _ = h.Write([]byte(q.ID))                       // never fails
	r := rand.New(rand.NewPCG(h.Sum64(), uint64(sub))) //nolint:gosec // invented figures are to be the same every time
	it := item{hard: 0.75*(float64(q.Difficulty)-3) + 0.9*r.NormFloat64(), steep: steepness * math.Exp(0.25*r.NormFloat64())}
	switch {
	case r.IntN(40) == 0:
		it.steep = -0.6 // misleads those who know
	case r.IntN(40) == 0:
		it.hard = -6 // everybody knows it
	case r.IntN(40) == 0:
		it.hard = 7 // nobody does
	}
	switch q.Type {
	case exam.TF:
		it.guess = 0.45
	case exam.Single:
		it.guess = 0.2
	default:
		it.guess = 0.05
	}
	if it.hard > 6 {
		it.guess = 0
	}
	return it
}

// right draws whether a person answers an item right.
func (p person) right(it item) bool {
	knows := 1 / (1 + math.Exp(-it.steep*(p.ability-it.hard)))
	return p.r.Float64() < it.guess+(1-it.guess)*knows
}

// choice is what a person marks: the answer, or some other choice.
func (p person) choice(q *exam.Question, right bool) []string {
	if right {
		return q.Answer
	}
	if q.Type == exam.TF {
		return []string{map[string]string{"T": "F", "F": "T"}[q.Answer[0]]}
	}
	keys := make([]string, len(q.Options))
	for i, o := range q.Options {
		keys[i] = o.Key
	}
	for {
		var out []string
		for _, k := range keys {
			if q.Type == exam.Multi && p.r.IntN(2) == 0 {
				out = append(out, k)
			}
		}
		if q.Type != exam.Multi {
			out = []string{keys[p.r.IntN(len(keys))]}
		}
		if len(out) > 0 && !slices.Equal(out, q.Answer) {
			return out
		}
	}
}
