package practitioner

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Service keeps the files. The func fields are upward questions, answered in
// app; a nil one means that nobody is there to answer yet.
type Service struct {
	db    *db.DB
	keys  *keys.Ring
	audit *audit.Log
	clock clock.Clock

	// Opens is how many days before its end a certificate can be renewed.
	Opens int
	// Exams are the exams of whoever has one of these ID numbers, newest first.
	Exams func(ctx context.Context, q db.Q, blinds [][]byte) ([]Exam, error)
	// Holds are what bars a person, by sanction; whatever file it was said of.
	Holds func(ctx context.Context, q db.Q, person string) ([]Hold, error)
	// Cases are a person's applications, by licensing, those of merged files too.
	Cases func(ctx context.Context, q db.Q, person string) ([]Case, error)
	// Merged is told of the survivor in the transaction that merged another file into
	// theirs.
	Merged func(ctx context.Context, tx pgx.Tx, survivor Person) error
}

// New makes the service.
func New(d *db.DB, k *keys.Ring, a *audit.Log, c clock.Clock) *Service {
	return &Service{db: d, keys: k, audit: a, clock: c, Opens: OpenDays}
}

// Window is where today stands to an end.
func (s *Service) Window(validTo clock.Date) Window {
	return RenewalWindow(validTo, s.today(), s.Opens)
}

// Find is the file of an ID number, through a merge. It checks no right.
func (s *Service) Find(ctx context.Context, q db.Q, id person.ID) (Person, bool, error) {
	return db.Maybe[Person](ctx, q, byBlindSQL, s.keys.Person(id))
}

// Known are the files of those indexes of ID numbers that have one. It checks no
// right.
func (s *Service) Known(ctx context.Context, q db.Q, blinds [][]byte) ([]Person, error) {
	return db.All[Person](ctx, q, knownSQL, blinds)
}

// Get is a file by its id, through a merge. It checks no right. Fault:
// record.missing.
func (s *Service) Get(ctx context.Context, q db.Q, id string) (Person, error) {
	return db.Row[Person](ctx, q, survivorSQL, id)
}

// locked is Get with the row locked. A file that was merged while this waited
// for it is followed once more.
func (s *Service) locked(ctx context.Context, tx pgx.Tx, id string) (Person, error) {
	p, err := db.Row[Person](ctx, tx, lockSQL, id)
	for err == nil && p.MergedInto != "" {
		p, err = db.Row[Person](ctx, tx, lockSQL, p.MergedInto)
	}
	return p, err
}

// Ensure is the file of an ID number, made when there is none; what a file lacks
// is filled, what it has is left alone. It checks no right. Faults: those of
// person, practitioner.file.residence.
func (s *Service) Ensure(ctx context.Context, tx pgx.Tx, b Basic) (Person, error) {
	p, _, err := s.ensure(ctx, tx, b)
	return p, err
}

func (s *Service) ensure(ctx context.Context, tx pgx.Tx, b Basic) (out Person, made bool, err error) {
	name, err := person.ParseName(b.Name)
	if err != nil {
		return out, false, err
	}
	if err := checkResidence(b.Residence); err != nil {
		return out, false, err
	}
	id := uuid.Must(uuid.NewV7()).String()
	idno, err := s.keys.SealAt([]string{placeIDNo, id}, []byte(b.ID.Reveal()))
	if err != nil {
		return out, false, fmt.Errorf("seal id number: %w", err)
	}
	c, err := s.sealContact(id, b.Mobile, b.Address)
	if err != nil {
		return out, false, err
	}
	tag, err := tx.Exec(ctx, insertSQL, id, string(name), idno, s.keys.Person(b.ID), b.ID.Mask(), fmt.Sprint(uint8(b.ID.Sex())), b.ID.Birth(),
		b.Nation, b.Residence, c.mobile, c.blind, c.mask, c.address, s.now())
	if err != nil {
		return out, false, fmt.Errorf("insert practitioner: %w", err)
	}
	if made = tag.RowsAffected() == 1; !made {
		out, err = s.filled(ctx, tx, b)
		return out, false, err
	}
	if err := s.Note(ctx, tx, id, Event{Kind: "FILE", Text: "建立档案"}); err != nil {
		return out, true, err
	}
	if err := s.pair(ctx, tx, id); err != nil {
		return out, true, err
	}
	out, err = s.Get(ctx, tx, id)
	return out, true, err
}

// filled adds to a file what it lacks.
func (s *Service) filled(ctx context.Context, tx pgx.Tx, b Basic) (Person, error) {
	p, found, err := s.Find(ctx, tx, b.ID)
	if err == nil && found {
		p, err = s.locked(ctx, tx, p.ID)
	}
	lacks := p.Nation == "" && b.Nation != "" || p.Residence == "" && b.Residence != "" || p.Mobile == "" && !b.Mobile.IsZero() || !p.HasAddress && b.Address != ""
	if err != nil || !lacks {
		return p, err
	}
	c, err := s.sealContact(p.ID, b.Mobile, b.Address)
	if err != nil {
		return p, err
	}
	if _, err := tx.Exec(ctx, fillSQL, p.ID, b.Nation, b.Residence, c.mobile, c.blind, c.mask, c.address, s.now()); err != nil {
		return p, fmt.Errorf("fill practitioner: %w", err)
	}
	if err := s.Note(ctx, tx, p.ID, Event{Kind: "FILL", Text: "补充档案信息"}); err != nil {
		return p, err
	}
	if err := s.pair(ctx, tx, p.ID); err != nil {
		return p, err
	}
	return s.Get(ctx, tx, p.ID)
}

