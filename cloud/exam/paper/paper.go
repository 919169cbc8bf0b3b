// Package paper keeps the rules by which papers are put together (M56): data
// with versions, checked against the bank the moment they are written, and
// previewed as the terminal will show them. Used by the paper authors of the
// centre; sitting takes a rule at one version and never another.
//
// A version that a sitting uses is never changed, only succeeded: what was
// examined must stay readable for as long as its scores do.
//
// How a rule becomes a paper is protocol/exam, the same on the venue's machine.
package paper

import (
	"time"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
)

// Permissions of paper rules.
const (
	PermList    = "exam.paper.list"
	PermSave    = "exam.paper.save"
	PermPreview = "exam.paper.preview"
)

// Rule is a paper rule at one version, and what has become of it.
type Rule struct {
	ID        string    `json:"id" db:"id"`
	Version   int       `json:"version" db:"version"`
	Name      string    `json:"name" db:"name"`
	Category  string    `json:"category" db:"category"`
	Subject   string    `json:"subject" db:"subject"`
	Body      exam.Rule `json:"rule" db:"body"`
	Retired   bool      `json:"retired" db:"retired"`
	SavedName string    `json:"saved_name" db:"saved_name"`
	SavedAt   time.Time `json:"saved_at" db:"saved_at"`
	Exposure
	Sittings int  `json:"sittings" db:"sittings"` // how many use this version
	Latest   bool `json:"latest" db:"latest"`
}

// Exposure is how much of what others have seen, or the candidate has seen
// before, a paper may hold. The centre keeps it when it builds a package; 0 is
// no limit.
type Exposure struct {
	AvoidPapers int `json:"avoid_papers" db:"avoid_papers" doc:"考生最近几份同科目试卷的试题不再出"`
	OverlapCap  int `json:"overlap_cap" db:"overlap_cap" doc:"邻座试题重复不超过百分之几"`
}

// Feasibility says whether the bank of this moment can serve a rule.
type Feasibility struct {
	OK        bool            `json:"ok"`    // every paper can be made
	Exact     bool            `json:"exact"` // and none needs relaxing
	Questions int             `json:"questions"`
	Items     int             `json:"items"`
	Full      exam.Points     `json:"full"`
	Shortages []exam.Shortage `json:"shortages"`
}

// Saved is a stored rule and what the bank says about it. A rule may be saved
// with shortages; a sitting is not planned with hard ones.
type Saved struct {
	Rule        Rule        `json:"rule"`
	Feasibility Feasibility `json:"feasibility"`
}

// Preview is one possible paper as a terminal would show it: no answers.
type Preview struct {
	Rule    string            `json:"rule"`
	Version int               `json:"version"`
	Sheet   exam.Sheet        `json:"sheet"`
	Relaxed []exam.Relaxation `json:"relaxed"`
	// Pictures are data URLs by digest: who may preview a paper need not be one
	// who may open the bank.
	Pictures map[string]string    `json:"pictures"`
	Mark     vocabulary.Watermark `json:"watermark"`
}

// check refuses what protocol/exam refuses and what our dictionaries lack.
func check(r *exam.Rule) error {
	if err := r.Validate(); err != nil {
		return err
	}
	if vocabulary.NameOf(vocabulary.Categories(), r.Category) == r.Category {
		return noCategory()
	}
	if !vocabulary.IsSubject(r.Subject) {
		return fault.New(fault.Invalid, "exam.paper.save.subject", "没有这个考试科目，请从列表中选择")
	}
	return nil
}

func noCategory() error {
	return fault.New(fault.Invalid, "exam.paper.save.category", "没有这个人员类别，请从列表中选择")
}

// feasibility judges a rule by an index of the bank.
func feasibility(r exam.Rule, x *exam.Index) Feasibility {
	f := Feasibility{
		OK: true, Questions: x.Len(), Items: r.Items(), Full: r.Full(), Shortages: exam.Check(r, x),
	}
	if f.Shortages == nil {
		f.Shortages = []exam.Shortage{}
	}
	f.Exact = len(f.Shortages) == 0
	for _, s := range f.Shortages {
		f.OK = f.OK && !s.Hard
	}
	return f
}
