package paper

import (
	"context"
	"strings"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/protocol/exam"
)

// spec is a default paper: counts and worth in tenths of a point.
type spec struct {
	subject  string
	title    string // after the category's name
	sections []exam.Section
	pass     exam.Points
	minutes  int
}

func sections(tf int, tfEach exam.Points, single int, singleEach exam.Points, multi int, multiEach exam.Points) []exam.Section {
	return []exam.Section{
		{Type: exam.TF, Count: tf, Each: tfEach, Difficulty: usual()},
		{Type: exam.Single, Count: single, Each: singleEach, Difficulty: usual()},
		{Type: exam.Multi, Count: multi, Each: multiEach, Difficulty: usual()},
	}
}

// usual is the difficulty of chapter 9.3 of the domain reference, 2.5 on average.
func usual() []exam.Share {
	return []exam.Share{{Level: 1, Percent: 20}, {Level: 2, Percent: 30}, {Level: 3, Percent: 30}, {Level: 4, Percent: 15}, {Level: 5, Percent: 5}}
}

// specs are the default papers of a category, chapter 9.2 of the domain
// reference. Nothing there says what the added categories of dangerous goods
// (剧毒, 爆炸品, 放射性) have: theirs are those of the main categories. The bus
// case of ten points is one of five sub-questions.
func specs(category string) []spec {
	theory := func(pass exam.Points) []spec {
		return []spec{{"理论", "理论", sections(40, 10, 40, 10, 10, 20), pass, 90}}
	}
	switch {
	case category == "01001" || category == "02001":
		return theory(800)
	case strings.HasPrefix(category, "03"):
		return theory(900)
	case category == "09002" || category == "09003":
		return []spec{
			{"全国公共科目", "全国公共科目", sections(30, 10, 40, 10, 15, 20), 800, 90},
			{"区域科目", "区域科目", sections(20, 10, 25, 20, 10, 30), 800, 60},
		}
	case strings.HasPrefix(category, "13"):
		with := append(sections(30, 10, 40, 10, 10, 20), exam.Section{Type: exam.Case, Count: 1, Each: 20, Subs: 5})
		return []spec{{"理论", "理论和案例", with, 800, 90}}
	}
	return nil
}

// Defaults are the default rules of a category, without wishes about chapters:
// those depend on the bank. They are not stored: a person looks at
// them, changes what the syllabus changes, and saves. Faults:
// exam.paper.save.category.
func (s *Service) Defaults(ctx context.Context, category string) ([]exam.Rule, error) {
	if _, err := auth.Require(ctx, PermSave); err != nil {
		return nil, err
	}
	name := vocabulary.NameOf(vocabulary.Categories(), category)
	if name == category {
		return nil, noCategory()
	}
	out := []exam.Rule{}
	for _, d := range specs(category) {
		out = append(out, exam.Rule{
			ID: "default", Version: 1, Name: name + d.title, Category: category, Subject: d.subject, Sections: d.sections,
			Minutes: d.minutes, Pass: d.pass, Shuffle: true, ShuffleOpts: true, ShowScore: true, EarlyMinutes: 20,
		})
	}
	return out, nil
}
