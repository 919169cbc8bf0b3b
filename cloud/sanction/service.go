package sanction

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
)

// Known is somebody of whom there is a file.
type Known struct {
	Person, Name string
	Blind        []byte
}

// Service keeps lists, rules and locks.
type Service struct {
	db    *db.DB
	keys  *keys.Ring
	audit *audit.Log
	clock clock.Clock
	log   *slog.Logger

	// Licences are the practitioners' licences; nil while they are not connected:
	// then every revocation waits to be claimed.
	Licences Licences
	// People finds files by the index of the ID number; nil: nobody is known.
	People func(ctx context.Context, q db.Q, blinds [][]byte) ([]Known, error)
	// Aliases are all indexes of ID numbers of the person of one, their files having
	// been merged; nil: only itself. What was said of any of them holds.
	Aliases func(ctx context.Context, q db.Q, blind []byte) ([][]byte, error)
	// Calendar is the table of working days; nil while there is none: then tasks
	// say that their day could not be counted.
	Calendar func(ctx context.Context, q db.Q) (*clock.Calendar, error)
	// SituationName is what a situation is called; nil: by its action.
	SituationName func(code string) string
	// CasesOf counts the cases in progress of people; nil: not connected.
	CasesOf func(ctx context.Context, q db.Q, blinds [][]byte) (int, error)
	// Locked and Lifted are told in the transaction in which a licence is taken or
	// given back; Listed when what a list says of somebody changes.
	Locked, Lifted func(ctx context.Context, tx pgx.Tx, l Lock) error
	Listed         func(ctx context.Context, tx pgx.Tx, blind []byte) error
}

// New makes the service.
func New(d *db.DB, k *keys.Ring, a *audit.Log, c clock.Clock, log *slog.Logger) *Service {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Service{db: d, keys: k, audit: a, clock: c, log: log}
}

func (s *Service) now() time.Time { return s.clock.Now().UTC().Truncate(time.Microsecond) }

func (s *Service) today() string { return clock.DateOf(s.clock.Now()).String() }

// What the law gives, in working days: the legal period and its one extension,
// and what a repair usually takes (assumed).
const (
	legalDays  = 20
	extendDays = 10
	repairDays = 10
)

// FalseUntil is from when on somebody may apply again for a type of certificate who was
// refused on a day for something untrue, by the table in use; the zero Date where it
// bars nobody. It checks no right.
func (s *Service) FalseUntil(ctx context.Context, q db.Q, certType string, on clock.Date) (clock.Date, error) {
	w, err := s.inUse(ctx, q)
	if err != nil {
		return clock.Date{}, err
	}
	b, ok := w.Table.years("FALSE_APPLICATION", familyOf(certType))
	if !ok || b.Years == 0 {
		return clock.Date{}, nil
	}
	return clock.ParseDate(yearsAfter(on.String(), b.Years))
}

// Judge says what holds against a person for an application: the strictest of
// what the lists, by the table in use, and the revocations say. situation and
// action are codes of chapter 2.5; categories are those applied for, once somebody
// has said which. It checks no right. Fault: sanction.tampered.
func (s *Service) Judge(ctx context.Context, q db.Q, blind []byte, situation, action string, categories ...string) (Verdict, error) {
	all, err := s.numbers(ctx, q, blind)
	if err != nil {
		return Verdict{}, err
	}
	return s.JudgeAll(ctx, q, all, situation, action, categories...)
}

// JudgeAll is Judge of somebody all of whose numbers are known.
func (s *Service) JudgeAll(ctx context.Context, q db.Q, numbers [][]byte, situation, action string, categories ...string) (Verdict, error) {
	f := Facts{Situation: situation, Action: action, Categories: categories, Today: s.today(), RepairDays: repairDays}
	if s.SituationName != nil {
		f.Name = s.SituationName(situation)
	}
	var err error
	if f.Entries, f.Locks, f.Version, err = s.said(ctx, q, numbers); err != nil {
		return Verdict{}, err
	}
	if len(f.Entries)+len(f.Locks) == 0 { // no table and no day speaks of nothing
		return Weigh(f), nil
	}
	v, err := s.inUse(ctx, q)
	if err != nil {
		return Verdict{}, err
	}
	f.Table, f.Version = v.Table, v.Version.Version
	f.Late, _ = s.due(ctx, q, legalDays+extendDays)
	return Weigh(f), nil
}

