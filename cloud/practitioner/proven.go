package practitioner

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/proof"
	"huyun.internal/protocol/fault"
)

// Kept is what a row about a person has beside what it says.
type Kept struct {
	ID     string `json:"-" db:"id"`
	Person string `json:"-" db:"person"`
	Broken bool   `json:"broken" db:"-" doc:"数据被改动过"`
	MAC    []byte `json:"-" db:"mac"`
}

func (k *Kept) kept() *Kept { return k }

// What is known of a person, as it is on file: the driving licence, courses and
// grades that E03, E12 and E13 hang on.
type (
	DrivingFact struct {
		Kept
		Driving
	}
	EducationFact struct {
		Kept
		Education

		At time.Time `json:"-" db:"at"`
	}
	AssessmentFact struct {
		Kept
		Assessment

		At time.Time `json:"-" db:"at"`
	}
)

// fact is a row whose MAC protects the whole of it.
type fact[T any] interface {
	*T
	kept() *Kept
	parts() [][]byte
	title() string
}

func (d *DrivingFact) parts() [][]byte {
	return [][]byte{
		[]byte("practitioner_driving"), []byte(d.ID), []byte(d.Person), []byte(d.Class), []byte(d.First.String()), []byte(d.ValidTo.String()),
		[]byte(d.Status), []byte(d.Source), []byte(keys.Stamp(d.SourceAt)),
	}
}

func (d *DrivingFact) title() string {
	return fmt.Sprintf("驾驶证信息（%s，来源 %s）", d.Class, d.Source)
}

func (e *EducationFact) parts() [][]byte {
	return [][]byte{
		[]byte("practitioner_education"), []byte(e.ID), []byte(e.Person), []byte(e.Category), []byte(e.Org), []byte(e.ClassNo), []byte(strconv.Itoa(e.Hours)),
		[]byte(e.Begins.String()), []byte(e.Ends.String()), []byte(e.Mode), []byte(e.Certificate), []byte(e.Source), []byte(keys.Stamp(e.At)),
	}
}

func (e *EducationFact) title() string {
	return fmt.Sprintf("继续教育记录（%s，%s 至 %s）", e.Org, e.Begins, e.Ends)
}

func (a *AssessmentFact) parts() [][]byte {
	return [][]byte{
		[]byte("practitioner_assessment"), []byte(a.ID), []byte(a.Person), []byte(a.Category), []byte(a.From.String()), []byte(a.To.String()),
		[]byte(a.Grade), []byte(strconv.Itoa(a.Points)), []byte(a.Source), []byte(keys.Stamp(a.At)),
	}
}

func (a *AssessmentFact) title() string {
	return fmt.Sprintf("诚信考核记录（%s 至 %s）", a.From, a.To)
}

// known reads a person's facts of one kind for a decision, all of them: an edit that
// hides one is seen beside the others. Fault: practitioner.fact.tampered.
func known[T any, F fact[T]](ctx context.Context, s *Service, q db.Q, sql, person string) ([]T, error) {
	list, err := db.All[T](ctx, q, sql, person)
	if err != nil {
		return nil, err
	}
	return list, sound[T, F](s, list)
}

// sound refuses facts of which one was edited.
func sound[T any, F fact[T]](s *Service, list []T) error {
	mark[T, F](s, list)
	for i := range list {
		if f := F(&list[i]); f.kept().Broken {
			return fault.New(fault.Internal, "practitioner.fact.tampered", f.title()+"被改动过，已停止办理，请立即联系安全管理员核查")
		}
	}
	return nil
}

// looked reads facts and marks those that were edited, for a page.
func looked[T any, F fact[T]](ctx context.Context, s *Service, q db.Q, sql, person string) ([]T, error) {
	list, err := db.All[T](ctx, q, sql, person)
	mark[T, F](s, list)
	return list, err
}

func mark[T any, F fact[T]](s *Service, list []T) {
	for i := range list {
		f := F(&list[i])
		f.kept().Broken = !s.keys.CheckRowMAC(f.kept().MAC, f.parts()...)
	}
}

// begin makes a fact a new row of a person's.
func begin[T any, F fact[T]](s *Service, f F, person string) {
	k := f.kept()
	k.ID, k.Person = newID(), person
	k.MAC = s.keys.RowMAC(f.parts()...)
}

// handOn gives a survivor the facts of a loser; a course or grade that both have stays
// where it is.
func handOn[T any, F fact[T]](ctx context.Context, s *Service, tx pgx.Tx, read, move, survivor, loser string) error {
	list, err := known[T, F](ctx, s, tx, read, loser)
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	for i := range list {
		f := F(&list[i])
		f.kept().Person = survivor
		b.Queue(move, f.kept().ID, survivor, s.keys.RowMAC(f.parts()...))
	}
	return wrap("merge facts", tx.SendBatch(ctx, b).Close())
}

