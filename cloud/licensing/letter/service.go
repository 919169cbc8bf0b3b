package letter

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/sm"
)

// Service issues and keeps letters.
type Service struct {
	db     *db.DB
	keys   *keys.Ring
	audit  *audit.Log
	clock  clock.Clock
	agency Agency
	texts  *texts
	forms  map[string]form

	// Later has PrintLater called for a letter after the transaction; nil: every
	// letter is printed when it is issued.
	Later func(ctx context.Context, tx pgx.Tx, id string) error
	// Receipts answers which of some letters were delivered electronically; nil:
	// nobody delivers so.
	Receipts func(ctx context.Context, q db.Q, ids []string) (map[string]Arrival, error)
	// Voided is told, in the transaction, that somebody voided a letter; nil: nobody is.
	Voided func(ctx context.Context, tx pgx.Tx, l Letter) error
}

// New makes the service. It fails when a template, a form or the agency is not
// in order.
func New(d *db.DB, k *keys.Ring, a *audit.Log, c clock.Clock, agency Agency) (*Service, error) {
	if err := agency.check(); err != nil {
		return nil, err
	}
	t, err := load(templateFiles)
	if err != nil {
		return nil, err
	}
	f, err := loadForms(formFiles)
	if err != nil {
		return nil, err
	}
	return &Service{db: d, keys: k, audit: a, clock: c, agency: agency, texts: t, forms: f}, nil
}

// How far a letter's date may lie from now: a decision is dated on the day it is
// made, not before and not ahead.
const (
	maxBack  = 24 * time.Hour
	maxAhead = 5 * time.Minute
)

// prepare checks a request and puts its letter together, without number and code.
func (s *Service) prepare(r *Request) (*sheet, error) {
	t, known := s.texts.templates[r.Kind]
	if !known {
		return nil, errKind
	}
	tr, known := s.texts.trade(r.Trade)
	if !known {
		return nil, errTrade
	}
	now := s.clock.Now()
	if r.At.IsZero() {
		r.At = now
	}
	if r.At.Before(now.Add(-maxBack)) || r.At.After(now.Add(maxAhead)) {
		return nil, fault.New(fault.Invalid, "licensing.letter.date", "文书日期只能是当天，请核对时间后重试")
	}
	if err := r.Facts.check(); err != nil {
		return nil, err
	}
	return &sheet{values: &values{Facts: r.Facts, Agency: s.agency, trade: tr, date: clock.DateOf(r.At)}, template: &t}, nil
}

// Preview is the letter as it would be issued, marked 预览, without number, seal
// and code. It checks no right. Faults: licensing.letter.kind, .trade, .date,
// .text, .size, .idno, .field, page.font.
func (s *Service) Preview(_ context.Context, r Request) ([]byte, error) {
	sh, err := s.prepare(&r)
	if err != nil {
		return nil, err
	}
	sh.preview = true
	out, err := sh.print()
	return out.pdf, err
}

// Issue numbers, prints, signs and keeps a letter in the caller's transaction,
// which is also what its number depends on: keep it short from here on. It checks
// no right and records nothing in the audit; the caller does, last. Faults: those
// of Preview, licensing.letter.case.
func (s *Service) Issue(ctx context.Context, tx pgx.Tx, r Request) (Letter, error) {
	if r.Case == "" || r.By == "" {
		return Letter{}, fault.New(fault.Internal, "licensing.letter.case", "文书没有对应的办件或承办人，请联系系统管理员")
	}
	sh, err := s.prepare(&r)
	if err != nil {
		return Letter{}, err
	}
	if sh.text, err = sh.template.fill(sh.values); err != nil { // before a number is taken and others wait
		return Letter{}, err
	}
	l := Letter{
		ID: uuid.Must(uuid.NewV7()).String(), Agency: s.agency.Code, Kind: r.Kind, Word: kinds[r.Kind].word, Year: sh.date.Year,
		Trade: sh.trade.Code, Template: sh.template.Version, Case: r.Case, ApplyNo: r.Facts.ApplyNo, Applicant: r.Facts.Applicant, IDNo: r.Facts.IDNoMask,
		IssuedOn: time.Date(sh.date.Year, sh.date.Month, sh.date.Day, 0, 0, 0, 0, time.UTC), IssuedAt: r.At.UTC().Truncate(time.Microsecond), IssuedBy: r.By,
		Demo: len(s.agency.Seal) == 0 && !kinds[r.Kind].plain,
	}
	if l.Word != "" {
		if l.Serial, err = next(ctx, tx, l.Agency, l.Word, l.Year); err != nil {
			return Letter{}, err
		}
		l.Number = numberOf(s.agency.Prefix, l.Word, l.Year, l.Serial)
	}
	sh.number, sh.code = l.Number, newCode()
	l.Code = s.keys.Blind(codeIndex, readCode(sh.code))
	if r.Kind == Slip && s.Later != nil {
		err = s.leave(ctx, tx, &l, said{Facts: r.Facts, Code: sh.code, Text: sh.text})
	} else {
		err = s.make(ctx, tx, &l, sh)
	}
	l.look()
	return l, err
}

