package main

import (
	"encoding/binary"
	"fmt"
	"time"

	"huyun.internal/protocol/exam"
)

// The exam of J4: a hundred questions in three sections, with chapter quotas
// and difficulty shares.
const (
	j4Category = "09002"
	j4Subject  = "全国公共科目"
	j4Turn     = 150 * time.Millisecond
)

var j4Chapters = []string{"职业道德", "法律法规", "安全运营", "服务规范", "应急处置"}

func j4Rule() exam.Rule {
	return exam.Rule{
		ID: "bench", Version: 1, Name: "bench", Category: j4Category, Subject: j4Subject,
		Minutes: 90, Pass: 800, Shuffle: true, ShuffleOpts: true,
		Sections: []exam.Section{
			{Type: exam.TF, Count: 40, Each: 5, Chapters: quotas(8, 8, 8, 8, 8)},
			{
				Type: exam.Single, Count: 40, Each: 10, Chapters: quotas(10, 10, 10, 5, 5),
				Difficulty: []exam.Share{{Level: 1, Percent: 25}, {Level: 2, Percent: 25}, {Level: 3, Percent: 25}, {Level: 4, Percent: 25}},
			},
			{Type: exam.Multi, Count: 20, Each: 20, Difficulty: []exam.Share{{Level: 2, Percent: 50}, {Level: 3, Percent: 50}}},
		},
	}
}

func quotas(n ...int) []exam.Quota {
	var q []exam.Quota
	for i, c := range n {
		q = append(q, exam.Quota{Chapter: j4Chapters[i], Min: c, Max: c})
	}
	return q
}

// j4Bank makes a bank of n questions: types, chapters and levels in equal parts.
func j4Bank(n int) exam.Range {
	r := exam.Range{ID: "bench"}
	types := []exam.Type{exam.TF, exam.Single, exam.Multi}
	for i := range n {
		q := exam.Question{
			ID: fmt.Sprintf("question-%08d", i), Version: 1, Industry: "taxi", Categories: []string{j4Category},
			Subject: j4Subject, Chapter: j4Chapters[i/3%5], Difficulty: 1 + i/15%5, Type: types[i%3],
			Stem: "机动车在道路上发生故障，难以移动时，应当怎样做？", Answer: []string{"T"},
		}
		if q.Type != exam.TF {
			for k := range 4 {
				q.Options = append(q.Options, exam.Option{Key: "ABCD"[k : k+1], Text: fmt.Sprintf("做法 %d", k)})
			}
			q.Answer = []string{"A", "B"}[:1+i%3/2]
		}
		r.Questions = append(r.Questions, q)
	}
	return r
}

// singles is one way to meet the second section: chapters by levels.
var singles = [5][4]int{{3, 3, 2, 2}, {2, 2, 3, 3}, {3, 2, 3, 2}, {1, 1, 1, 2}, {1, 2, 1, 1}}

// j4Strata sorts the bank for the yardstick, so that it meets the rule unseen.
func j4Strata(r *exam.Range) [][]bareStratum {
	rule := j4Rule()
	pick := func(t exam.Type, chapter string, level int) []bareQuestion {
		var out []bareQuestion
		for i := range r.Questions {
			q := &r.Questions[i]
			if q.Type == t && (chapter == "" || q.Chapter == chapter) && (level == 0 || q.Difficulty == level) {
				out = append(out, bareQuestion{q.ID, q.Version, len(q.Options)})
			}
		}
		return out
	}
	sections := make([][]bareStratum, 3)
	for _, q := range rule.Sections[0].Chapters {
		sections[0] = append(sections[0], bareStratum{pick(exam.TF, q.Chapter, 0), q.Min, 5})
	}
	for c, q := range rule.Sections[1].Chapters {
		for level, n := range singles[c] {
			sections[1] = append(sections[1], bareStratum{pick(exam.Single, q.Chapter, 1+level), n, 10})
		}
	}
	for level := 2; level <= 3; level++ {
		sections[2] = append(sections[2], bareStratum{pick(exam.Multi, "", level), 10, 20})
	}
	return sections
}

func papers(s setup, r *report) error {
	small, large := j4Bank(1_000), j4Bank(100_000)
	plans := make([]*exam.Plan, 2)
	for i, bank := range []exam.Range{small, large} {
		x, err := exam.NewIndex(bank)
		if err != nil {
			return err
		}
		plans[i], err = exam.Prepare(j4Rule(), x)
		if err != nil {
			return err
		}
	}
	yard := newBare(j4Strata(&large))
	if n := len(yard.paper()); n != 100 {
		return fmt.Errorf("the yardstick drew %d questions", n)
	}
	generate := func(p *exam.Plan) sample {
		return timed(j4Turn, func(n int) int { return len(p.Paper(seedOf(n)).Items) })
	}
	pick := timed(j4Turn, func(int) int { return len(yard.paper()) })
	err := compare(s, r, "j4.pick", generate(plans[1]), pick, "papers/s", target{least: 0.3})
	if err != nil {
		return err
	}
	whole := timed(j4Turn, func(n int) int {
		p := plans[1].Paper(exam.SeedFor(benchSecret, "sitting", fmt.Sprint(n)))
		_ = p.Digest()
		return len(p.Items)
	})
	err = compare(s, r, "j4.seed+digest", whole, pick, "papers/s", target{})
	if err != nil {
		return err
	}
	err = compare(s, r, "j4.bank-1e5/1e3", slowness(generate(plans[1])), slowness(generate(plans[0])), "µs a paper", target{most: 1.3})
	if err != nil {
		return err
	}
	return linear(s, r, &large)
}

// linear compares the time a question of papers with 75 and 300 questions.
func linear(s setup, r *report, bank *exam.Range) error {
	x, err := exam.NewIndex(*bank)
	if err != nil {
		return err
	}
	turn := func(count int) (sample, error) {
		rule := j4Rule()
		rule.Pass = 1
		rule.Sections = []exam.Section{{Type: exam.Single, Count: count, Each: 10}}
		p, err := exam.Prepare(rule, x)
		if err != nil {
			return nil, err
		}
		one := slowness(timed(j4Turn, func(n int) int { return len(p.Paper(seedOf(n)).Items) }))
		return func() (float64, error) {
			t, err := one()
			return t / float64(count), err
		}, nil
	}
	few, err := turn(75)
	if err != nil {
		return err
	}
	many, err := turn(300)
	if err != nil {
		return err
	}
	return compare(s, r, "j4.items-300/75", many, few, "µs a question", target{most: 1.3})
}

// slowness turns a rate into microseconds.
func slowness(rate sample) sample {
	return func() (float64, error) {
		v, err := rate()
		return 1e6 / v, err
	}
}

func compare(s setup, r *report, name string, ours, theirs sample, unit string, t target) error {
	ratios, a, b, err := interleave(s.rounds, ours, theirs)
	if err != nil {
		return err
	}
	r.add(result{name: name, ratios: ratios, ours: a, theirs: b, unit: unit, target: t})
	return nil
}

func seedOf(n int) (s [32]byte) {
	binary.LittleEndian.PutUint64(s[:], uint64(n))
	return s
}

var benchSecret = []byte("the secret of a benchmark sitting")
