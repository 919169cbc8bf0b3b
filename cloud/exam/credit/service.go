package credit

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/exam/conduct"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/person"
)

// Service keeps credits.
type Service struct {
	db       *db.DB
	keys     *keys.Ring
	audit    *audit.Log
	clock    clock.Clock
	sittings *sitting.Service
	conduct  *conduct.Service

	// Aliases are the other numbers of people, their files having been merged; nil:
	// nobody has any.
	Aliases func(ctx context.Context, q db.Q, blinds [][]byte) (practitioner.Numbers, error)
}

// New makes the service.
func New(d *db.DB, k *keys.Ring, a *audit.Log, c clock.Clock, s *sitting.Service, rules *conduct.Service) *Service {
	return &Service{db: d, keys: k, audit: a, clock: c, sittings: s, conduct: rules}
}

// numbers are all numbers of the person of one.
func (s *Service) numbers(ctx context.Context, blind []byte) ([][]byte, error) {
	if s.Aliases == nil {
		return [][]byte{blind}, nil
	}
	n, err := s.Aliases(ctx, s.db, [][]byte{blind})
	return n.All(), err
}

// sought are the numbers of whom a search text names by one; nil: it names nobody.
func (s *Service) sought(ctx context.Context, text string) ([][]byte, error) {
	blind := s.keys.Sought(text)
	if blind == nil {
		return nil, nil
	}
	return s.numbers(ctx, blind)
}

type won struct {
	Candidate string `db:"candidate"`
	Blind     []byte `db:"idno_blind"`
	Subject   string `db:"subject"`
}

// Settle makes the credits of a sitting what its published results say: who
// passed has one, and one that no longer holds is withdrawn with why. It is
// called when results are published or corrected, and when a practical sheet is
// decided after that; called again it changes nothing. It checks no right.
// Fault: exam.credit.tampered.
func (s *Service) Settle(ctx context.Context, tx pgx.Tx, id, why string) error {
	standing, err := db.All[Credit](ctx, tx, standingSQL, id)
	if err != nil {
		return err
	}
	want, err := s.wanted(ctx, tx, id)
	if err != nil {
		return err
	}
	now := s.clock.Now().UTC().Truncate(time.Microsecond)
	for i := range standing {
		c := &standing[i]
		if !s.keys.CheckRowMAC(c.MAC, c.parts()...) {
			return errTampered
		}
		key := c.Candidate + "\n" + c.Subject
		if _, still := want[key]; still {
			delete(want, key)
			continue
		}
		c.WithdrawnAt, c.Why = &now, why
		if _, err := tx.Exec(ctx, withdrawSQL, c.ID, now, why, s.keys.RowMAC(c.parts()...)); err != nil {
			return fmt.Errorf("withdraw credit: %w", err)
		}
	}
	return s.grant(ctx, tx, id, want, now)
}

