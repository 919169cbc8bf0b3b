package exam

import (
	"fmt"
	"slices"
	"time"

	"huyun.internal/edge/store"
	pexam "huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

// A rehearsal's sitting is one of the venue's own making: its id says so, its
// questions are those below and no others, and whoever lists the venue's
// sittings does not see it (Sittings). It goes through the same store, attempts
// and journal as a real one; that is what it is for.

// Rehearsal reports whether the sitting is a practice one.
func (s *Sitting) Rehearsal() bool { return wire.Rehearsed(s.Sitting) }

// RehearsalTitle is what every page calls the practice sitting.
const RehearsalTitle = "【演练】断网演练，不是考试"

// rehearsalMinutes is the working time of a practice paper: longer than any drill.
const rehearsalMinutes = 180

// RehearsalLimit is how many people a rehearsal has at most.
const RehearsalLimit = 200

// Rehearse stores a practice sitting of these seats, running at once. It fails
// with exam.rehearsal.busy while a real sitting can be read here or another
// rehearsal runs: nobody shall take the one for the other.
func Rehearse(tx *store.Tx, id, venue string, seats []string) (Sitting, error) {
	all, err := All(tx)
	if err != nil {
		return Sitting{}, err
	}
	for _, st := range all {
		if st.Readable() && st.Rehearsal() {
			return Sitting{}, fault.Preconditionf("exam.rehearsal.busy", "已有一次演练正在进行，请先完成或中止它")
		}
		if st.Readable() {
			return Sitting{}, fault.Preconditionf("exam.rehearsal.busy", "场次“%s”%s，此时不能演练；请在没有可开考或进行中的场次时进行", st.Title, st.State.Name())
		}
	}
	st := Sitting{State: Running, OpenedAt: tx.Now(), StartedAt: tx.Now()}
	st.SittingAssigned = wire.SittingAssigned{
		Sitting: id, Version: 1, Title: RehearsalTitle, Subject: "演练题", Venue: venue, Room: "演练",
		Start: tx.Now(), Duration: rehearsalMinutes, Seats: seats, Candidates: min(len(seats), RehearsalLimit),
	}
	return st, Put(tx, st)
}

// rehearsalRoll is who takes part in a rehearsal: nobody. There is one made-up
// name for each seat, without a number, a photograph or a face.
func rehearsalRoll(st Sitting) *Roll {
	r := &Roll{Candidates: make([]Candidate, st.Candidates), photo: func(string) ([]byte, error) {
		return nil, fault.NotFoundf("exam.roster.photo", "演练没有预留照片")
	}}
	for i := range r.Candidates {
		n := fmt.Sprintf("%02d", i+1)
		r.Candidates[i] = Candidate{ID: st.Sitting + "." + n, Admission: practice + n, Name: "演练考生" + n, IDNumber: RehearsalNumber}
	}
	r.index()
	return r
}

// practice begins the admission numbers of a rehearsal; the centre's are digits.
const practice = "YL"

// PracticeFor is the admission number to be used at a seat; empty when the
// sitting is not a rehearsal.
func (s *Sitting) PracticeFor(seat string) string {
	i := slices.Index(s.Seats, seat)
	if !s.Rehearsal() || i < 0 || i >= s.Candidates {
		return ""
	}
	return fmt.Sprintf("%s%02d", practice, i+1)
}

// RehearsalNumber is what stands for the ID number of everybody in a rehearsal.
const RehearsalNumber = "0000"

// openRehearsal makes the practice questions ready for papers.
func (s *Service) openRehearsal(st Sitting) error {
	rule, questions := rehearsalPaper()
	index, err := pexam.NewIndex(pexam.Range{ID: "rehearsal", Questions: questions})
	if err != nil {
		return err
	}
	plan, err := pexam.Prepare(rule, index)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.books[st.Sitting] = &Book{rule: rule, index: index, plan: plan, secret: []byte("huyun rehearsal: no secret"), picture: func(string) ([]byte, error) {
		return nil, fault.NotFoundf("exam.book.picture", "图片不存在")
	}}
	return nil
}

// rehearsalPaper is a paper that no bank has: each question says of itself that
// it is none.
func rehearsalPaper() (pexam.Rule, []pexam.Question) {
	const subject, category = "演练题", "00000"
	rule := pexam.Rule{
		ID: "rehearsal", Version: 1, Name: "演练卷（不计成绩）", Category: category, Subject: subject, Minutes: rehearsalMinutes, Pass: 120,
		Sections: []pexam.Section{{Type: pexam.TF, Count: 8, Each: 10}, {Type: pexam.Single, Count: 8, Each: 10}, {Type: pexam.Multi, Count: 4, Each: 10}},
	}
	var out []pexam.Question
	add := func(typ pexam.Type, n int, stem string, answer []string, options ...pexam.Option) {
		for i := range n {
			out = append(out, pexam.Question{
				ID: fmt.Sprintf("rehearsal-%s-%02d", typ, i+1), Version: 1, Industry: "rehearsal", Categories: []string{category}, Subject: subject,
				Chapter: subject, Difficulty: 1, Type: typ, Stem: fmt.Sprintf("【演练题 %d】%s", i+1, stem), Options: options, Answer: answer,
			})
		}
	}
	options := func(texts ...string) []pexam.Option {
		list := make([]pexam.Option, len(texts))
		for i, t := range texts {
			list[i] = pexam.Option{Key: string(rune('A' + i)), Text: t}
		}
		return list
	}
	add(pexam.TF, 8, "这是演练，不是考试：请任选“正确”或“错误”，看右上角的保存标记是否变绿。", []string{"T"})
	add(pexam.Single, 8, "这是演练，不是考试：请任选一项，再改选另一项。", []string{"A"}, options("选项一", "选项二", "选项三", "选项四")...)
	add(pexam.Multi, 4, "这是演练，不是考试：请任选两项或更多。", []string{"A", "B"}, options("选项一", "选项二", "选项三", "选项四")...)
	return rule, out
}

// Everything lists all sittings, a rehearsal's too: for whoever serves both
// alike, the terminals and what opens questions.
func (s *Service) Everything() ([]Sitting, error) {
	var list []Sitting
	err := s.Store.View(func(r store.Reader) (err error) {
		list, err = All(r)
		return err
	})
	return list, err
}

// Sittings loads those that the centre assigned; a rehearsal is none of them.
func (s *Service) Sittings() ([]Sitting, error) {
	all, err := s.Everything()
	return Real(all), err
}

// Real leaves the rehearsals out of a list.
func Real(all []Sitting) []Sitting {
	out := all[:0:0]
	for _, st := range all {
		if !st.Rehearsal() {
			out = append(out, st)
		}
	}
	return out
}

// EndRehearsal closes a practice sitting: nobody may log in or write any more.
func EndRehearsal(tx *store.Tx, id string, at time.Time) error {
	st, err := Get(tx, id)
	if err != nil {
		return err
	}
	if err := st.Do(Close); err != nil {
		return err
	}
	st.ClosedAt, st.Paused = at, false
	return Put(tx, st)
}