// contact is what is sealed beside the ID number; absent parts are nil.
type contact struct {
	mobile, blind, address []byte
	mask                   string
}

func (s *Service) sealContact(id string, m person.Mobile, address string) (c contact, err error) {
	if !m.IsZero() {
		c.blind, c.mask = s.keys.Blind(mobileIndex, m.Reveal()), m.Mask()
		if c.mobile, err = s.keys.SealAt([]string{placeMobile, id}, []byte(m.Reveal())); err != nil {
			return c, fmt.Errorf("seal mobile: %w", err)
		}
	}
	if address != "" {
		if c.address, err = s.keys.SealAt([]string{placeAddress, id}, []byte(address)); err != nil {
			return c, fmt.Errorf("seal address: %w", err)
		}
	}
	return c, nil
}

var residences = []string{"", "SH", "NON_SH", "NON_SH_TAXI2NET", "NON_SH_RENT2NET"}

func checkResidence(r string) error {
	if !slices.Contains(residences, r) {
		return fault.New(fault.Invalid, "practitioner.file.residence", "没有这种户籍类型，请从列表中选择")
	}
	return nil
}

// Note adds a line to the timeline: who is the context's actor, when is now. It
// checks no right. Fault: request.text when the text holds somebody's ID number.
func (s *Service) Note(ctx context.Context, tx pgx.Tx, of string, e Event) error {
	var b db.Batch
	if err := s.NoteLater(ctx, &b, of, e); err != nil {
		return err
	}
	return b.Send(ctx, tx)
}

// NoteLater is Note with the other statements of a batch.
func (s *Service) NoteLater(ctx context.Context, b *db.Batch, of string, e Event) error {
	if _, err := person.CheckText(e.Text); err != nil {
		return err
	}
	actor, _ := auth.From(ctx)
	before, err := document(e.Before)
	if err != nil {
		return err
	}
	after, err := document(e.After)
	if err != nil {
		return err
	}
	b.Write(insertEventSQL, uuid.Must(uuid.NewV7()).String(), of, s.now(), e.Kind, e.Text, e.Ref, e.Licence, before, after, actor.ID, actor.Name)
	return nil
}

func document(v any) (any, error) {
	if v == nil || v == (*Version)(nil) {
		return nil, nil
	}
	out, err := json.Marshal(v)
	return string(out), err
}

func (s *Service) expiry(ctx context.Context, tx pgx.Tx, of string) error {
	_, err := tx.Exec(ctx, expirySQL, of)
	return err
}

// Row is a file in the list, with its certificates.
type Row struct {
	Person
	Licences []Listed `json:"licences"`
	Employer string   `json:"employer"`
}

// Listed is a certificate in the list. Broken says that the row was changed
// behind the program's back.
type Listed struct {
	Licence
	Broken bool `json:"broken" doc:"数据被改动过"`
}

// List finds files. The search text is a whole ID number, mobile, archive or
// certificate number, or the beginning of a name. Faults: list.sort, list.deep.
func (s *Service) List(ctx context.Context, f Filter, page db.Page) (db.List[Row], error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return db.List[Row]{}, err
	}
	return s.list(ctx, f, page)
}

func (s *Service) list(ctx context.Context, f Filter, page db.Page) (db.List[Row], error) {
	s.sought(&f, page.Q)
	found, err := list(ctx, s.db, f, s.today(), page)
	out := db.List[Row]{Items: make([]Row, len(found.Items)), Total: found.Total}
	if err != nil || len(found.Items) == 0 {
		return out, err
	}
	at, ids := map[string]int{}, []string{}
	for i, p := range found.Items {
		out.Items[i].Person, out.Items[i].Licences = p, []Listed{}
		at[p.ID], ids = i, append(ids, p.ID)
	}
	licences, err := s.licences(ctx, s.db, ids)
	if err != nil {
		return out, err
	}
	for _, l := range licences {
		row := &out.Items[at[l.Person]]
		row.Licences = append(row.Licences, Listed{l, !s.keys.CheckRowMAC(l.MAC, l.parts()...)})
	}
	return out, s.employers(ctx, ids, func(id, name string) { out.Items[at[id]].Employer = name })
}

func (s *Service) employers(ctx context.Context, ids []string, each func(id, name string)) error {
	rows, err := s.db.Query(ctx, employersSQL, ids)
	if err != nil {
		return fmt.Errorf("read employers: %w", err)
	}
	var id, name string
	_, err = pgx.ForEachRow(rows, []any{&id, &name}, func() error {
		each(id, name)
		return nil
	})
	return err
}

// sought reads the search text as what it looks like.
func (s *Service) sought(f *Filter, q string) {
	q = strings.TrimSpace(q)
	if id, err := parseAnyID(q); err == nil {
		f.Blind = s.keys.Person(id)
		return
	}
	if m, err := person.ParseMobile(q); err == nil {
		f.Mobile = s.keys.Blind(mobileIndex, m.Reveal())
		return
	}
	switch {
	case strings.HasPrefix(strings.ToUpper(q), "GJ"):
		f.Number = s.keys.Blind(numberIndex, normal(q))
	case len(q) == len(ArchiveNo(2026, 1)) && strings.HasPrefix(q, cityCode):
		f.Archive = q
	default:
		f.Name = q
	}
}

// parseAnyID reads a number of 18 characters, or an old one of 15 as the 18 that
// replaced it.
func parseAnyID(text string) (person.ID, error) {
	text = normal(text)
	if len(text) == 15 {
		return person.ParseLegacyID(text)
	}
	return person.ParseID(text)
}