// wanted are the passes of a sitting as its published results have them. Who
// was disqualified, or is treated as absent, has passed nothing there, a practical
// exam neither.
func (s *Service) wanted(ctx context.Context, tx pgx.Tx, id string) (map[string]won, error) {
	list, err := db.All[won](ctx, tx, passedSQL, id)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	void, err := s.Disqualified(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	out := map[string]won{}
	for _, w := range list {
		if void[w.Candidate] != "" {
			continue
		}
		out[w.Candidate+"\n"+w.Subject] = w
	}
	return out, nil
}

// Disqualified are the candidates of a sitting whose exam does not count, paper
// and practical, by the irregularity that makes it so: void (V05 to V08), or
// treated as absent (V01). It checks no right.
func (s *Service) Disqualified(ctx context.Context, q db.Q, id string) (map[string]string, error) {
	bearings, _, err := s.conduct.Bearings(ctx, q, id)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for candidate, b := range bearings {
		if conduct.Severe(b.Consequence, conduct.Absent) >= 0 {
			out[candidate] = b.Code
		}
	}
	return out, nil
}

func (s *Service) grant(ctx context.Context, tx pgx.Tx, id string, want map[string]won, now time.Time) error {
	if len(want) == 0 {
		return nil
	}
	var category string
	var starts time.Time
	if err := tx.QueryRow(ctx, sittingSQL, id).Scan(&category, &starts); err != nil {
		return fmt.Errorf("read sitting: %w", err)
	}
	d := clock.DateOf(starts)
	on := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
	for _, w := range want {
		c := Credit{
			ID: uuid.Must(uuid.NewV7()).String(), Blind: w.Blind, Category: category, Subject: w.Subject, Sitting: id, Candidate: w.Candidate,
			PassedOn: on, ValidUntil: on.AddDate(vocabulary.PassYears(category), 0, 0), GrantedAt: now,
		}
		_, err := tx.Exec(ctx, insertSQL, c.ID, c.Blind, c.Category, c.Subject, c.Sitting, c.Candidate, c.PassedOn, c.ValidUntil, c.GrantedAt, s.keys.RowMAC(c.parts()...))
		if err != nil {
			return fmt.Errorf("grant credit: %w", err)
		}
	}
	return nil
}

// Held is what somebody, by the blind indexes of all their numbers, has passed of a category and counts
// today, the longest first, and which subjects are missing; for whoever decides on a qualification.
// It checks no right. Fault: exam.credit.tampered.
func (s *Service) Held(ctx context.Context, q db.Q, blinds [][]byte, category string) (have []Credit, missing []string, err error) {
	all, err := s.Passed(ctx, q, blinds, []string{category})
	if err != nil {
		return nil, nil, err
	}
	have, missing = all.Held(blinds, category)
	return have, missing, nil
}

// Passed are credits of many people that count on a day, the longest first.
type Passed struct {
	list  []Credit
	today clock.Date
}

// Passed reads what people, by the blind indexes of all their numbers, have passed of
// categories and counts today. It checks no right. Fault: exam.credit.tampered.
func (s *Service) Passed(ctx context.Context, q db.Q, blinds [][]byte, categories []string) (out Passed, err error) {
	list, err := db.All[Credit](ctx, q, ofPeopleSQL, blinds, categories)
	if err != nil {
		return out, err
	}
	out.today = clock.DateOf(s.clock.Now())
	for i := range list {
		if !s.keys.CheckRowMAC(list[i].MAC, list[i].parts()...) {
			return out, errTampered
		}
		if list[i].look(out.today); list[i].State == Valid {
			out.list = append(out.list, list[i])
		}
	}
	return out, nil
}

// Held are those of one of the people in a category, and which subjects are missing.
func (p Passed) Held(blinds [][]byte, category string) (have []Credit, missing []string) {
	subjects := []string{}
	for _, c := range p.list {
		if c.Category == category && slices.ContainsFunc(blinds, func(b []byte) bool { return bytes.Equal(b, c.Blind) }) {
			have = append(have, c)
			subjects = append(subjects, c.Subject)
		}
	}
	whole := Credit{Category: category, Held: subjects}
	whole.look(p.today)
	return have, whole.Missing
}

// List finds passed subjects of the reader's venues; names are masked. Fault:
// exam.credit.tampered.
func (s *Service) List(ctx context.Context, f Filter, page db.Page) (db.List[Credit], error) {
	out, err := s.list(ctx, PermList, f, page)
	for i := range out.Items {
		out.Items[i].Name = person.MaskName(out.Items[i].Name)
	}
	return out, err
}

func (s *Service) list(ctx context.Context, perm string, f Filter, page db.Page) (db.List[Credit], error) {
	actor, err := auth.Require(ctx, perm)
	if err != nil {
		return db.List[Credit]{}, err
	}
	numbers, err := s.sought(ctx, page.Q)
	if err != nil {
		return db.List[Credit]{}, err
	}
	today := clock.DateOf(s.clock.Now())
	out, err := list(ctx, s.db, actor.Scope, f, numbers, today, page)
	for i := range out.Items {
		c := &out.Items[i]
		if !s.keys.CheckRowMAC(c.MAC, c.parts()...) {
			return db.List[Credit]{}, errTampered
		}
		c.look(today)
	}
	return out, err
}

// Exams finds the exams of people at the reader's venues; names are masked.
func (s *Service) Exams(ctx context.Context, f ExamFilter, page db.Page) (db.List[Exam], error) {
	actor, err := auth.Require(ctx, PermList)
	if err != nil {
		return db.List[Exam]{}, err
	}
	numbers, err := s.sought(ctx, page.Q)
	if err != nil {
		return db.List[Exam]{}, err
	}
	return masked(exams(ctx, s.db, actor.Scope, f, numbers, page))
}

// Career is every exam of one person that the reader may see, from one of them,
// the newest first.
func (s *Service) Career(ctx context.Context, id, candidate string, page db.Page) (db.List[Exam], error) {
	if _, err := s.sittings.Readable(ctx, s.db, PermList, id); err != nil {
		return db.List[Exam]{}, err
	}
	blind, err := db.Value[[]byte](ctx, s.db, personSQL, id, candidate)
	if err != nil {
		return db.List[Exam]{}, err
	}
	numbers, err := s.numbers(ctx, blind)
	if err != nil {
		return db.List[Exam]{}, err
	}
	actor, _ := auth.From(ctx)
	page.Q = ""
	return masked(exams(ctx, s.db, actor.Scope, ExamFilter{}, numbers, page))
}

func masked(out db.List[Exam], err error) (db.List[Exam], error) {
	for i := range out.Items {
		out.Items[i].Name = person.MaskName(out.Items[i].Name)
	}
	return out, err
}

// Of are the newest exams of whoever has one of these ID numbers, at any venue;
// for the person's file. Names are masked. It checks no right.
func (s *Service) Of(ctx context.Context, q db.Q, blinds [][]byte) ([]Exam, error) {
	out, err := masked(exams(ctx, q, auth.Scope{All: true}, ExamFilter{}, blinds, db.Page{PageSize: 200}))
	return out.Items, err
}
