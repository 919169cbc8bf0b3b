package practitioner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

const cityIssuer = "上海市道路运输管理局"

// parts are what the MAC protects: the certificate and the categories on it.
func (l *Licence) parts() [][]byte {
	var b strings.Builder
	for _, c := range l.Categories {
		fmt.Fprintf(&b, "%s %s %s\n", c.Code, c.FirstIssue, c.ValidTo)
	}
	return [][]byte{
		[]byte("practitioner_licence"), []byte(l.ID), []byte(l.Person), []byte(l.Type), []byte(l.Post), l.NumberBlind, []byte(l.ServiceNo), []byte(l.Issuer),
		[]byte(l.FirstIssue.String()), []byte(l.ValidFrom.String()), []byte(l.ValidTo.String()), []byte(l.State), []byte(l.StateWhy),
		fmt.Append(nil, l.PrintVersion), fmt.Append(nil, l.Version), []byte(keys.Stamp(l.ChangedAt)), []byte(b.String()),
	}
}

// tampered names the certificate that was changed behind the program's back.
func tampered(l *Licence) error {
	return fault.Newf(fault.Internal, "practitioner.licence.tampered", "%s（%s）的数据被改动过，已停止办理，请立即联系安全管理员核查", TypeName(l.Type), l.Number)
}

// Licences are a person's certificates with their categories, those in force
// first, newest first; through a merge. It checks no right. Faults:
// record.missing, practitioner.licence.tampered.
func (s *Service) Licences(ctx context.Context, q db.Q, person string) ([]Licence, error) {
	p, err := s.Get(ctx, q, person)
	if err != nil {
		return nil, err
	}
	return s.LicencesOf(ctx, q, p)
}

// heldRow is a certificate with its categories, as they were at one moment.
type heldRow struct {
	Licence

	Held []Category `db:"held"`
}

func licencesFrom(rows []heldRow) []Licence {
	out := make([]Licence, len(rows))
	for i, r := range rows {
		for j := range r.Held {
			r.Held[j].Licence = r.ID
		}
		out[i], out[i].Categories = r.Licence, r.Held
	}
	return out
}

// genuine refuses certificates that were changed behind the program's back.
func (s *Service) genuine(list []Licence) error {
	for i := range list {
		if !s.keys.CheckRowMAC(list[i].MAC, list[i].parts()...) {
			return tampered(&list[i])
		}
	}
	return nil
}

// LicencesOf is Licences of a file that was read.
func (s *Service) LicencesOf(ctx context.Context, q db.Q, p Person) ([]Licence, error) {
	list, err := s.licences(ctx, q, []string{p.ID})
	if err == nil {
		err = s.genuine(list)
	}
	return list, err
}

func (s *Service) licences(ctx context.Context, q db.Q, people []string) ([]Licence, error) {
	rows, err := db.All[heldRow](ctx, q, licencesSQL, people)
	return licencesFrom(rows), err
}

func readCategories(ctx context.Context, q db.Q, list []Licence) error {
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	all, err := db.All[Category](ctx, q, categoriesSQL, ids)
	at := map[string]int{}
	for i := range list {
		at[list[i].ID], list[i].Categories = i, []Category{}
	}
	for _, c := range all {
		l := &list[at[c.Licence]]
		l.Categories = append(l.Categories, c)
	}
	return err
}

// Licence reads one certificate. Faults: record.missing,
// practitioner.licence.tampered.
func (s *Service) Licence(ctx context.Context, q db.Q, id string) (Licence, error) {
	return s.licence(ctx, q, licenceSQL, id)
}

func (s *Service) licence(ctx context.Context, q db.Q, sql string, args ...any) (Licence, error) {
	one, err := db.Row[Licence](ctx, q, sql, args...)
	if err != nil {
		return one, err
	}
	list := []Licence{one}
	if err := readCategories(ctx, q, list); err != nil {
		return one, err
	}
	return list[0], s.genuine(list)
}

// ByNumber are the certificates of a number, whatever their state: what an
// enforcement system names. It checks no right.
func (s *Service) ByNumber(ctx context.Context, q db.Q, number string) ([]Licence, error) {
	list, err := db.All[Licence](ctx, q, byNumberSQL, s.keys.Blind(numberIndex, normal(number)))
	if err != nil || len(list) == 0 {
		return list, err
	}
	if err := readCategories(ctx, q, list); err != nil {
		return nil, err
	}
	return list, s.genuine(list)
}