// codeIndex is the kind under which letters are found by their code.
const codeIndex = "licensing.letter.code"

// Where sealed values of letters lie.
const (
	placeFacts = "licensing_letter.facts"
	placeFile  = "licensing_letter_file.pdf"
)

// make prints a letter and keeps it with its file.
func (s *Service) make(ctx context.Context, tx pgx.Tx, l *Letter, sh *sheet) error {
	out, err := sh.print()
	if err != nil {
		return err
	}
	l.Lost, l.Pages = out.lost, out.pages
	var sealed []byte
	if sealed, l.Digest, l.Signature, err = s.sign(l.ID, out.pdf); err != nil {
		return err
	}
	if err := s.keep(ctx, tx, l, said{Facts: sh.Facts}); err != nil {
		return err
	}
	if _, err = tx.Exec(ctx, insertFileSQL, l.ID, sealed); err != nil {
		return fmt.Errorf("keep file of letter: %w", err)
	}
	return nil
}

// leave keeps a letter, and its file for later.
func (s *Service) leave(ctx context.Context, tx pgx.Tx, l *Letter, what said) error {
	l.Digest, l.Signature = []byte{}, []byte{}
	agency := s.agency
	agency.Seal = nil
	what.Agency = &agency
	if err := s.keep(ctx, tx, l, what); err != nil {
		return err
	}
	return s.Later(ctx, tx, l.ID)
}

// keep stores a letter's row.
func (s *Service) keep(ctx context.Context, tx pgx.Tx, l *Letter, what said) error {
	text, err := json.Marshal(what)
	if err != nil {
		return fmt.Errorf("facts of a letter: %w", err)
	}
	if l.Facts, err = s.keys.SealAt([]string{placeFacts, l.ID}, text); err != nil {
		return fmt.Errorf("seal facts: %w", err)
	}
	l.MAC = s.keys.RowMAC(l.parts()...)
	_, err = tx.Exec(ctx, insertSQL, l.ID, l.Agency, l.Kind, l.Word, l.Year, l.Serial, l.Number, l.Trade, l.Template, l.Case, l.ApplyNo, l.Applicant, l.IDNo,
		l.IssuedOn, l.IssuedAt, l.IssuedBy, l.Demo, l.Lost, l.Pages, l.Code, l.Facts, l.Digest, l.Signature, l.MAC)
	if err != nil {
		return fmt.Errorf("keep letter: %w", err)
	}
	return nil
}

func (l *Letter) parts() [][]byte {
	out := [][]byte{[]byte("licensing_letter")}
	for _, t := range []string{
		l.ID, l.Agency, l.Kind, l.Word, strconv.Itoa(l.Year), strconv.Itoa(l.Serial), l.Number, l.Trade, strconv.Itoa(l.Template), l.Case, l.ApplyNo,
		l.Applicant, l.IDNo, l.IssuedOn.Format(day), keys.Stamp(l.IssuedAt), l.IssuedBy, strconv.FormatBool(l.Demo), l.Lost, strconv.Itoa(l.Pages),
	} {
		out = append(out, []byte(t))
	}
	return append(out, l.Code, l.Facts, l.Digest, l.Signature)
}

func (l *Letter) voidParts() [][]byte {
	return [][]byte{[]byte("licensing_letter_void"), []byte(l.ID), []byte(keys.Stamp(*l.VoidedAt)), []byte(l.VoidedBy), []byte(l.VoidWhy)}
}

