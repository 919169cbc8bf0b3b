package register

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
)

// Limits are what checks measure by, as the tables have them.
type Limits struct {
	figures []figure
	classes []classRow
	covers  map[string][]string
}

type figure struct {
	Code     string     `db:"code"`
	Key      string     `db:"key"`
	Category string     `db:"category"`
	From     clock.Date `db:"effective_from"`
	Value    int        `db:"value"`
}

type classRow struct {
	Category string     `db:"category"`
	From     clock.Date `db:"effective_from"`
	Classes  []string   `db:"classes"`
}

type coverRow struct {
	Class  string   `db:"class"`
	Covers []string `db:"covers"`
}

const (
	figuresSQL = `SELECT code, key, category, effective_from, value FROM licensing_threshold`
	classesSQL = `SELECT category, effective_from, classes FROM licensing_driving_class`
	coversSQL  = `SELECT class, covers FROM licensing_class_cover`
)

// ReadLimits reads the tables.
func ReadLimits(ctx context.Context, q db.Q) (Limits, error) {
	l := Limits{covers: map[string][]string{}}
	var err error
	if l.figures, err = db.All[figure](ctx, q, figuresSQL); err != nil {
		return l, err
	}
	if l.classes, err = db.All[classRow](ctx, q, classesSQL); err != nil {
		return l, err
	}
	covers, err := db.All[coverRow](ctx, q, coversSQL)
	for _, c := range covers {
		l.covers[c.Class] = c.Covers
	}
	return l, err
}

// better says that a row for a category from a day counts before another.
func better(category string, from clock.Date, than string, thanFrom clock.Date) bool {
	return len(category) > len(than) || len(category) == len(than) && thanFrom.Before(from)
}

// figure is what a check measures a category by on a day; false: it does not.
func (l Limits) figure(code, key, category string, on clock.Date) (int, bool) {
	var best figure
	found := false
	for _, f := range l.figures {
		fits := f.Code == code && f.Key == key && strings.HasPrefix(category, f.Category) && !on.Before(f.From)
		if fits && (!found || better(f.Category, f.From, best.Category, best.From)) {
			best, found = f, true
		}
	}
	return best.Value, found
}

// most is the largest figure of some categories, and whether any has one.
func (l Limits) most(code, key string, categories []string, on clock.Date) (int, bool) {
	top, found := 0, false
	for _, c := range categories {
		if v, ok := l.figure(code, key, c, on); ok {
			top, found = max(top, v), true
		}
	}
	return top, found
}

// Classes are the vehicle classes any of which a category needs; none: it needs no
// driving licence.
func (l Limits) Classes(category string, on clock.Date) []string {
	var best classRow
	for _, c := range l.classes {
		if strings.HasPrefix(category, c.Category) && !on.Before(c.From) && (best.Classes == nil || better(c.Category, c.From, best.Category, best.From)) {
			best = c
		}
	}
	return best.Classes
}

var oneClass = regexp.MustCompile(`[A-Z][0-9]?`)

// Fitting is the first of the classes that a category needs which a licence such
// as "A2D" has or covers.
func (l Limits) Fitting(licence, category string, on clock.Date) (string, bool) {
	have := oneClass.FindAllString(licence, -1)
	for _, want := range l.Classes(category, on) {
		for _, h := range have {
			if h == want || slices.Contains(l.covers[h], want) {
				return h, true
			}
		}
	}
	return "", false
}

// kinds are the kinds of background that a check asks of some categories.
func (l Limits) kinds(code string, categories []string, on clock.Date) []string {
	var out []string
	for _, k := range Kinds() {
		if v, _ := l.most(code, k, categories, on); v > 0 {
			out = append(out, k)
		}
	}
	return out
}

// Ask completes a question with how far back and for what these checks look.
func (l Limits) Ask(q Question, codes, categories []string, on clock.Date) Question {
	back := func(code string) clock.Date {
		years, ok := l.most(code, "years", categories, on)
		if !ok || !slices.Contains(codes, code) {
			return clock.Date{}
		}
		return yearsBefore(on, years)
	}
	switch q.Service {
	case Traffic:
		q.AccidentsSince, q.OffencesSince = back("E05"), back("E21")
		if slices.Contains(codes, "E06") {
			q.Cycles, _ = l.most("E06", "cycles", categories, on)
		}
	case Background:
		for _, code := range []string{"E06", "E07"} {
			if slices.Contains(codes, code) {
				q.Kinds = append(q.Kinds, l.kinds(code, categories, on)...)
			}
		}
	}
	return q
}

func yearsBefore(d clock.Date, years int) clock.Date {
	return clock.DateOf(d.Start().AddDate(-years, 0, 0))
}
