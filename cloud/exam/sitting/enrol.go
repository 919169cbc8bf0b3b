package sitting

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/cloud/training/class"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// Application is one person as a form sends them (M62).
type Application struct {
	Name    string `json:"name" minLength:"1" maxLength:"50"`
	IDNo    string `json:"id_no" minLength:"1" maxLength:"30" text:"id"`
	Mobile  string `json:"mobile,omitempty" maxLength:"20"`
	Kind    string `json:"kind" enum:"NEW,RETRAIN" doc:"岗前或复训；选了班级时以班级为准"`
	Class   string `json:"class,omitempty" maxLength:"40" doc:"结业的班级，选填"`
	Consent bool   `json:"consent" doc:"已书面同意人脸核验"`
	Renewed bool   `json:"renewed,omitempty" doc:"补考未通过或已过补考期，已重新报名缴费"`
	Photo   []byte `json:"photo,omitempty" doc:"JPEG 或 PNG 照片"`
}

// yes is how a workbook says it.
func yes(b bool) string {
	if b {
		return "是"
	}
	return "否"
}

// kindWord is a kind of training as a workbook says it.
func kindWord(kind string) string {
	if kind == class.Retrain {
		return "复训"
	}
	return "岗前"
}

func (a Application) row() sheet.Row {
	row := sheet.MakeRow(1, map[string]string{
		colName: strings.TrimSpace(a.Name), colIDNo: strings.TrimSpace(a.IDNo), colMobile: strings.TrimSpace(a.Mobile),
		colConsent: yes(a.Consent), colKind: kindWord(a.Kind), colRenewed: yes(a.Renewed),
	})
	if len(a.Photo) > 0 {
		row.Pictures = [][]byte{a.Photo}
	}
	return row
}

// AddCandidate adds one candidate to a sitting. Everything that is wrong is told at
// once. Faults: exam.sitting.apply.refused, exam.sitting.revise.state,
// training.class.member.none, exam.sitting.enrol.category.
func (s *Service) AddCandidate(ctx context.Context, id string, a Application) (Candidate, error) {
	in, err := s.readable(ctx, s.DB, PermEnrol, sittingSQL, id)
	if err != nil {
		return Candidate{}, err
	}
	r := newRoster(in.Category, in.StartsAt, nil)
	r.row(a.row())
	blobs, err := s.storePhotos(ctx, r.entries)
	if err != nil {
		return Candidate{}, err
	}
	var out Candidate
	return out, s.DB.InTx(ctx, func(tx pgx.Tx) error {
		locked, err := s.locked(ctx, tx, PermEnrol, id)
		if err != nil {
			return err
		}
		problems, entries := r.problems, slices.Clone(r.entries)
		look := entries
		if e, ok := r.known(); ok && len(entries) == 0 {
			look = []entry{e} // wrong as they are, what is held about them is told as well
		}
		more, err := s.present(ctx, tx, locked, look)
		if err != nil {
			return err
		}
		problems = append(slices.Clone(problems), more...)
		if len(problems) > 0 {
			return fault.New(fault.Invalid, "exam.sitting.apply.refused", sheet.Sentence(problems))
		}
		if err := s.ofClass(ctx, tx, locked, a.Class, &entries[0]); err != nil {
			return err
		}
		if err := s.move(ctx, tx, &locked, VerbRevise, ""); err != nil {
			return err
		}
		if err := s.insert(ctx, tx, locked, "exam.sitting.apply", entries, blobs); err != nil {
			return err
		}
		out, err = db.Row[Candidate](ctx, tx, newestCandidateSQL, id)
		return err
	})
}

// ofClass marks an applicant as one who finished a class.
func (s *Service) ofClass(ctx context.Context, tx pgx.Tx, in Sitting, id string, e *entry) error {
	if id == "" {
		return nil
	}
	c, member, err := s.Classes.Graduate(ctx, tx, id, e.id)
	if err != nil {
		return err
	}
	e.class, e.member, e.kind = c.ID, member, c.Kind
	return fitting(c, in)
}

func fitting(c class.Class, in Sitting) error {
	if c.Category != in.Category {
		return fault.Newf(fault.Precondition, "exam.sitting.enrol.category", "班级 %s 的类别是 %s，本场次是 %s，不能报名", c.Number, c.Category, in.Category)
	}
	return nil
}

// Enrolled is the answer to a class's registration: who was taken, and who was
// not and why.
type Enrolled struct {
	Added   int       `json:"added"`
	Refused []Refused `json:"refused"`
}

// Refused is somebody who was not taken.
type Refused struct {
	Member string `json:"member"`
	Name   string `json:"name"`
	IDNo   string `json:"id_no"`
	Why    string `json:"why"`
}

