package seed

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"huyun.internal/protocol/exam"
)

// parser reads one file of the bank; README.md has the format. It refuses
// whatever it does not know, with the line, so that a slip of an author never
// becomes a question with a wrong answer.
type parser struct {
	pictures map[string]exam.Media
	used     map[string]bool // pictures that a question names
	prefix   string
	meta     exam.Question // what the following questions have in common

	questions []exam.Question
}

func (p *parser) file(text string) error {
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "# ") {
			continue
		}
		if err := p.line(line); err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return nil
}

func (p *parser) line(line string) error {
	switch {
	case strings.HasPrefix(line, "## "):
		p.meta.Chapter = strings.TrimSpace(line[3:])
		return nil
	case strings.HasPrefix(line, "> "):
		return p.sub(fields(line[2:]))
	case strings.Contains(line, "|"):
		return p.question(fields(line))
	}
	key, value, ok := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	if !ok || value == "" {
		return fmt.Errorf("neither a heading nor a question")
	}
	switch key {
	case "industry":
		p.meta.Industry = value
	case "categories":
		p.meta.Categories = strings.Fields(value)
	case "subject":
		p.meta.Subject = value
	case "prefix":
		p.prefix = value
	default:
		return fmt.Errorf("unknown heading %q", key)
	}
	return nil
}

var questionID = regexp.MustCompile(`^(tf|sg|mu|ca)-[0-9]{3}$`)

// question reads: id | difficulty | law | then the body of its type.
func (p *parser) question(f []string) error {
	if len(f) < 4 || !questionID.MatchString(f[0]) {
		return fmt.Errorf("a question starts with an id such as sg-001, its difficulty and its law")
	}
	if p.prefix == "" || p.meta.Chapter == "" {
		return fmt.Errorf("%s comes before the headings prefix and chapter", f[0])
	}
	q := p.meta
	q.ID, q.Version = p.prefix+"-"+f[0], 1
	var err error
	if q.Difficulty, err = strconv.Atoi(f[1]); err != nil {
		return fmt.Errorf("%s: difficulty %q is no number", f[0], f[1])
	}
	q.LawRef = f[2]
	if q.LawRef == "" {
		return fmt.Errorf("%s names no law", f[0])
	}
	if f[0][:2] == "ca" {
		err = p.caseStem(&q, f[3:])
	} else {
		err = body(&q, f[0][:2], f[3:])
	}
	if err != nil {
		return fmt.Errorf("%s: %w", f[0], err)
	}
	p.questions = append(p.questions, q)
	return nil
}

// caseStem reads: stem [ | picture file | what it shows ].
func (p *parser) caseStem(q *exam.Question, f []string) error {
	q.Type, q.Stem = exam.Case, f[0]
	switch len(f) {
	case 1:
		return nil
	case 3:
		m, ok := p.pictures[f[1]]
		if !ok || f[2] == "" {
			return fmt.Errorf("picture %q is not there or has no description", f[1])
		}
		p.used[f[1]] = true
		m.Alt = f[2]
		q.Media = []exam.Media{m}
		return nil
	}
	return fmt.Errorf("a case has a stem, and may have a picture and its description")
}

// sub reads a sub-question of the case above: type | body.
func (p *parser) sub(f []string) error {
	n := len(p.questions)
	if n == 0 || p.questions[n-1].Type != exam.Case {
		return fmt.Errorf("a sub-question without a case above it")
	}
	var q exam.Question
	if err := body(&q, f[0], f[1:]); err != nil {
		return err
	}
	p.questions[n-1].Sub = append(p.questions[n-1].Sub, q)
	return nil
}

// body reads: stem | 对 or 错 | explanation, or stem | four options of which
// the right ones start with * | explanation.
func body(q *exam.Question, kind string, f []string) error {
	want, types := map[string]int{"tf": 3, "sg": 6, "mu": 6}, map[string]exam.Type{"tf": exam.TF, "sg": exam.Single, "mu": exam.Multi}
	if len(f) != want[kind] {
		return fmt.Errorf("a question of type %q does not have %d fields after its law", kind, len(f))
	}
	q.Type, q.Stem, q.Explain = types[kind], f[0], f[len(f)-1]
	if q.Explain == "" {
		return fmt.Errorf("the explanation is missing")
	}
	if kind == "tf" {
		verdict, ok := map[string]string{"对": "T", "错": "F"}[f[1]]
		if !ok {
			return fmt.Errorf("a statement is 对 or 错, not %q", f[1])
		}
		q.Answer = []string{verdict}
		return nil
	}
	for i, text := range f[1 : len(f)-1] {
		key := "ABCD"[i : i+1]
		if right, ok := strings.CutPrefix(text, "*"); ok {
			q.Answer = append(q.Answer, key)
			text = right
		}
		q.Options = append(q.Options, exam.Option{Key: key, Text: text})
	}
	return nil
}
