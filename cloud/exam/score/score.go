// Package score takes over when a sitting has closed (M58, M64): it compares
// the venue's figures with what arrived, makes every paper again from its
// seed, scores every answer again, names each difference, and publishes after
// two people have agreed. Used by the centre's examination office and score
// reviewers.
//
// The cloud's score counts; the venue's is only compared with it. Every score
// row and every round carries a MAC, which is checked before publication.
//
// It does not collect answers (sitting does) and holds no rule of scoring
// (protocol/exam does, the same at the venue).
package score

import (
	"strings"
	"time"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/exam/conduct"
	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
)

// Permissions of scores.
const (
	PermList    = "exam.score.list"
	PermRun     = "exam.score.run"
	PermConfirm = "exam.score.confirm"
	PermPublish = "exam.score.publish"
	PermExport  = "exam.score.export"
	PermAnnul   = "exam.score.annul"
	PermInspect = "exam.score.inspect"
	PermReview  = "exam.score.review"
)

// Outcome is what a result comes to.
type Outcome string

// Outcomes. Somebody who logged in and never began has no marks to fail with,
// and whose identity a person denied gets none until the centre has decided.
const (
	Passed     Outcome = vocabulary.OutcomePassed
	Failed     Outcome = vocabulary.OutcomeFailed
	Void       Outcome = vocabulary.OutcomeVoid
	Zero       Outcome = vocabulary.OutcomeZero
	Absent     Outcome = vocabulary.OutcomeAbsent
	NotStarted Outcome = vocabulary.OutcomeNotStarted
	Withheld   Outcome = vocabulary.OutcomeWithheld
)

// unscored is how a venue says that it could not score a hand-in itself.
const unscored = -1

// Attempt is one attempt as the venue reported it.
type Attempt struct {
	ID        string          `db:"id"`
	Candidate string          `db:"candidate"`
	Paper     string          `db:"paper"`
	Started   bool            `db:"started"`
	HandedIn  bool            `db:"handed_in"`
	Answers   string          `db:"answers"`
	Edge      int             `db:"edge"`
	Replies   []exam.Response `db:"-"` // the standing ones
}

// Score is an attempt rescored.
type Score struct {
	Attempt    string            `json:"attempt" db:"attempt"`
	Sitting    string            `json:"-" db:"sitting"`
	Candidate  string            `json:"candidate" db:"candidate"`
	Edge       *int              `json:"edge,omitempty" db:"edge" doc:"考场判分，单位 0.1 分"`
	Score      int               `json:"score" db:"score" doc:"中心复算分，单位 0.1 分"`
	Full       int               `json:"full" db:"full_marks"`
	Pass       int               `json:"pass" db:"pass_mark"`
	Passed     bool              `json:"passed" db:"passed"`
	Outcome    Outcome           `json:"outcome" db:"outcome" enum:"PASSED,FAILED,VOID,ZERO,ABSENT,NOT_STARTED,WITHHELD"`
	Identity   conduct.Identity  `json:"identity" db:"identity" doc:"UNDECIDED 核验没有定论，FAILED 不是本人"`
	Answered   int               `json:"answered" db:"answered"`
	PaperOK    bool              `json:"paper_ok" db:"paper_ok"`
	AnswersOK  bool              `json:"answers_ok" db:"answers_ok"`
	ScoreOK    bool              `json:"score_ok" db:"score_ok"`
	Voided     string            `json:"voided" db:"voided" doc:"影响成绩的违纪码"`
	Difference string            `json:"difference" db:"difference"`
	Items      []exam.ItemResult `json:"-" db:"items"`
	MAC        []byte            `json:"-" db:"mac"`
}

// Line compares one figure of the venue with ours.
type Line struct {
	Code  string `json:"code"`
	Name  string `json:"name"`
	Venue string `json:"venue"`
	Cloud string `json:"cloud"`
	OK    bool   `json:"ok"`
}

// Round is the state of a sitting's rescoring.
type Round struct {
	Sitting       string     `json:"sitting" db:"sitting"`
	RunAt         time.Time  `json:"run_at" db:"run_at"`
	RunBy         string     `json:"run_by" db:"run_by"`
	Attempts      int        `json:"attempts" db:"attempts"`
	Differences   int        `json:"differences" db:"differences"`
	Comparison    []Line     `json:"comparison" db:"comparison"`
	Basis         Basis      `json:"-" db:"basis"`
	ConfirmedBy   *string    `json:"confirmed_by_id,omitempty" db:"confirmed_by"`
	ConfirmedName string     `json:"confirmed_name" db:"confirmed_name"`
	ConfirmedAt   *time.Time `json:"confirmed_at,omitempty" db:"confirmed_at"`
	Waiver        string     `json:"waiver" db:"waiver"`
	PublishedBy   *string    `json:"-" db:"published_by"`
	PublishedName string     `json:"published_name" db:"published_name"`
	PublishedAt   *time.Time `json:"published_at,omitempty" db:"published_at"`
	MAC           []byte     `json:"-" db:"mac"`
}