func (s *Service) mergeFacts(ctx context.Context, tx pgx.Tx, survivor, loser string) error {
	if err := handOn[DrivingFact](ctx, s, tx, drivingSQL, moveDrivingSQL, survivor, loser); err != nil {
		return err
	}
	if err := handOn[EducationFact](ctx, s, tx, educationsSQL, moveEducationSQL, survivor, loser); err != nil {
		return err
	}
	return handOn[AssessmentFact](ctx, s, tx, assessmentsSQL, moveAssessmentSQL, survivor, loser)
}

// proven walks a table of facts.
func proven[T any, F fact[T]](ctx context.Context, s *Service, q db.Q, table, sql string) (proof.Table, error) {
	return proof.Of(ctx, q, table, sql, func(row *T) (string, bool) {
		f := F(row)
		return f.kept().ID, s.keys.CheckRowMAC(f.kept().MAC, f.parts()...)
	})
}

// seal gives the rows of a table that have no MAC theirs.
func seal[T any, F fact[T]](ctx context.Context, s *Service, tx pgx.Tx, read, put string) (int, error) {
	list, err := db.All[T](ctx, tx, read)
	if err != nil {
		return 0, err
	}
	b := &pgx.Batch{}
	for i := range list {
		f := F(&list[i])
		b.Queue(put, f.kept().ID, s.keys.RowMAC(f.parts()...))
	}
	return len(list), wrap("seal facts", tx.SendBatch(ctx, b).Close())
}

// SealFacts gives the facts that were there before they had MACs theirs, once in the
// life of a database.
func (s *Service) SealFacts(ctx context.Context) error {
	return s.once(ctx, "practitioner.fact.seal", stillFactsSQL, func(ctx context.Context, tx pgx.Tx) (int, error) {
		driving, err := seal[DrivingFact](ctx, s, tx, bareDrivingSQL, sealDrivingSQL)
		if err != nil {
			return 0, err
		}
		education, err := seal[EducationFact](ctx, s, tx, bareEducationSQL, sealEducationSQL)
		if err != nil {
			return 0, err
		}
		assessments, err := seal[AssessmentFact](ctx, s, tx, bareAssessmentSQL, sealAssessmentSQL)
		return driving + education + assessments, err
	})
}

const (
	drivingColumns    = `SELECT id, person, class, first_date, valid_to, status, source, source_at, mac FROM practitioner_driving`
	educationColumns  = `SELECT id, person, category, org, class_no, hours, begins, ends, mode, certificate, source, at, mac FROM practitioner_education`
	assessmentColumns = `SELECT id, person, category, period_from, period_to, grade, points, source, at, mac FROM practitioner_assessment`

	// of the file $1, through a merge
	drivingSQL     = drivingColumns + ` WHERE person = ` + survivor + ` ORDER BY source_at DESC, id DESC`
	educationsSQL  = educationColumns + ` WHERE person = ` + survivor + ` ORDER BY ends DESC, id`
	assessmentsSQL = assessmentColumns + ` WHERE person = ` + survivor + ` ORDER BY period_to DESC, category`

	insertDrivingSQL = `INSERT INTO practitioner_driving (id, person, class, first_date, valid_to, status, source, source_at, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	insertEducationSQL = `INSERT INTO practitioner_education (id, person, category, org, class_no, hours, begins, ends, mode, certificate, source, at, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING`
	insertAssessmentSQL = `INSERT INTO practitioner_assessment (id, person, category, period_from, period_to, grade, points, source, at, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`

	// what both files have of a course or a period stays where it is
	moveDrivingSQL   = `UPDATE practitioner_driving SET person = $2, mac = $3 WHERE id = $1`
	moveEducationSQL = `UPDATE practitioner_education e SET person = $2, mac = $3 WHERE e.id = $1 AND NOT EXISTS (SELECT FROM practitioner_education k
		WHERE k.person = $2 AND k.category = e.category AND k.org = e.org AND k.class_no = e.class_no AND k.begins = e.begins)`
	moveAssessmentSQL = `UPDATE practitioner_assessment e SET person = $2, mac = $3 WHERE e.id = $1 AND NOT EXISTS (SELECT FROM practitioner_assessment k
		WHERE k.person = $2 AND k.category = e.category AND k.period_to = e.period_to)`

	stillFactsSQL     = `LOCK TABLE practitioner_driving, practitioner_education, practitioner_assessment IN SHARE ROW EXCLUSIVE MODE`
	bareDrivingSQL    = drivingColumns + ` WHERE mac IS NULL ORDER BY id`
	bareEducationSQL  = educationColumns + ` WHERE mac IS NULL ORDER BY id`
	bareAssessmentSQL = assessmentColumns + ` WHERE mac IS NULL ORDER BY id`
	sealDrivingSQL    = `UPDATE practitioner_driving SET mac = $2 WHERE id = $1 AND mac IS NULL`
	sealEducationSQL  = `UPDATE practitioner_education SET mac = $2 WHERE id = $1 AND mac IS NULL`
	sealAssessmentSQL = `UPDATE practitioner_assessment SET mac = $2 WHERE id = $1 AND mac IS NULL`
)