// trust fills in what follows from a row that is as we wrote it, and refuses
// another. Fault: licensing.letter.tampered.
func (s *Service) trust(l *Letter) error {
	if !s.keys.CheckRowMAC(l.MAC, l.parts()...) || (l.VoidedAt != nil && !s.keys.CheckRowMAC(l.VoidMAC, l.voidParts()...)) {
		return errTampered.Withf("letter %s", l.ID)
	}
	l.look()
	return s.printed(l)
}

// Get is a letter. It checks no right. Faults: db.missing, licensing.letter.tampered.
func (s *Service) Get(ctx context.Context, q db.Q, id string) (Letter, error) {
	l, err := db.Row[Letter](ctx, q, letterSQL, id)
	if err != nil {
		return Letter{}, err
	}
	return l, s.trust(&l)
}

// OfCase are the letters of a case, the oldest first, voided ones too. It checks
// no right. Fault: licensing.letter.tampered.
func (s *Service) OfCase(ctx context.Context, q db.Q, id string) ([]Letter, error) {
	out, err := db.All[Letter](ctx, q, ofCaseSQL, id)
	for i := range out {
		if err := s.trust(&out[i]); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, err
	}
	return out, s.delivered(ctx, q, out)
}

// delivered fills in what was delivered electronically.
func (s *Service) delivered(ctx context.Context, q db.Q, list []Letter) error {
	if s.Receipts == nil || len(list) == 0 {
		return nil
	}
	var ids []string
	for i := range list {
		if len(list[i].Digest) > 0 { // what has not been printed has reached nobody
			ids = append(ids, list[i].ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	known, err := s.Receipts(ctx, q, ids)
	for i := range list {
		if d, ok := known[list[i].ID]; ok {
			list[i].Delivered = &d
		}
	}
	return err
}

// File is the PDF of a letter, byte for byte the same every time; one that was
// left for later is made now. It checks no right. Fault: licensing.letter.tampered.
func (s *Service) File(ctx context.Context, q db.Q, l *Letter) ([]byte, error) {
	if err := s.ensure(ctx, q, l); err != nil {
		return nil, err
	}
	sealed, err := db.Value[[]byte](ctx, q, fileSQL, l.ID)
	if err != nil {
		return nil, errTampered.With(fmt.Errorf("file of letter %s: %w", l.ID, err))
	}
	return s.open(l.ID, sealed, l.Digest)
}

// open unseals a letter's file and compares it with its digest.
func (s *Service) open(id string, sealed, is []byte) ([]byte, error) {
	pdf, err := s.keys.OpenAt([]string{placeFile, id}, sealed)
	if err != nil {
		return nil, errTampered.With(fmt.Errorf("file of letter %s: %w", id, err))
	}
	if digest := sm.Sum(pdf); string(digest[:]) != string(is) {
		return nil, errTampered.Withf("file of letter %s: another digest", id)
	}
	return pdf, nil
}

// CodeVoidTwice is the fault of a letter that is void already.
const CodeVoidTwice = "licensing.letter.void.twice"

// Void declares a letter void in the caller's transaction. Its number stays taken
// and the paper is told to be void when its code is asked for. It checks no right
// and records nothing. Faults: licensing.letter.void.why, licensing.letter.void.twice,
// licensing.letter.tampered.
func (s *Service) Void(ctx context.Context, tx pgx.Tx, id, why string) error {
	if n := len([]rune(why)); n < 2 || n > 200 || !person.Line(why) {
		return fault.New(fault.Invalid, "licensing.letter.void.why", "请用 2 至 200 个字写明作废原因")
	}
	if _, err := db.Value[string](ctx, tx, lockSQL, id); err != nil {
		return err
	}
	l, err := s.Get(ctx, tx, id)
	if err != nil {
		return err
	}
	if l.VoidedAt != nil {
		return fault.Newf(fault.Conflict, CodeVoidTwice, "%s已经作废，请刷新后查看", l.title())
	}
	at := s.clock.Now().UTC().Truncate(time.Microsecond)
	l.VoidedAt, l.VoidedBy, l.VoidWhy = &at, "system", why
	if actor, known := auth.From(ctx); known {
		l.VoidedBy = actor.Username
	}
	if _, err := tx.Exec(ctx, insertVoidSQL, l.ID, at, l.VoidedBy, why, s.keys.RowMAC(l.voidParts()...)); err != nil {
		return fmt.Errorf("void letter: %w", err)
	}
	return nil
}

// title names a letter in messages and files.
func (l *Letter) title() string {
	if l.Number != "" {
		return l.Number
	}
	return l.KindName + l.ApplyNo
}
