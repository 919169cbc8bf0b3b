package practitioner

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
)

// Exam is one exam of a person, as the exam domain tells it.
type Exam struct {
	Sitting   string    `json:"sitting"`
	Candidate string    `json:"candidate"`
	Number    string    `json:"number"`
	Title     string    `json:"title"`
	Category  string    `json:"category"`
	Subject   string    `json:"subject"`
	Venue     string    `json:"venue"`
	StartsAt  time.Time `json:"starts_at"`
	Outcome   string    `json:"outcome"`
	Until     string    `json:"until" doc:"合格成绩的有效期（不含），没有为空"`
}

// Hold is something that bars a person, as sanction tells it.
type Hold struct {
	Kind  string    `json:"kind" doc:"严重失信、吊销等"`
	Text  string    `json:"text"`
	Basis string    `json:"basis"`
	Since time.Time `json:"since"`
}

// Case is an application, as licensing tells it.
type Case struct {
	ID        string    `json:"id"`
	ApplyNo   string    `json:"apply_no"`
	Situation string    `json:"situation"`
	State     string    `json:"state"`
	At        time.Time `json:"at"`
}

// Exams, Holds and Cases of a file: Connected says whether there is anybody to
// answer; "nothing found" is another thing than "nobody was asked".
type (
	Exams struct {
		Connected bool   `json:"connected"`
		Items     []Exam `json:"items"`
	}
	Holds struct {
		Connected bool   `json:"connected"`
		Items     []Hold `json:"items"`
	}
	Cases struct {
		Connected bool   `json:"connected"`
		Items     []Case `json:"items"`
	}
)

// Shown is a certificate on the file page, with what follows from today.
type Shown struct {
	Licence
	Window  Window     `json:"window" enum:"EARLY,OPEN,SHORT,LATE,LAPSED,ENDLESS" doc:"换证窗口"`
	OpensOn clock.Date `json:"opens_on" doc:"换证开始受理的日期"`
	AgeEnds clock.Date `json:"age_ends" doc:"按年龄上限，自这一天起不得从业"`
}

// File is everything about one person.
type File struct {
	Person
	Licences      []Shown          `json:"licences"`
	Driving       []DrivingFact    `json:"driving" doc:"最新的在前"`
	Registrations []Registration   `json:"registrations"`
	Education     []EducationFact  `json:"education"`
	Assessments   []AssessmentFact `json:"assessments"`
	Rehires       []Rehire         `json:"rehires" doc:"返聘登记，最新的在前"`
	Cards         []Card           `json:"cards" doc:"服务监督卡、培训合格证，有效的在前"`
	Merged        []Person         `json:"merged" doc:"并入本档案的档案"`
	Exams         Exams            `json:"exams"`
	Holds         Holds            `json:"holds"`
	Cases         Cases            `json:"cases"`
}

// Show is a whole file; that of a merged one is the survivor's. Faults:
// record.missing, practitioner.licence.tampered.
func (s *Service) Show(ctx context.Context, id string) (f File, err error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return f, err
	}
	if f.Person, err = s.Get(ctx, s.db, id); err != nil {
		return f, err
	}
	licences, err := s.Licences(ctx, s.db, f.ID)
	if err != nil {
		return f, err
	}
	if f.Licences, err = s.shown(ctx, f.Person, licences); err != nil {
		return f, err
	}
	if err := s.facts(ctx, &f); err != nil {
		return f, err
	}
	return f, s.elsewhere(ctx, &f)
}

func (s *Service) shown(ctx context.Context, p Person, licences []Licence) ([]Shown, error) {
	ages, err := s.AgeLimits(ctx, s.db)
	out, today := []Shown{}, s.today()
	for _, l := range licences {
		v := Shown{Licence: l, Window: s.Window(l.ValidTo)}
		if !l.ValidTo.IsZero() {
			v.OpensOn = l.ValidTo.Add(-s.Opens)
		}
		for _, c := range l.Categories {
			r, found := AgeRuleOf(ages, c.Code, today)
			if ends := r.Ends(p.Birth, p.Sex); found && (v.AgeEnds.IsZero() || ends.Before(v.AgeEnds)) {
				v.AgeEnds = ends
			}
		}
		out = append(out, v)
	}
	return out, err
}

func (s *Service) facts(ctx context.Context, f *File) (err error) {
	if f.Driving, err = looked[DrivingFact](ctx, s, s.db, drivingSQL, f.ID); err != nil {
		return err
	}
	if f.Registrations, err = db.All[Registration](ctx, s.db, registrationsSQL, f.ID); err != nil {
		return err
	}
	for i := range f.Registrations {
		f.Registrations[i].Broken = !s.whole(&f.Registrations[i])
	}
	if f.Education, err = looked[EducationFact](ctx, s, s.db, educationsSQL, f.ID); err != nil {
		return err
	}
	if f.Assessments, err = looked[AssessmentFact](ctx, s, s.db, assessmentsSQL, f.ID); err != nil {
		return err
	}
	if f.Rehires, err = s.rehiresOf(ctx, s.db, f.ID); err != nil {
		return err
	}
	if f.Cards, err = s.Cards(ctx, s.db, f.ID); err != nil {
		return err
	}
	f.Merged, err = db.All[Person](ctx, s.db, mergedSQL, f.ID)
	return err
}

// elsewhere asks those above what they know of the person.
func (s *Service) elsewhere(ctx context.Context, f *File) (err error) {
	f.Exams.Items = []Exam{}
	if s.Exams != nil {
		blinds, err := db.Rows(ctx, s.db, pgx.RowTo[[]byte], blindsSQL, f.ID)
		if err != nil {
			return err
		}
		f.Exams.Connected = true
		if f.Exams.Items, err = s.Exams(ctx, s.db, blinds); err != nil {
			return err
		}
	}
	f.Holds.Connected, f.Cases.Connected = s.Holds != nil, s.Cases != nil
	f.Holds.Items, f.Cases.Items = []Hold{}, []Case{}
	if s.Holds != nil {
		if f.Holds.Items, err = s.Holds(ctx, s.db, f.ID); err != nil {
			return err
		}
	}
	if s.Cases != nil {
		f.Cases.Items, err = s.Cases(ctx, s.db, f.ID)
	}
	return err
}

// TimelineFilter narrows a timeline.
type TimelineFilter struct{ Kind, Licence string }

// Timeline is who did what when about a person, and about every file that was
// merged into this one.
func (s *Service) Timeline(ctx context.Context, id string, f TimelineFilter, page db.Page) (db.List[Line], error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return db.List[Line]{}, err
	}
	p, err := s.Get(ctx, s.db, id)
	if err != nil {
		return db.List[Line]{}, err
	}
	w := new(db.Where).And("e.person IN (SELECT m.id FROM practitioner m WHERE m.id = ? OR m.merged_into = ?)", p.ID, p.ID).
		Eq("e.kind", f.Kind).Eq("e.licence", f.Licence).Like(page.Q, "e.text", "e.by_name", "e.ref")
	out, err := db.Select[Line](ctx, s.db, timelineSQL, w, timelineSorts, page)
	for i := range out.Items {
		out.Items[i].part()
	}
	return out, err
}

// part tells a document's number, which people read, from the id of a case, which a
// page opens: an event keeps either.
func (l *Line) part() {
	if uuid.Validate(l.Ref) == nil {
		l.Case, l.Ref = l.Ref, ""
	}
}
