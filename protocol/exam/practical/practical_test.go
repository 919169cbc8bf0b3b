package practical

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
)

func scheme() Scheme {
	return Scheme{ID: "s", Category: "01001", Version: 1, Name: "应会", Pass: 800, Minutes: 30, Items: []Task{
		{ID: "1", Name: "车辆检视", Full: 400, Deductions: []Deduction{{ID: "1", Text: "漏检", Points: 50}, {ID: "2", Text: "未设警示", Fails: FailsItem}}},
		{ID: "2", Name: "轮胎更换", Full: 600, Deductions: []Deduction{{ID: "1", Text: "未拧紧", Points: 100}, {ID: "2", Text: "车辆滑落", Fails: FailsExam}}},
	}}
}

func TestWhatASheetComesTo(t *testing.T) {
	t.Parallel()
	done := func(first, second []Mark) []Scored {
		return []Scored{{Item: "1", Marks: first}, {Item: "2", Marks: second}}
	}
	for name, c := range map[string]struct {
		sheet []Scored
		want  Outcome
	}{
		"nothing taken off": {done(nil, nil), Outcome{Items: []exam.Points{400, 600}, Score: 1000, Passed: true}},
		"just enough":       {done([]Mark{{"1", 2}}, []Mark{{"1", 1}}), Outcome{Items: []exam.Points{300, 500}, Score: 800, Passed: true}},
		"just not enough":   {done([]Mark{{"1", 1}}, []Mark{{"1", 2}}), Outcome{Items: []exam.Points{350, 400}, Score: 750}},
		"never below zero":  {done([]Mark{{"1", 99}}, nil), Outcome{Items: []exam.Points{0, 600}, Score: 600}},
		"an item failed":    {done([]Mark{{"2", 1}, {"1", 1}}, nil), Outcome{Items: []exam.Points{0, 600}, Score: 600}},
		"the exam failed":   {done(nil, []Mark{{"2", 1}}), Outcome{Items: []exam.Points{400, 600}, Score: 1000, Failed: true}},
		"order of items":    {[]Scored{{Item: "2"}, {Item: "1", Marks: []Mark{{"1", 1}}}}, Outcome{Items: []exam.Points{350, 600}, Score: 950, Passed: true}},
	} {
		s := scheme()
		got, err := s.Score(c.sheet)
		require.NoError(t, err, name)
		require.Equal(t, c.want, got, name)
	}
}

func TestMarksThatDoNotFitAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sheet []Scored
		code  string
	}{
		"an item not done":    {[]Scored{{Item: "1"}}, "exam.practical.incomplete"},
		"an item twice":       {[]Scored{{Item: "1"}, {Item: "1"}, {Item: "2"}}, "exam.practical.marks"},
		"an unknown item":     {[]Scored{{Item: "1"}, {Item: "2"}, {Item: "3"}}, "exam.practical.marks"},
		"a foreign deduction": {[]Scored{{Item: "1", Marks: []Mark{{"9", 1}}}, {Item: "2"}}, "exam.practical.marks"},
		"a negative count":    {[]Scored{{Item: "1", Marks: []Mark{{"1", -4}}}, {Item: "2"}}, "exam.practical.marks"},
		"a deduction twice":   {[]Scored{{Item: "1", Marks: []Mark{{"1", 1}, {"1", 1}}}, {Item: "2"}}, "exam.practical.marks"},
	} {
		s := scheme()
		_, err := s.Score(c.sheet)
		require.True(t, fault.Is(err, c.code), "%s: %v", name, err)
	}
}

func TestSchemesThatCannotBe(t *testing.T) {
	t.Parallel()
	good := scheme()
	require.NoError(t, good.Validate())
	require.Equal(t, exam.Points(1000), good.Full())
	for name, spoil := range map[string]func(*Scheme){
		"no items":             func(s *Scheme) { s.Items = nil },
		"no name":              func(s *Scheme) { s.Name = " " },
		"pass above full":      func(s *Scheme) { s.Pass = 1001 },
		"no pass":              func(s *Scheme) { s.Pass = 0 },
		"same item twice":      func(s *Scheme) { s.Items[1].ID = "1" },
		"item worth nothing":   func(s *Scheme) { s.Items[0].Full = 0 },
		"nothing to take off":  func(s *Scheme) { s.Items[0].Deductions = nil },
		"deduction too large":  func(s *Scheme) { s.Items[0].Deductions[0].Points = 401 },
		"deduction of nothing": func(s *Scheme) { s.Items[0].Deductions[0].Points = 0 },
		"same deduction twice": func(s *Scheme) { s.Items[0].Deductions[1].ID = "1" },
		"unknown consequence":  func(s *Scheme) { s.Items[0].Deductions[0].Fails = "all" },
	} {
		s := scheme()
		spoil(&s)
		require.True(t, fault.Is(s.Validate(), "exam.practical.scheme"), name)
	}
}
