// Package matter is the catalogue of what can be applied for: one YAML file a
// situation in definitions/, embedded and read strictly at start. A definition
// says who may apply, what the form asks, which materials, checks and letters
// belong to it, how long it may take and what comes out (issue 4, 2; M11–M19,
// M39–M44, M53; chapter 2 of the domain reference, which follows the
// Administrative Licensing Law (行政许可法) and the rules of each trade).
//
// It is used by the case (application), by letters and by the console's page. A
// definition never changes: what differs is a new version, the database keeps
// every version that was ever loaded, and a case keeps the one it began with.
//
// It does not know a case. What happens next is code in application; whether a
// check passes is answered there too. All functions of a Definition are pure.
package matter

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"huyun.internal/cloud/licensing"
)

// Definition is one version of one situation. Its keys in YAML are the json tags.
type Definition struct {
	Code    string `yaml:"code" json:"code"`
	Version int    `yaml:"version" json:"version"`
	Name    string `yaml:"name" json:"name"`
	Trade   string `yaml:"trade" json:"trade"`
	// ItemCode is the city's item code, twelve digits; TaskCode the national one of
	// thirty-one, where it is known.
	ItemCode   string              `yaml:"item_code" json:"item_code"`
	TaskCode   string              `yaml:"task_code" json:"task_code,omitempty"`
	Action     licensing.Action    `yaml:"action" json:"action"`
	Categories []string            `yaml:"categories" json:"categories"`
	Channels   []licensing.Channel `yaml:"channels" json:"channels"`
	Optional   bool                `yaml:"optional" json:"optional,omitempty"`

	Basis     []Law      `yaml:"basis" json:"basis"`
	Who       Who        `yaml:"who" json:"who"`
	Fields    []Field    `yaml:"fields" json:"fields"`
	Materials []Material `yaml:"materials" json:"materials,omitempty"`
	// MaterialsNote says what comes in beside the listed materials, or why there are none.
	MaterialsNote string `yaml:"materials_note" json:"materials_note,omitempty"`

	// Checks are all codes; ChecksOnly limits some of them to categories.
	Checks     []string            `yaml:"checks" json:"checks,omitempty"`
	ChecksOnly map[string][]string `yaml:"checks_only" json:"checks_only,omitempty"`

	// Letters is a letter set (DS-A) or, for services, the one letter (D14).
	Letters string `yaml:"letters" json:"letters"`
	// LegalDays and PromisedDays are working days; 0 is no period, or at once.
	LegalDays    int  `yaml:"legal_days" json:"legal_days"`
	PromisedDays int  `yaml:"promised_days" json:"promised_days"`
	Days         Days `yaml:"days" json:"days"`

	Fee         Fee    `yaml:"fee" json:"fee"`
	Route       Route  `yaml:"route" json:"route"`
	Certificate string `yaml:"certificate" json:"certificate"`
	Result      Result `yaml:"result" json:"result"`
	// Conflicts are the actions of open cases that bar this one: E18.
	Conflicts []licensing.Action `yaml:"conflicts" json:"conflicts,omitempty"`
}

// Law is one legal basis. Confidence is how sure the reference is of it.
type Law struct {
	Law        string     `yaml:"law" json:"law"`
	Article    string     `yaml:"article" json:"article"`
	Says       string     `yaml:"says" json:"says"`
	Confidence Confidence `yaml:"confidence" json:"confidence"`
}

// Who may apply.
type Who struct {
	Applicants []Applicant `yaml:"applicants" json:"applicants"`
	// Holds is whether the person must or must not hold the certificate already.
	Holds      Holding  `yaml:"holds" json:"holds"`
	Conditions []string `yaml:"conditions" json:"conditions"`
}

// Field is one thing the form asks for. A field with a Source is filled in from
// there, and what the source says is read-only.
type Field struct {
	Key      string    `yaml:"key" json:"key"`
	Label    string    `yaml:"label" json:"label"`
	Kind     FieldKind `yaml:"kind" json:"kind"`
	Required bool      `yaml:"required" json:"required"`
	Source   Source    `yaml:"source" json:"source,omitempty"`
	Choices  []Choice  `yaml:"choices" json:"choices,omitempty"`
	// For, On and When limit where the field is shown: categories, channels, and
	// what another field says.
	For  []string            `yaml:"for" json:"for,omitempty"`
	On   []licensing.Channel `yaml:"on" json:"on,omitempty"`
	When *When               `yaml:"when" json:"when,omitempty"`
	// Min and Max bound a number, or the length of a text; Max 0 is the kind's own.
	Min  int    `yaml:"min" json:"min,omitempty"`
	Max  int    `yaml:"max" json:"max,omitempty"`
	Hint string `yaml:"hint" json:"hint,omitempty"`
}

// Choice is one value of a choice field.
type Choice struct {
	Value string `yaml:"value" json:"value"`
	Label string `yaml:"label" json:"label"`
	// On limits the channels that offer it.
	On []licensing.Channel `yaml:"on" json:"on,omitempty"`
}

// When is a visible condition: the other field holds one of the values.
type When struct {
	Field string   `yaml:"field" json:"field"`
	Is    []string `yaml:"is" json:"is"`
}

func (w *When) holds(form map[string]string) bool {
	return w == nil || slices.Contains(w.Is, form[w.Field])
}

// Material is one thing to be handed in. With an automatic source nobody has to:
// the system fetches it, and asks only when it finds nothing.
type Material struct {
	Code     string         `yaml:"code" json:"code"`
	Required bool           `yaml:"required" json:"required"`
	Source   MaterialSource `yaml:"source" json:"source,omitempty"`
	Forms    []MaterialForm `yaml:"forms" json:"forms"`
	For      []string       `yaml:"for" json:"for,omitempty"`
	When     *When          `yaml:"when" json:"when,omitempty"`
	Note     string         `yaml:"note" json:"note,omitempty"`
}

