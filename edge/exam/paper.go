package exam

import (
	"fmt"

	pexam "huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
)

// Book is an opened package: what papers are made from. It exists in memory
// only.
type Book struct {
	rule    pexam.Rule
	index   *pexam.Index
	plan    *pexam.Plan
	secret  []byte
	recent  map[string][]string // what a candidate has had before, and is spared
	picture func(digest string) ([]byte, error)
}

// Slot is what a paper allows at one item.
type Slot struct {
	No    string
	Multi bool
	Keys  []string
}

// Issued is a candidate's paper without a word of its questions.
type Issued struct {
	Digest    string
	Slots     []Slot
	Relaxed   []string
	Minutes   int
	Early     int
	ShowScore bool
}

func (s *Service) book(sitting string) (*Book, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	b := s.books[sitting]
	if b == nil {
		return nil, fault.Unavailablef("exam.book.closed", "考题暂时无法读取，请稍候或联系监考员")
	}
	return b, nil
}

// paper makes a candidate's paper from the seed; the same one every time, also
// after a restart.
func (b *Book) paper(sitting, candidate string) pexam.Paper {
	return b.plan.Paper(pexam.SeedFor(b.secret, sitting, candidate), b.recent[candidate]...)
}

// Issue makes a candidate's paper and describes it. It fails with
// exam.book.closed.
func (s *Service) Issue(sitting, candidate string) (Issued, error) {
	b, err := s.book(sitting)
	if err != nil {
		return Issued{}, err
	}
	p := b.paper(sitting, candidate)
	view, err := pexam.View(&p, b.index)
	if err != nil {
		return Issued{}, err
	}
	out := Issued{
		Digest: p.Digest().String(), Minutes: b.rule.Minutes, Early: b.rule.EarlyMinutes, ShowScore: b.rule.ShowScore,
		Slots: make([]Slot, len(view.Items)),
	}
	for i, it := range view.Items {
		sl := Slot{No: it.No, Multi: it.Type == pexam.Multi, Keys: make([]string, len(it.Options))}
		for j, o := range it.Options {
			sl.Keys[j] = o.Key
		}
		out.Slots[i] = sl
	}
	for _, r := range p.Relaxed {
		out.Relaxed = append(out.Relaxed, fmt.Sprintf("%d %s %s", r.Section+1, r.Kind, r.Detail))
	}
	return out, nil
}

// View is a candidate's paper as the terminal shows it. It fails with
// exam.book.closed.
func (s *Service) View(sitting, candidate string) (pexam.Sheet, error) {
	b, err := s.book(sitting)
	if err != nil {
		return pexam.Sheet{}, err
	}
	p := b.paper(sitting, candidate)
	return pexam.View(&p, b.index)
}

// Picture is a picture of a question on the candidate's own paper, with its
// content type. It fails with exam.book.closed and exam.book.picture.
func (s *Service) Picture(sitting, candidate, digest string) ([]byte, string, error) {
	b, err := s.book(sitting)
	if err != nil {
		return nil, "", err
	}
	p := b.paper(sitting, candidate)
	for i := range p.Items {
		q, ok := b.index.Question(p.Items[i].Question)
		if !ok {
			continue
		}
		if typ := mediaType(q, digest); typ != "" {
			data, err := b.picture(digest)
			return data, typ, err
		}
	}
	return nil, "", fault.NotFoundf("exam.book.picture", "图片不存在")
}

func mediaType(q *pexam.Question, digest string) string {
	for _, m := range q.Media {
		if m.Digest == digest {
			return m.Type
		}
	}
	for i := range q.Sub {
		if t := mediaType(&q.Sub[i], digest); t != "" {
			return t
		}
	}
	return ""
}

// Score marks answers. It fails with exam.book.closed.
func (s *Service) Score(sitting, candidate string, answers []pexam.Response) (pexam.Result, error) {
	b, err := s.book(sitting)
	if err != nil {
		return pexam.Result{}, err
	}
	p := b.paper(sitting, candidate)
	return pexam.Score(&p, b.index, answers)
}

// Rule is what candidates are told about a paper before the start.
type Rule struct {
	Name    string       `json:"name"`
	Minutes int          `json:"minutes"`
	Full    pexam.Points `json:"full"`
	Pass    pexam.Points `json:"pass"`
	Items   int          `json:"items"`
	Early   int          `json:"early_minutes"`
}

// Rule describes a sitting's paper. It fails with exam.book.closed.
func (s *Service) Rule(sitting string) (Rule, error) {
	b, err := s.book(sitting)
	if err != nil {
		return Rule{}, err
	}
	r := b.rule
	return Rule{Name: r.Name, Minutes: r.Minutes, Full: r.Full(), Pass: r.Pass, Items: r.Items(), Early: r.EarlyMinutes}, nil
}