// confirm is the first person's word. Faults: exam.score.confirm.done, .waiver.
func (r *Round) confirm(by, name, waiver string, at time.Time) error {
	if r.ConfirmedBy != nil {
		return fault.New(fault.Precondition, "exam.score.confirm.done", "成绩已由 "+r.ConfirmedName+" 确认，请由另一人发布")
	}
	if r.Differences > 0 && strings.TrimSpace(waiver) == "" {
		return fault.Newf(fault.Invalid, "exam.score.confirm.waiver", "有 %d 处差异，确认前请写明核实情况", r.Differences)
	}
	r.ConfirmedBy, r.ConfirmedName, r.ConfirmedAt, r.Waiver = &by, name, &at, strings.TrimSpace(waiver)
	return nil
}

// publish is the second person's. Faults: exam.score.publish.unconfirmed, .self.
func (r *Round) publish(by, name string, at time.Time) error {
	if r.ConfirmedBy == nil {
		return fault.New(fault.Precondition, "exam.score.publish.unconfirmed", "成绩尚未确认，请先由一名工作人员确认")
	}
	if *r.ConfirmedBy == by {
		return fault.New(fault.Forbidden, "exam.score.publish.self", "确认人不能发布，请由另一名工作人员发布成绩")
	}
	r.PublishedBy, r.PublishedName, r.PublishedAt = &by, name, &at
	return nil
}

// rescore scores the answers of an attempt again, on its paper made again, and
// says where the venue's word differs.
func rescore(a *Attempt, paper *exam.Paper, index *exam.Index, sitting string) (Score, error) {
	res, err := exam.Score(paper, index, a.Replies)
	if err != nil {
		return Score{}, err
	}
	out := Score{
		Attempt: a.ID, Sitting: sitting, Candidate: a.Candidate, Score: int(res.Total), Full: int(res.Full), Pass: int(paper.Pass),
		Passed: res.Passed, Answered: res.Answered, Items: res.Items,
		PaperOK:   a.Paper == paper.Digest().String(),
		AnswersOK: a.HandedIn && a.Answers == exam.AnswersDigest(a.Replies).String(),
		ScoreOK:   true,
	}
	out.Difference = strings.Join(a.differences(&out, res), "；")
	return out, nil
}

// untouched says that a candidate logged in and never began.
func (a *Attempt) untouched() bool { return !a.Started && len(a.Replies) == 0 }

// differences names in Chinese where the venue's word and ours part, and fills
// in the venue's score.
func (a *Attempt) differences(out *Score, res exam.Result) []string {
	var diff []string
	if !a.HandedIn && !a.untouched() {
		diff = append(diff, "没有交卷记录")
	}
	if !out.PaperOK {
		diff = append(diff, "按种子重新生成的试卷与考场上报的不一致")
	}
	if a.HandedIn && !out.AnswersOK {
		diff = append(diff, "收到的答案与交卷时的摘要不一致")
	}
	if res.Stray > 0 {
		diff = append(diff, "有不属于该试卷的答案")
	}
	if a.HandedIn && a.Edge != unscored {
		out.Edge = &a.Edge
		if out.ScoreOK = a.Edge == out.Score; !out.ScoreOK {
			diff = append(diff, "考场判 "+exam.Points(a.Edge).String()+" 分，中心复算 "+res.Total.String()+" 分")
		}
	}
	return diff
}

// conclude turns marks into a result: conduct first, then whether they began,
// who they were, and only then the pass mark.
func (c *Score) conclude(untouched bool, b conduct.Bearing) {
	if c.Outcome = Failed; c.Passed {
		c.Outcome = Passed
	}
	c.Identity = b.Identity
	switch {
	case b.Consequence == conduct.Void || b.Consequence == conduct.Ban:
		c.Outcome = Void
	case b.Consequence == conduct.Absent:
		c.Outcome = Absent
	case untouched:
		c.Outcome, c.AnswersOK = NotStarted, true
	case b.Consequence == conduct.Zero:
		c.Outcome, c.Score = Zero, 0
	}
	if c.Passed = c.Outcome == Passed; c.Outcome != Passed && c.Outcome != Failed && c.Outcome != NotStarted {
		c.Voided = b.Code
	}
	c.doubt()
}

// doubt withholds a result from somebody of whom a person said that they are
// not who applied; a check that nobody decided has to be explained.
func (c *Score) doubt() {
	if c.Outcome != Passed && c.Outcome != Failed {
		return
	}
	word := ""
	switch c.Identity {
	case conduct.Other:
		c.Outcome, c.Passed, word = Withheld, false, "身份核验结论是“不是本人”，成绩暂缓"
	case conduct.Doubt:
		word = "身份核验没有定论"
	}
	c.Difference = strings.TrimPrefix(c.Difference+"；"+word, "；")
	c.Difference = strings.TrimSuffix(c.Difference, "；")
}
