// Package exam is what the cloud and the edge must compute alike: questions,
// paper rules, papers generated from a seed, and scores. It is used by the
// question bank and paper rules of the cloud (M55, M56), by the venue that
// makes a paper for every candidate (M65), and by the cloud again when it
// regenerates and rescores each one. Rules follow chapter 9 of the domain
// reference; every number in them is data.
//
// It does no I/O, reads no clock and knows no database. Two programs given the
// same rule, range and seed get the same paper, byte for byte, for ever: the
// golden vectors under testdata/exam may only be added to.
package exam

// Type is a question's type; it decides how it is shown and scored.
type Type string

// The four types the customer's bank holds.
const (
	TF     Type = "TF"     // 判断: answer "T" or "F"
	Single Type = "SINGLE" // 单选: one option key
	Multi  Type = "MULTI"  // 多选: all right keys, or what Rule.MultiPartial grants
	Case   Type = "CASE"   // 案例: a stem and two to five sub-questions, drawn as a whole
)

// Points are tenths of a point: half marks and "漏选半分" stay exact.
type Points int

// Question is one question of the bank at one version.
type Question struct {
	ID         string     `json:"id"`
	Version    int        `json:"version"`
	Industry   string     `json:"industry"`   // taxi, ridehail, freight, dangerous, bus, coach
	Categories []string   `json:"categories"` // five-digit category codes it may be used for
	Subject    string     `json:"subject"`
	Chapter    string     `json:"chapter"`
	Difficulty int        `json:"difficulty"` // 1 easy … 5 hard
	LawRef     string     `json:"law_ref"`
	Type       Type       `json:"type"`
	Stem       string     `json:"stem"`
	Media      []Media    `json:"media,omitempty"`
	Options    []Option   `json:"options,omitempty"` // empty for TF and Case
	Answer     []string   `json:"answer,omitempty"`  // sorted keys; "T" or "F" for TF; empty for Case
	Explain    string     `json:"explain,omitempty"`
	Sub        []Question `json:"sub,omitempty"` // Case only; ID, Version, Chapter … of a sub are empty
}

// Option is one choice. Its Key is the bank's; what a candidate sees as A, B, C
// depends on the shuffled order in the paper.
type Option struct {
	Key  string `json:"key"`
	Text string `json:"text"`
}

// Media is a picture of a question, content-addressed by SM3.
type Media struct {
	Digest string `json:"digest"`
	Type   string `json:"type"` // image/png, image/jpeg
	Alt    string `json:"alt,omitempty"`
}

// Rule says how a paper is put together. A rule in use is never changed, only
// succeeded by a higher Version.
type Rule struct {
	ID           string    `json:"id"`
	Version      int       `json:"version"`
	Name         string    `json:"name"`
	Category     string    `json:"category"`
	Subject      string    `json:"subject"`
	Sections     []Section `json:"sections"`
	Minutes      int       `json:"minutes"` // working time
	Pass         Points    `json:"pass"`
	Shuffle      bool      `json:"shuffle"`         // question order within a section
	ShuffleOpts  bool      `json:"shuffle_options"` // option order; TF is never shuffled
	MultiPartial bool      `json:"multi_partial"`   // half the points for a proper subset of the right keys
	ShowScore    bool      `json:"show_score"`      // shown to the candidate at hand-in
	EarlyMinutes int       `json:"early_minutes"`   // no hand-in before this many minutes
}

// Section is a run of questions of one type and equal worth. For Case, Count
// counts whole cases and Each is the worth of one sub-question.
type Section struct {
	Type       Type    `json:"type"`
	Count      int     `json:"count"`
	Each       Points  `json:"each"`
	Subs       int     `json:"subs,omitempty"` // Case: sub-questions a case must have
	Chapters   []Quota `json:"chapters,omitempty"`
	Difficulty []Share `json:"difficulty,omitempty"` // empty = as the bank gives
}

// Quota bounds how many questions of a chapter a section has. Max 0 = no bound.
// Chapters without a quota may fill whatever the quotas leave open.
type Quota struct {
	Chapter string `json:"chapter"`
	Min     int    `json:"min"`
	Max     int    `json:"max,omitempty"`
}

// Share is the wanted part of a difficulty level in a section, in percent; the
// shares of a section add up to 100. They become whole numbers of questions by
// largest remainder. A level without a share is used only when relaxed.
type Share struct {
	Level   int `json:"level"`
	Percent int `json:"percent"`
}

// Range is the set of questions sent to a venue for one sitting, from which its
// papers are drawn.
type Range struct {
	ID        string     `json:"id"`
	Questions []Question `json:"questions"`
}

// Paper is one candidate's paper: which questions, in which order, worth what,
// and what of the rule is needed to score it. It holds no text and no answers.
type Paper struct {
	Method  int          `json:"method"` // how it was generated; see Method
	Rule    string       `json:"rule"`
	Version int          `json:"version"`
	Range   string       `json:"range"`
	Pass    Points       `json:"pass"`
	Partial bool         `json:"partial"` // Rule.MultiPartial
	Items   []Item       `json:"items"`
	Relaxed []Relaxation `json:"relaxed,omitempty"`
}

// Item is one scored position: a plain question, or one sub-question of a case.
// No is "1", "2", …, and "85.1", "85.2" for sub-questions.
type Item struct {
	No       string `json:"no"`
	Question string `json:"question"`
	Version  int    `json:"version"`
	Sub      int    `json:"sub,omitempty"`   // 1-based index into Question.Sub; 0 = the question itself
	Section  int    `json:"section"`         // index into Rule.Sections
	Order    []int  `json:"order,omitempty"` // displayed option i is Options[Order[i]]
	Worth    Points `json:"worth"`
}

// Relaxation is a wish of the rule that could not be met and was let go of, in
// the order chapter, difficulty, recent.
type Relaxation struct {
	Section int    `json:"section"`
	Kind    string `json:"kind"`   // chapter | difficulty | recent
	Detail  string `json:"detail"` // Chinese: what was wanted, what was drawn
}

// Shortage names what a bank or range lacks for a rule. A hard shortage makes
// generation impossible; a soft one means that papers will be relaxed.
type Shortage struct {
	Section int    `json:"section"`
	Hard    bool   `json:"hard"`
	Kind    string `json:"kind"` // count | chapter | difficulty
	Chapter string `json:"chapter,omitempty"`
	Level   int    `json:"level,omitempty"`
	Need    int    `json:"need"`
	Have    int    `json:"have"`
	Text    string `json:"text"` // Chinese: which shortage, and what to do
}

// Response is a candidate's answer to an item: option keys of the bank.
type Response struct {
	Item     string   `json:"item"`
	Revision uint64   `json:"revision"`
	Choice   []string `json:"choice"`
}

// Result is a scored paper.
type Result struct {
	Total    Points       `json:"total"`
	Full     Points       `json:"full"`
	Passed   bool         `json:"passed"`
	Answered int          `json:"answered"`
	Stray    int          `json:"stray,omitempty"` // responses to items the paper does not have
	Items    []ItemResult `json:"items"`
}

// ItemResult is the score of one item.
type ItemResult struct {
	No    string `json:"no"`
	Right bool   `json:"right"`
	Got   Points `json:"got"`
}
