package exam

import (
	"slices"
	"strings"

	"huyun.internal/protocol/fault"
)

// Sheet is all that a terminal may see of a paper. It is made of types of its
// own, so that a field added to Question (an answer, an explanation) can never
// reach a terminal by accident.
type Sheet struct {
	Sections []SheetSection `json:"sections"`
	Cases    []SheetCase    `json:"cases,omitempty"`
	Items    []SheetItem    `json:"items"`
	Full     Points         `json:"full"`
}

// SheetSection heads a run of items of one type.
type SheetSection struct {
	Section int    `json:"section"`
	Type    Type   `json:"type"`
	Name    string `json:"name"` // Chinese
	Items   int    `json:"items"`
	Each    Points `json:"each"`
}

// SheetCase is a case's own text, shown beside its sub-questions.
type SheetCase struct {
	No    string  `json:"no"` // "85" for the items "85.1", "85.2"
	Stem  string  `json:"stem"`
	Media []Media `json:"media,omitempty"`
}

// SheetItem is one position to answer.
type SheetItem struct {
	No      string        `json:"no"`
	Case    string        `json:"case,omitempty"` // SheetCase.No
	Section int           `json:"section"`
	Type    Type          `json:"type"` // never CASE
	Stem    string        `json:"stem"`
	Media   []Media       `json:"media,omitempty"`
	Options []SheetOption `json:"options"`
	Worth   Points        `json:"worth"`
}

// SheetOption is one choice as displayed. Letter is what the candidate reads,
// Key what the terminal saves: the bank's key, whatever the order.
type SheetOption struct {
	Letter string `json:"letter"`
	Key    string `json:"key"`
	Text   string `json:"text"`
}

// View renders a paper for its terminal. It fails with exam.score.question when
// the index is not the one the paper was made from.
func View(paper *Paper, index *Index) (Sheet, error) {
	s := Sheet{Sections: []SheetSection{}, Items: make([]SheetItem, 0, len(paper.Items))}
	for i := range paper.Items {
		it := &paper.Items[i]
		q, err := index.item(it)
		if err != nil {
			return Sheet{}, err
		}
		whole, _ := index.Question(it.Question)
		options, err := displayed(q, it)
		if err != nil {
			return Sheet{}, err
		}
		si := SheetItem{
			No: it.No, Section: it.Section, Type: q.Type, Stem: q.Stem, Media: slices.Clone(q.Media),
			Options: options, Worth: it.Worth,
		}
		if it.Sub > 0 {
			si.Case, _, _ = strings.Cut(it.No, ".")
			if n := len(s.Cases); n == 0 || s.Cases[n-1].No != si.Case {
				s.Cases = append(s.Cases, SheetCase{No: si.Case, Stem: whole.Stem, Media: slices.Clone(whole.Media)})
			}
		}
		n := len(s.Sections)
		if n == 0 || s.Sections[n-1].Section != it.Section {
			s.Sections = append(s.Sections, SheetSection{
				Section: it.Section, Type: whole.Type, Name: TypeName(whole.Type), Each: it.Worth,
			})
			n++
		}
		s.Sections[n-1].Items++
		s.Full += it.Worth
		s.Items = append(s.Items, si)
	}
	return s, nil
}

func displayed(q *Question, it *Item) ([]SheetOption, error) {
	if q.Type == TF {
		return []SheetOption{{"A", "T", "正确"}, {"B", "F", "错误"}}, nil
	}
	if len(it.Order) > 0 && !isPermutation(it.Order, len(q.Options)) {
		return nil, fault.Preconditionf("exam.score.question",
			"试卷与考题范围不一致（第 %s 题），请核对考题包版本", it.No)
	}
	out := make([]SheetOption, len(q.Options))
	for i := range q.Options {
		o := q.Options[i]
		if len(it.Order) > 0 {
			o = q.Options[it.Order[i]]
		}
		out[i] = SheetOption{letter(i), o.Key, o.Text}
	}
	return out, nil
}

func isPermutation(order []int, n int) bool {
	sorted := slices.Sorted(slices.Values(order))
	for i, v := range sorted {
		if v != i {
			return false
		}
	}
	return len(sorted) == n
}
