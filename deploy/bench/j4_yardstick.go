package main

import (
	"math/rand/v2"
	"strconv"

	"huyun.internal/protocol/exam"
)

// bare is the yardstick of paper generation: the strata are known and sorted
// into compact lists beforehand, the number to draw from each is known as well.
// There is no rule, no seed to follow for ever, no record of anything; what
// comes out is what ours gives: a list of items, in random order within the
// section, with the options of each in random order.
type bare struct {
	sections [][]bareStratum
	names    []string
	rng      *rand.Rand
}

type bareStratum struct {
	questions []bareQuestion
	count     int
	worth     exam.Points
}

type bareQuestion struct {
	id               string
	version, options int
}

func newBare(sections [][]bareStratum) *bare {
	b := &bare{sections: sections, rng: rand.New(rand.NewPCG(1, 2))}
	for _, s := range sections {
		for _, t := range s {
			for range t.count {
				b.names = append(b.names, strconv.Itoa(len(b.names)+1))
			}
		}
	}
	return b
}

func (b *bare) paper() []exam.Item {
	items := make([]exam.Item, 0, len(b.names))
	orders := make([]int, 0, 4*len(b.names))
	var picked [64]int
	var drawn [128]*bareQuestion
	for n, section := range b.sections {
		from, count := len(items), 0
		for _, s := range section {
			for k := range s.count {
				i := b.fresh(len(s.questions), picked[:k])
				picked[k] = i
				drawn[count] = &s.questions[i]
				count++
			}
		}
		for i := count - 1; i > 0; i-- {
			j := b.rng.IntN(i + 1)
			drawn[i], drawn[j] = drawn[j], drawn[i]
		}
		for i, q := range drawn[:count] {
			at := len(orders)
			for o := range q.options {
				orders = append(orders, o)
			}
			order := orders[at:len(orders):len(orders)]
			for i := len(order) - 1; i > 0; i-- {
				j := b.rng.IntN(i + 1)
				order[i], order[j] = order[j], order[i]
			}
			items = append(items, exam.Item{
				No: b.names[from+i], Question: q.id, Version: q.version, Section: n, Worth: section[0].worth, Order: order,
			})
		}
	}
	return items
}

// fresh is a random number below n that is not among have.
func (b *bare) fresh(n int, have []int) int {
	for {
		i := b.rng.IntN(n)
		again := false
		for _, h := range have {
			again = again || h == i
		}
		if !again {
			return i
		}
	}
}