// Enrol registers those who passed a class, or those of members, for a sitting.
// Who may not sit is listed and the rest is taken. Faults: those of
// class.Graduates, exam.sitting.enrol.category, exam.sitting.revise.state,
// exam.sitting.import.seats.
func (s *Service) Enrol(ctx context.Context, id, of string, members []string, consent bool) (Enrolled, error) {
	var out Enrolled
	return out, s.DB.InTx(ctx, func(tx pgx.Tx) error {
		out = Enrolled{Refused: []Refused{}}
		in, err := s.locked(ctx, tx, PermEnrol, id)
		if err != nil {
			return err
		}
		c, people, err := s.Classes.Graduates(ctx, tx, of, members)
		if err != nil {
			return err
		}
		if err := fitting(c, in); err != nil {
			return err
		}
		r := newRoster(in.Category, in.StartsAt, nil)
		for i, g := range people {
			r.row(sheet.MakeRow(i, map[string]string{colName: g.Name, colIDNo: g.ID.Reveal(), colMobile: g.Mobile.Reveal(), colConsent: yes(consent)}))
		}
		more, err := s.present(ctx, tx, in, r.entries)
		if err != nil {
			return err
		}
		taken, why := r.sift(more)
		for i, g := range people {
			if why[i] != "" {
				out.Refused = append(out.Refused, Refused{g.Member, g.Name, g.ID.Mask(), why[i]})
			}
		}
		for i := range taken {
			taken[i].class, taken[i].member, taken[i].kind = c.ID, people[taken[i].row].Member, c.Kind
		}
		if out.Added = len(taken); out.Added == 0 {
			return nil
		}
		if err := s.move(ctx, tx, &in, VerbRevise, ""); err != nil {
			return err
		}
		return s.insert(ctx, tx, in, PermEnrol, taken, map[sm.Digest]sm.Digest{})
	})
}

// ClassExam is one registration of a member of a class, and what came of it.
type ClassExam struct {
	Member    string    `json:"member" db:"member"`
	Name      string    `json:"name" db:"name"`
	IDNo      string    `json:"id_no" db:"idno_mask"`
	Sitting   string    `json:"sitting" db:"sitting"`
	Number    string    `json:"number" db:"number"`
	Title     string    `json:"title" db:"title"`
	Subject   string    `json:"subject" db:"subject"`
	StartsAt  time.Time `json:"starts_at" db:"starts_at"`
	State     State     `json:"state" db:"state"`
	Admission string    `json:"admission" db:"admission"`
	Outcome   string    `json:"outcome" db:"outcome" enum:"WAITING,PASSED,FAILED,VOID,ZERO,MISSED,ABSENT,NOT_STARTED,WITHHELD" doc:"未公布前为 WAITING；MISSED 没有来，ABSENT 来了、按缺考处理"`
	Score     *int64    `json:"score,omitempty" db:"score"`
}

// OutcomeSQL is the outcome of candidate c in sitting s, beside OutcomeTables:
// nothing before it is published. Who came in and never logged in has missed no
// exam: they did not begin one.
const OutcomeSQL = `CASE WHEN s.state <> 'PUBLISHED' THEN 'WAITING'
	WHEN e.attempt IS NULL AND door.admitted THEN 'NOT_STARTED'
	WHEN e.attempt IS NULL THEN 'MISSED' ELSE e.outcome END`

// CountsSQL is the order in which one of a candidate's several scores counts; x is exam_score.
const CountsSQL = `x.voided = '' DESC, x.passed DESC, x.score DESC`

// MarksSQL are the marks of x that are a result, as vocabulary.Marked has it.
const MarksSQL = `CASE WHEN x.outcome IN ('` + vocabulary.OutcomePassed + `', '` + vocabulary.OutcomeFailed + `', '` + vocabulary.OutcomeZero + `') THEN x.score END`

// OutcomeTables join a candidate c of sitting s with what counts of their
// scores, e, and with the last decision at the door.
const OutcomeTables = ` LEFT JOIN LATERAL (SELECT x.attempt, x.outcome, ` + MarksSQL + ` AS score, x.full_marks, x.pass_mark FROM exam_score x
	WHERE x.sitting = s.id AND x.candidate = c.id AND s.state = 'PUBLISHED'
	ORDER BY ` + CountsSQL + ` LIMIT 1) e ON true
	LEFT JOIN LATERAL (SELECT d.admitted FROM exam_checkin d WHERE d.sitting = s.id AND d.candidate = c.id AND s.state = 'PUBLISHED'
	ORDER BY d.at DESC, d.record DESC LIMIT 1) door ON true`

const classExamsSQL = `SELECT coalesce(c.member, '') AS member, c.name, c.idno_mask, s.id AS sitting, s.number, s.title, s.subject, s.starts_at,
	s.state, c.admission, ` + OutcomeSQL + ` AS outcome, e.score
	FROM exam_candidate c JOIN exam_sitting s ON s.id = c.sitting` + OutcomeTables

var classExamSorts = db.Sorts{"": "s.starts_at DESC, c.seq, c.id", "name": "c.name", "starts_at": "s.starts_at"}

// OfClass lists who of a class is registered for which sitting, with the result;
// an outcome keeps those with it.
func (s *Service) OfClass(ctx context.Context, id, outcome string, page db.Page) (db.List[ClassExam], error) {
	if _, err := s.Classes.Get(ctx, id); err != nil {
		return db.List[ClassExam]{}, err
	}
	w := new(db.Where).And("c.class = ?", id).And("s.state <> 'CANCELLED'").Eq(OutcomeSQL, outcome).Like(page.Q, "c.name", "c.admission", "s.number", "s.title")
	out, err := db.Select[ClassExam](ctx, s.DB, classExamsSQL, w, classExamSorts, page)
	if err != nil {
		return out, fmt.Errorf("exams of class: %w", err)
	}
	return out, nil
}