// due is the n-th working day after today, or empty with the reason. It reads over
// q: a second connection while one is held lets enough callers wait for each other
// for ever.
func (s *Service) due(ctx context.Context, q db.Q, n int) (day, why string) {
	if s.Calendar == nil {
		return "", "工作日历还没有接入，不能计算到期日"
	}
	c, err := s.Calendar(ctx, q)
	if err == nil {
		var d clock.Date
		if d, err = c.Deadline(clock.DateOf(s.clock.Now()), n); err == nil {
			return d.String(), ""
		}
	}
	s.log.WarnContext(ctx, "working days", "error", err)
	return "", "工作日历缺少这一年的数据，不能计算到期日"
}

// numbers are the indexes of all ID numbers of the person of one.
func (s *Service) numbers(ctx context.Context, q db.Q, blind []byte) ([][]byte, error) {
	if s.Aliases == nil {
		return [][]byte{blind}, nil
	}
	return s.Aliases(ctx, q, blind)
}

// against is whatever was said of a person under any of their numbers.
func (s *Service) against(ctx context.Context, q db.Q, blind []byte) ([]Entry, []Lock, error) {
	all, err := s.numbers(ctx, q, blind)
	if err != nil {
		return nil, nil, err
	}
	entries, locks, _, err := s.said(ctx, q, all)
	return entries, locks, err
}

// said is what was said under numbers, and the version of the table in use; 0 is the
// program's own.
func (s *Service) said(ctx context.Context, q db.Q, numbers [][]byte) (entries []Entry, locks []Lock, version int, err error) {
	var active []struct{ Version int }
	var b db.Batch
	db.Read(&b, &entries, entriesOfSQL, numbers)
	db.Read(&b, &locks, locksOfSQL, numbers)
	db.Read(&b, &active, activeVersionSQL)
	if err := b.Send(ctx, q); err != nil {
		return nil, nil, 0, err
	}
	for _, v := range active {
		version = v.Version
	}
	if err := s.intact(entries); err != nil {
		return nil, nil, 0, err
	}
	return entries, locks, version, s.genuine(locks)
}

func (s *Service) intact(list []Entry) error {
	for i := range list {
		if !s.keys.CheckRowMAC(list[i].MAC, list[i].parts()...) {
			return errTampered
		}
	}
	return nil
}

// name fills in who people are, where there is a file of them.
func (s *Service) name(ctx context.Context, q db.Q, list []Entry) error {
	blinds := make([][]byte, len(list))
	for i := range list {
		t, _ := listType(list[i].List)
		list[i].ListName, blinds[i] = t.Name, list[i].Blind
	}
	if s.People == nil || len(list) == 0 {
		return nil
	}
	known, err := s.People(ctx, q, blinds)
	if err != nil {
		return err
	}
	of := map[string]Known{}
	for _, k := range known {
		of[string(k.Blind)] = k
	}
	for i := range list {
		k := of[string(list[i].Blind)]
		list[i].Person, list[i].Name = k.Person, k.Name
	}
	return nil
}

// notify calls a function that app may have set.
func notify[T any](ctx context.Context, tx pgx.Tx, f func(context.Context, pgx.Tx, T) error, v T) error {
	if f == nil {
		return nil
	}
	return f(ctx, tx, v)
}

// Standing is what holds against a person today: entries of lists and
// revocations. It checks no right. Fault: sanction.tampered.
func (s *Service) Standing(ctx context.Context, q db.Q, blind []byte) ([]Entry, []Lock, error) {
	entries, locks, err := s.against(ctx, q, blind)
	if err != nil {
		return nil, nil, err
	}
	today := s.today()
	entries = slices.DeleteFunc(entries, func(e Entry) bool { return !e.counts(today) })
	return entries, slices.DeleteFunc(locks, func(l Lock) bool { return !l.took() }), nil
}