func normal(number string) string { return strings.ToUpper(strings.TrimSpace(number)) }

// Issue carries out a decision: a first certificate, an added category, a
// renewal, a reissue, a change; the print version grows with every later one. It
// checks no right and no condition of the matter, and is not repeated for one
// decision by its caller. Faults: practitioner.grant.type, .categories, .twice,
// .none, .late, practitioner.licence.tampered, .state.
func (s *Service) Issue(ctx context.Context, tx pgx.Tx, g Grant) (Licence, error) {
	p, err := s.locked(ctx, tx, g.Person)
	if err != nil {
		return Licence{}, err
	}
	g.Person = p.ID
	if err := g.check(); err != nil {
		return Licence{}, err
	}
	var out Licence
	switch g.Act {
	case First, TakeIn, MoveIn:
		out, err = s.first(ctx, tx, &p, g)
	default:
		out, err = s.again(ctx, tx, g)
	}
	if err == nil {
		err = s.enrolled(ctx, tx, p.ID, g)
	}
	if err != nil {
		return Licence{}, err
	}
	return out, s.expiry(ctx, tx, p.ID)
}

func (g *Grant) check() error {
	if g.On.IsZero() {
		return errors.New("practitioner: a grant without a day")
	}
	if len(g.Categories) == 0 && (g.Act == Renew || g.Act == Reissue || g.Act == Change) && kinds[g.Type].name != "" {
		return nil // all that are on it
	}
	return CheckCategories(g.Type, g.Categories)
}

// first makes a certificate, and with a person's first one their archive number.
func (s *Service) first(ctx context.Context, tx pgx.Tx, p *Person, g Grant) (Licence, error) {
	l := Licence{
		ID: uuid.Must(uuid.NewV7()).String(), Person: p.ID, Type: g.Type, Issuer: cmp.Or(g.Issuer, cityIssuer), ServiceNo: g.ServiceNo,
		FirstIssue: g.On, ValidFrom: g.On, ValidTo: ValidTo(g.Type, g.On), State: InForce, PrintVersion: 1, Version: 1, ChangedAt: s.now(),
	}
	archive := ""
	if kinds[g.Type].post {
		l.Post = g.Categories[0]
	}
	if g.Taken != nil {
		l.FirstIssue, l.ValidFrom, l.ValidTo = g.Taken.FirstIssue, g.Taken.ValidFrom, g.Taken.ValidTo
		l.State, archive = cmp.Or(g.Taken.State, InForce), g.Taken.ArchiveNo
	}
	for _, c := range g.Categories {
		l.Categories = append(l.Categories, g.Taken.category(&l, c))
	}
	slices.SortFunc(l.Categories, byCode)
	number, err := s.number(ctx, tx, p, g)
	if err != nil {
		return Licence{}, err
	}
	if err := s.archive(ctx, tx, p, archive, g.On); err != nil {
		return Licence{}, err
	}
	if err := s.insertLicence(ctx, tx, &l, number); err != nil {
		return Licence{}, err
	}
	text := fmt.Sprintf("核发%s（%s）", TypeName(l.Type), strings.Join(g.Categories, "、"))
	switch g.Act {
	case MoveIn:
		text = fmt.Sprintf("转入%s（%s），初次领证 %s，有效期至 %s", TypeName(l.Type), strings.Join(g.Categories, "、"), l.FirstIssue, l.ValidTo)
	case TakeIn:
		text = fmt.Sprintf("导入已有的%s（%s），%s", TypeName(l.Type), strings.Join(g.Categories, "、"), StateName(l.State))
	}
	return l, s.Note(ctx, tx, p.ID, Event{Kind: string(g.Act), Text: with(text, g.Why), Ref: g.Ref, Licence: l.ID, After: l.snapshot()})
}

// category is what a first issue writes of one: its own days, or the certificate's.
func (t *Taken) category(l *Licence, code string) Category {
	c := Category{Code: code, FirstIssue: l.FirstIssue, ValidTo: l.ValidTo}
	if t != nil && !t.Each[code].FirstIssue.IsZero() {
		c = t.Each[code]
	}
	c.Licence = l.ID
	return c
}