var statedMost = regexp.MustCompile(`不超过 ([0-9]+) KB`)

// MaxBytes is how large a file of it may be; 0: nobody says. It is read from the note,
// so that what applicants are told is what they are held to.
func (m Material) MaxBytes() int64 {
	found := statedMost.FindStringSubmatch(m.Note)
	if found == nil {
		return 0
	}
	n, _ := strconv.ParseInt(found[1], 10, 32) // digits; too many are no limit
	return n << 10
}

// Days says how sure the periods are, and what they count from when it is not
// the acceptance.
type Days struct {
	Legal    Confidence `yaml:"legal" json:"legal"`
	Promised Confidence `yaml:"promised" json:"promised"`
	Note     string     `yaml:"note" json:"note,omitempty"`
}

// Fee is what is charged. A licence is free unless a law says otherwise, so only
// services may charge (行政许可法 §58).
type Fee struct {
	Charged    bool       `yaml:"charged" json:"charged"`
	Items      []FeeItem  `yaml:"items" json:"items,omitempty"`
	Basis      string     `yaml:"basis" json:"basis"`
	Confidence Confidence `yaml:"confidence" json:"confidence"`
}

// FeeItem is one charge, in fen.
type FeeItem struct {
	Name string `yaml:"name" json:"name"`
	Fen  int    `yaml:"fen" json:"fen"`
}

// Result is what a granted case does to the certificate.
type Result struct {
	Effect Effect   `yaml:"effect" json:"effect"`
	Cards  []string `yaml:"cards" json:"cards,omitempty"`
	Says   string   `yaml:"says" json:"says"`
}

func (d Definition) reaches(only, categories []string) bool {
	return len(only) == 0 || slices.ContainsFunc(only, func(c string) bool { return slices.Contains(categories, c) })
}

// FieldsFor are the fields for these categories that the channel shows; which of
// them are visible still depends on what is filled in (Field.Visible).
func (d Definition) FieldsFor(categories []string, ch licensing.Channel) []Field {
	out := filtered(d.Fields, func(f Field) bool {
		return d.reaches(f.For, categories) && (len(f.On) == 0 || slices.Contains(f.On, ch))
	})
	for i, f := range out {
		if len(f.Choices) > 0 {
			out[i].Choices = filtered(f.Choices, func(c Choice) bool { return len(c.On) == 0 || slices.Contains(c.On, ch) })
		}
	}
	return out
}

// Visible says whether the form as filled in so far shows the field.
func (f Field) Visible(form map[string]string) bool { return f.When.holds(form) }

// MaterialsFor are the materials for these categories and what the form says.
func (d Definition) MaterialsFor(categories []string, form map[string]string) []Material {
	return filtered(d.Materials, func(m Material) bool { return d.reaches(m.For, categories) && m.When.holds(form) })
}

// ChecksFor are the checks for these categories, in the order of the definition.
func (d Definition) ChecksFor(categories []string) []string {
	return filtered(d.Checks, func(code string) bool { return d.reaches(d.ChecksOnly[code], categories) })
}

// Takes says whether an application may come in this way.
func (d Definition) Takes(ch licensing.Channel) bool { return slices.Contains(d.Channels, ch) }

// LetterKinds are the letters of a case of this matter on its straight way.
func (d Definition) LetterKinds() []string {
	for _, s := range letterSets {
		if s.Code == d.Letters {
			return slices.Clone(s.Letters)
		}
	}
	return []string{d.Letters}
}

// Writes says whether a case of this matter gets a letter of a kind when there is
// cause for it.
func (d Definition) Writes(kind string) bool {
	return slices.Contains(whenever, kind) || slices.Contains(d.LetterKinds(), kind)
}

// Standing is a case that is open, or would be, as conflicts see it.
type Standing struct {
	Case       string
	Action     licensing.Action
	Licence    string // empty: a first application
	Categories []string
}

// Clashes are the person's open cases that bar this one (E18): the same licence,
// or for a case without a licence one of the same categories. A transfer takes the
// whole file along, so it clashes with every road transport case, either way round.
func (d Definition) Clashes(mine Standing, open []Standing) []Standing {
	return filtered(open, func(o Standing) bool {
		return slices.Contains(d.Conflicts, o.Action) && meets(mine, o)
	})
}

func meets(a, b Standing) bool {
	if moves(a.Action) || moves(b.Action) {
		return (road(a.Categories) && road(b.Categories)) || (a.Licence != "" && a.Licence == b.Licence)
	}
	if a.Licence != "" && b.Licence != "" {
		return a.Licence == b.Licence
	}
	return slices.ContainsFunc(a.Categories, func(c string) bool { return slices.Contains(b.Categories, c) })
}

func moves(a licensing.Action) bool {
	return a == licensing.TransferIn || a == licensing.TransferOut || a == licensing.TransferRevoke
}

// road says whether one of the categories is on the road transport certificate.
func road(categories []string) bool {
	return slices.ContainsFunc(categories, func(c string) bool {
		return strings.HasPrefix(c, "01") || strings.HasPrefix(c, "02") || strings.HasPrefix(c, "03")
	})
}

func filtered[T any](list []T, keep func(T) bool) []T {
	out := make([]T, 0, len(list))
	for _, v := range list {
		if keep(v) {
			out = append(out, v)
		}
	}
	return out
}
