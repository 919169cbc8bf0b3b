// Package bank is the question bank (M55): questions of every industry and
// category, cases included, imported from workbooks, reviewed by a second
// person and counted. Its users are the question authors and reviewers of the
// centre; paper checks its rules against it and sitting draws the ranges that
// go to the venues.
//
// Content and answers are sealed at rest. Whoever opens a question leaves a
// line in the audit chain: the custody log of the bank.
//
// It does not put papers together (paper, protocol/exam) and does not edit a
// question in use: its next version is drafted beside it, reviewed like any
// other, and takes its place under the same number.
package bank

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// Permissions of the bank.
const (
	PermList   = "exam.bank.list"
	PermShow   = "exam.bank.show"
	PermImport = "exam.bank.import"
	PermReview = "exam.bank.review"
)

// Status of a question. An import lands in Review; a second person turns it
// On; Off takes it out of new papers and never back in by itself.
type Status string

// The statuses of a question.
const (
	Draft  Status = "DRAFT"
	Review Status = "REVIEW"
	On     Status = "ON"
	Off    Status = "OFF"
)

// Batch is one imported workbook and its review.
type Batch struct {
	ID           string     `json:"id" db:"id"`
	Kind         string     `json:"kind" db:"kind" enum:"FILE,HAND" doc:"FILE 工作簿，HAND 手工编写的一道题"`
	FileName     string     `json:"file_name" db:"file_name"`
	Questions    int        `json:"questions" db:"questions"`
	Pictures     int        `json:"pictures" db:"pictures"`
	State        string     `json:"state" db:"state" enum:"DRAFT,REVIEW,ON,REJECTED"`
	ImportedBy   string     `json:"imported_by" db:"imported_by"`
	ImportedName string     `json:"imported_name" db:"imported_name"`
	ImportedAt   time.Time  `json:"imported_at" db:"imported_at"`
	ReviewedBy   *string    `json:"reviewed_by,omitempty" db:"reviewed_by"`
	ReviewedName *string    `json:"reviewed_name,omitempty" db:"reviewed_name"`
	ReviewedAt   *time.Time `json:"reviewed_at,omitempty" db:"reviewed_at"`
	Note         string     `json:"note" db:"note"`
	Similar      []Similar  `json:"similar" db:"alike" doc:"与题库或同批试题近似的"`
}

// States of a batch.
const (
	batchReview   = "REVIEW"
	batchOn       = "ON"
	batchRejected = "REJECTED"
)

// review decides a batch. Faults: exam.bank.review.self, .state, .note.
func (b *Batch) review(by string, approve bool, note string) error {
	if b.State != batchReview {
		return fault.New(fault.Precondition, "exam.bank.review.state", "这一批试题已经审核过，请刷新列表查看结果")
	}
	if b.ImportedBy == by {
		return fault.New(fault.Forbidden, "exam.bank.review.self", "导入人不能审核自己导入的试题，请由另一位审题人员审核")
	}
	if !approve && strings.TrimSpace(note) == "" {
		return fault.New(fault.Invalid, "exam.bank.review.note", "退回时请写明原因，便于出题人修改")
	}
	switch {
	case approve:
		b.State = batchOn
	case b.Kind == kindHand:
		b.State = batchDraft // its author can go on with it
	default:
		b.State = batchRejected
	}
	return nil
}

// Row is a question in a list: what search needs, and for readers who may see
// content the beginning of its stem.
type Row struct {
	ID         string    `json:"id" db:"id"`
	Number     int64     `json:"number" db:"number"`
	Version    int       `json:"version" db:"version"`
	Batch      string    `json:"batch" db:"batch"`
	Industry   string    `json:"industry" db:"industry"`
	Categories []string  `json:"categories" db:"categories"`
	Subject    string    `json:"subject" db:"subject"`
	Chapter    string    `json:"chapter" db:"chapter"`
	Difficulty int       `json:"difficulty" db:"difficulty"`
	Type       string    `json:"type" db:"type"`
	Subs       int       `json:"subs" db:"subs"`
	Status     Status    `json:"status" db:"status"`
	CreatedAt  time.Time `json:"created_at" db:"created_at"`
	Replaces   *string   `json:"replaces,omitempty" db:"replaces" doc:"它修订的试题"`
	Excerpt    string    `json:"excerpt" db:"-"`
	Content    []byte    `json:"-" db:"content"`
}

// Filter narrows a list; empty fields do not.
type Filter struct {
	Industry   string
	Category   string
	Subject    string
	Chapter    string
	Type       string
	Status     string
	Batch      string
	Difficulty int
}

// Count is one cell of the overview.
type Count struct {
	Category   string `json:"category" db:"category"`
	Subject    string `json:"subject" db:"subject"`
	Type       string `json:"type" db:"type"`
	Chapter    string `json:"chapter" db:"chapter"`
	Difficulty int    `json:"difficulty" db:"difficulty"`
	Questions  int    `json:"questions" db:"questions"`
}

const excerptRunes = 24

// excerpt is the beginning of a stem, enough to recognise it in a list.
func excerpt(stem string) string {
	r := []rune(strings.Join(strings.Fields(stem), " "))
	if len(r) > excerptRunes {
		return string(r[:excerptRunes]) + "…"
	}
	return string(r)
}

// Fingerprint is equal for two questions that ask the same: SM3 over the stem,
// and for choice questions the options in any order, after folding. The options
// count because many sound questions share a stem ("下列说法正确的是"), and so
// do the pictures ("图中标志的含义是").
func Fingerprint(q *exam.Question) string {
	parts := []string{folded(q.Stem)}
	var shown []string
	for _, m := range q.Media {
		shown = append(shown, m.Digest)
	}
	slices.Sort(shown)
	parts = append(parts, shown...)
	if q.Type == exam.Single || q.Type == exam.Multi {
		var opts []string
		for _, o := range q.Options {
			opts = append(opts, folded(o.Text))
		}
		slices.Sort(opts)
		parts = append(parts, opts...)
	}
	for i := range q.Sub {
		parts = append(parts, Fingerprint(&q.Sub[i]))
	}
	return sm.Sum([]byte(strings.Join(parts, "\n"))).String()
}

// normalise folds what authors type differently without meaning it: width,
// case, spaces and punctuation.
func normalise(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsPunct(r) || unicode.IsSymbol(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(s))
}

// folded is normalise, but what a quantity is made of stays: "2.5 米" is not "25
// 米", nor "≥60" "≤60".
func folded(s string) string {
	text := []rune(norm.NFKC.String(s))
	var b strings.Builder
	for i, r := range text {
		switch {
		case unicode.Is(unicode.Sm, r) || strings.ContainsRune("%‰°", r), ofNumber(text, i):
			b.WriteRune(r)
		default:
			b.WriteString(normalise(string(r)))
		}
	}
	return b.String()
}

// ofNumber tells whether a sign belongs to the digits beside it.
func ofNumber(text []rune, i int) bool {
	digit := func(i int) bool { return i >= 0 && i < len(text) && unicode.IsDigit(text[i]) }
	switch text[i] {
	case '.', ':', '/':
		return digit(i-1) && digit(i+1)
	case '-':
		return digit(i + 1)
	}
	return false
}
