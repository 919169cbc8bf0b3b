// Package seed is the demonstration data that a first start of Huyun brings
// along: a question bank, paper rules, candidates, and photographs for them. It
// is used by the commands that set up a demonstration, the drill and the
// benchmarks, and gives the bank (M55), the paper rules (M56) and the sub-venue
// (M54, M60, M65) something real to work on.
//
// It is not the customer's bank and no syllabus: every question is of our own
// writing on published law, every person is invented, and nothing here is read
// by a release in service. It writes to no database; its workbooks go through
// the same import as those of a clerk.
//
// Where everything comes from is in README.md in this folder.
package seed

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/sm"
)

//go:generate go run ./draw bank

//go:embed bank
var files embed.FS

// loaded is the bank and its pictures, read once.
type loaded struct {
	questions []exam.Question
	media     map[string][]byte
}

var load = sync.OnceValues(func() (loaded, error) { return read(files) })

// Questions returns the demonstration bank in the order of its files, with IDs
// that stay the same when questions are added. The caller may change the slice,
// but not what its questions hold.
func Questions() ([]exam.Question, error) {
	l, err := load()
	return slices.Clone(l.questions), err
}

// Media returns the pictures of the bank, PNG, by the digest that a question
// names them with. Read only.
func Media() map[string][]byte {
	l, err := load()
	if err != nil {
		return nil // Questions says why
	}
	return l.media
}

func read(fsys fs.FS) (loaded, error) {
	out := loaded{media: map[string][]byte{}}
	pictures := map[string]exam.Media{}
	names, err := fs.Glob(fsys, "bank/*.png")
	if err != nil {
		return loaded{}, fmt.Errorf("list pictures: %w", err)
	}
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return loaded{}, fmt.Errorf("read picture: %w", err)
		}
		if !bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")) {
			return loaded{}, fmt.Errorf("%s: no PNG", name)
		}
		digest := sm.Sum(data).String()
		out.media[digest] = data
		pictures[path.Base(name)] = exam.Media{Digest: digest, Type: "image/png"}
	}
	names, err = fs.Glob(fsys, "bank/*.txt")
	if err != nil {
		return loaded{}, fmt.Errorf("list bank: %w", err)
	}
	used := map[string]bool{}
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return loaded{}, fmt.Errorf("read bank: %w", err)
		}
		p := parser{pictures: pictures, used: used}
		if err := p.file(string(text)); err != nil {
			return loaded{}, fmt.Errorf("%s: %w", path.Base(name), err)
		}
		out.questions = append(out.questions, p.questions...)
	}
	for name := range pictures {
		if !used[name] {
			return loaded{}, fmt.Errorf("picture %s belongs to no question", name)
		}
	}
	return out, unique(out.questions)
}

func unique(questions []exam.Question) error {
	seen := map[string]bool{}
	for _, q := range questions {
		if seen[q.ID] {
			return fmt.Errorf("question %s is there twice", q.ID)
		}
		seen[q.ID] = true
		if err := q.Validate(); err != nil {
			return fmt.Errorf("question %s: %w", q.ID, err)
		}
	}
	return nil
}

// Of returns the questions of one category and subject: what a paper rule of
// the two can draw from.
func Of(questions []exam.Question, category, subject string) []exam.Question {
	var out []exam.Question
	for _, q := range questions {
		if q.Subject == subject && slices.Contains(q.Categories, category) {
			out = append(out, q)
		}
	}
	return out
}

func fields(line string) []string {
	parts := strings.Split(line, "|")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}