func byCode(a, b Category) int { return strings.Compare(a.Code, b.Code) }

func with(text, why string) string {
	if why == "" {
		return text
	}
	return text + "：" + why
}

// number is a certificate's number: the holder's ID number, or the next of a
// bus post's series.
func (s *Service) number(ctx context.Context, tx pgx.Tx, p *Person, g Grant) (string, error) {
	if g.Taken != nil && g.Taken.Number != "" {
		return normal(g.Taken.Number), nil
	}
	if !kinds[g.Type].post {
		return s.open(ctx, tx, p.ID, "id_no")
	}
	// numbers that were taken over may lie ahead of the series
	for {
		n, err := db.Value[int](ctx, tx, nextNumberSQL, fmt.Sprintf("GJ%s%04d", posts[g.Categories[0]], g.On.Year))
		if err != nil {
			return "", err
		}
		number := BusNumber(g.Categories[0], g.On.Year, n)
		used, err := db.Value[bool](ctx, tx, numberUsedSQL, s.keys.Blind(numberIndex, number))
		if err != nil || !used {
			return number, err
		}
	}
}

// archive gives the person an archive number: the one on record, or the next.
func (s *Service) archive(ctx context.Context, tx pgx.Tx, p *Person, taken string, on clock.Date) error {
	if p.ArchiveNo != "" {
		return nil
	}
	if p.ArchiveNo = taken; taken == "" {
		// numbers that were taken over may lie ahead of the series
		for {
			n, err := db.Value[int](ctx, tx, nextNumberSQL, fmt.Sprintf("DA%04d", on.Year))
			if err != nil {
				return err
			}
			p.ArchiveNo = ArchiveNo(on.Year, n)
			used, err := db.Value[bool](ctx, tx, archiveUsedSQL, p.ArchiveNo)
			if err != nil {
				return err
			}
			if !used {
				break
			}
		}
	}
	_, err := tx.Exec(ctx, archiveSQL, p.ID, p.ArchiveNo)
	return err
}

func (s *Service) insertLicence(ctx context.Context, tx pgx.Tx, l *Licence, number string) error {
	sealed, err := s.keys.SealAt([]string{placeNumber, l.ID}, []byte(number))
	if err != nil {
		return fmt.Errorf("seal number: %w", err)
	}
	l.NumberBlind, l.Number = s.keys.Blind(numberIndex, number), person.MaskLicence(number)
	l.MAC = s.keys.RowMAC(l.parts()...)
	_, err = tx.Exec(ctx, insertLicenceSQL, l.ID, l.Person, l.Type, l.Post, sealed, l.NumberBlind, l.Number, l.ServiceNo, l.Issuer,
		l.FirstIssue, l.ValidFrom, l.ValidTo, l.State, l.StateWhy, l.PrintVersion, l.Version, l.ChangedAt, l.MAC)
	if db.IsUnique(err, "practitioner_licence_one") {
		return fault.Newf(fault.Conflict, "practitioner.grant.twice", "该人已有有效的%s，请办理换证、补证、变更或增项", TypeName(l.Type))
	}
	if db.IsUnique(err, "practitioner_licence_number") {
		return fault.Newf(fault.Conflict, "practitioner.grant.number", "证号 %s 的有效%s已在另一份档案中，请先核对是否为同一人", l.Number, TypeName(l.Type))
	}
	if err != nil {
		return fmt.Errorf("insert licence: %w", err)
	}
	return s.putCategories(ctx, tx, l)
}

func (s *Service) putCategories(ctx context.Context, tx pgx.Tx, l *Licence) error {
	for _, c := range l.Categories {
		if _, err := tx.Exec(ctx, putCategorySQL, l.ID, c.Code, c.FirstIssue, c.ValidTo, l.Person, l.State); err != nil {
			return fmt.Errorf("put category: %w", err)
		}
	}
	return nil
}

func (s *Service) now() time.Time { return s.clock.Now().UTC().Truncate(time.Microsecond) }

func (s *Service) today() clock.Date { return clock.DateOf(s.clock.Now()) }
