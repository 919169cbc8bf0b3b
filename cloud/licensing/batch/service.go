package batch

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/blob"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Parts are what the service is made of.
type Parts struct {
	DB     *db.DB
	Keys   *keys.Ring
	Audit  *audit.Log
	Blobs  blob.Store
	Clock  clock.Clock
	Cases  *application.Service
	People *practitioner.Service
}

// Service keeps batches.
type Service struct{ Parts }

// New makes the service.
func New(p Parts) *Service { return &Service{p} }

// who is either a member of staff who holds a permission, or a company's agent
// who may do this too; of an agent, scope is the company that they see alone.
func who(ctx context.Context, perm string, company bool) (a auth.Actor, scope string, err error) {
	if a, ok := auth.From(ctx); ok && a.Kind == application.KindCompany {
		if !company || !a.Can(application.PermCompany) || a.ID == "" {
			return a, a.ID, auth.Forbidden()
		}
		return a, a.ID, nil
	}
	a, err = auth.Require(ctx, perm)
	return a, "", err
}

// Upload is a roster as it comes in.
type Upload struct {
	Company string `json:"company" minLength:"2" maxLength:"60"`
	Code    string `json:"company_code"`
	Contact string `json:"contact"`
	Phone   string `json:"phone"`
	Address string `json:"address"`

	Workbook []byte `json:"-"`
	Files    []byte `json:"-"` // a zip; none: empty
}

// Uploaded is the answer to a roster: the good rows go on, the others come back.
type Uploaded struct {
	OK       bool            `json:"ok" doc:"没有一行有错误"`
	Batch    string          `json:"batch" doc:"新的批次；没有可受理的行时为空"`
	Number   string          `json:"number"`
	Rows     int             `json:"rows" doc:"收下的行数"`
	Same     []string        `json:"same" doc:"本企业已为其申请、办件未办结的人员，没有重复收取"`
	Problems []sheet.Problem `json:"problems"`
	Errors   int             `json:"errors" doc:"有错误的行数"`
	Report   string          `json:"report,omitempty"`
	Files    int             `json:"files" doc:"对上人员的照片和材料"`
	Strays   []string        `json:"strays" doc:"没有收下的文件及原因"`
}

const problemsShown = 100

// Take takes a roster. Rows with faults are not a fault: they are told, in the
// answer and in a workbook, and nothing of them is kept. Sent twice, a line whose
// case is open makes no second one. Faults: those of sheet.Read, of the company's
// data, of picture.Archive.
func (s *Service) Take(ctx context.Context, up Upload) (out Uploaded, err error) {
	actor, scope, err := who(ctx, application.PermSubmit, true)
	if err != nil {
		return out, err
	}
	b, form, err := s.begin(&up, actor, scope)
	if err != nil {
		return out, err
	}
	rows, err := sheet.Read(up.Workbook, Columns(), limits)
	if err != nil {
		return out, err
	}
	r := &roster{today: clock.DateOf(s.Clock.Now()), form: form, seen: map[string]int{}}
	for _, row := range rows {
		r.row(row)
	}
	if err := s.lookUp(ctx, r); err != nil {
		return out, err
	}
	files, strays, err := s.unpack(up.Files, r.lines)
	if err != nil {
		return out, err
	}
	out = Uploaded{Same: []string{}, Problems: r.problems[:min(len(r.problems), problemsShown)], Strays: strays}
	if out.Problems == nil {
		out.Problems = []sheet.Problem{}
	}
	return out, s.DB.InTx(ctx, func(tx pgx.Tx) error {
		out.Same, out.Files = []string{}, 0
		if err := s.keepRows(ctx, tx, &b, r.lines, files, up.Phone, &out); err != nil {
			return err
		}
		return s.tell(ctx, tx, actor, rows, r.problems, b, &out)
	})
}

// begin is the batch of an upload, and what the company says for all its lines.
func (s *Service) begin(up *Upload, actor auth.Actor, scope string) (Batch, map[string]string, error) {
	company, err := person.ParseCompany(up.Code)
	if err != nil {
		return Batch{}, nil, err
	}
	if scope != "" && scope != string(company) {
		return Batch{}, nil, fault.New(fault.Forbidden, "licensing.batch.company", "只能为本企业申请，请核对统一社会信用代码")
	}
	contact, err := person.ParseName(up.Contact)
	if err != nil {
		return Batch{}, nil, err
	}
	phone, err := person.ParseMobile(up.Phone)
	if err != nil {
		return Batch{}, nil, err
	}
	if _, err := person.CheckText(*up); err != nil {
		return Batch{}, nil, err
	}
	if n, m := len([]rune(up.Company)), len([]rune(up.Address)); n < 2 || n > 60 || m < 4 || m > 100 {
		return Batch{}, nil, fault.New(fault.Invalid, "licensing.batch.about", "请填写营业执照上的企业名称（2 到 60 字）和企业地址（4 到 100 字）")
	}
	up.Phone = phone.Reveal()
	form := map[string]string{
		"employer": up.Company, "employer_code": string(company), "contact": string(contact), "contact_phone": up.Phone, "address": up.Address,
	}
	return Batch{
		ID: uuid.Must(uuid.NewV7()).String(), Company: up.Company, CompanyCode: string(company), Contact: string(contact), Phone: phone.Mask(),
		ByKind: actor.Kind, ByID: actor.ID, By: actor.Name, CreatedAt: s.now(),
	}, form, nil
}

// lookUp finds what is wrong with a line by what the centre holds: another name,
// no certificate to renew, one in force already, what the form does not take.
func (s *Service) lookUp(ctx context.Context, r *roster) error {
	offers := map[string]matter.Definition{}
	for _, m := range matters {
		d, err := s.Cases.Offers(m.code)
		if err != nil {
			return err
		}
		offers[m.code] = d
	}
	held, err := s.held(ctx, r.lines)
	if err != nil {
		return err
	}
	kept := r.lines[:0]
	for _, l := range r.lines {
		before := len(r.problems)
		r.match(&l, offers[l.matter], held[string(l.blind)])
		if len(r.problems) == before {
			kept = append(kept, l)
		}
	}
	r.lines = kept
	return nil
}

// held are the files of a roster's people with their certificates, by the index of
// the number; who has none is left out.
func (s *Service) held(ctx context.Context, lines []line) (map[string]*practitioner.Holder, error) {
	blinds := make([][]byte, len(lines))
	for i := range lines {
		lines[i].blind = s.Keys.Person(lines[i].id)
		blinds[i] = lines[i].blind
	}
	found, err := s.People.Found(ctx, s.DB, blinds)
	if err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(found))
	for _, p := range found {
		ids = append(ids, p.ID)
	}
	holders, err := s.People.Holders(ctx, s.DB, ids)
	out := make(map[string]*practitioner.Holder, len(found))
	for blind, p := range found {
		if h, there := holders[p.ID]; there {
			out[blind] = &h
		}
	}
	return out, err
}

// keepRows stores the lines that are not open already; with none there is no
// batch.
func (s *Service) keepRows(ctx context.Context, tx pgx.Tx, b *Batch, lines []line, files map[int][]file, phone string, out *Uploaded) error {
	blinds := make([][]byte, len(lines))
	for i, l := range lines {
		blinds[i] = l.blind
	}
	if err := db.Hold(ctx, tx, blinds); err != nil {
		return err
	}
	open, err := db.All[struct {
		Blind    []byte `db:"idno_blind"`
		Matter   string `db:"matter"`
		Category string `db:"category"`
		Number   string `db:"number"`
	}](ctx, tx, openSQL, b.CompanyCode, blinds)
	if err != nil {
		return err
	}
	there := map[string]string{}
	for _, o := range open {
		there[string(o.Blind)+o.Matter+o.Category] = o.Number
	}
	fresh := make([]line, 0, len(lines))
	for _, l := range lines {
		if number := there[string(l.blind)+l.matter+l.category]; number != "" {
			out.Same = append(out.Same, fmt.Sprintf("第 %d 行 %s（批次 %s）", l.no, person.MaskName(l.name), number))
			continue
		}
		fresh = append(fresh, l)
	}
	if len(fresh) == 0 {
		return nil
	}
	if err := s.insertBatch(ctx, tx, b, phone); err != nil {
		return err
	}
	var all db.Batch
	for _, l := range fresh {
		if err := s.insertLine(&all, b, l); err != nil {
			return err
		}
		if err := s.keepFiles(ctx, &all, b.ID, l.no, files[l.no]); err != nil {
			return err
		}
		out.Files += len(files[l.no])
	}
	if err := all.Send(ctx, tx); err != nil {
		return err
	}
	out.Batch, out.Number, out.Rows = b.ID, b.Number, len(fresh)
	return nil
}

// body is what a line says until its case has it.
type body struct {
	IDNo   string            `json:"id_no"`
	Mobile string            `json:"mobile"`
	Form   map[string]string `json:"form"`
}

func (s *Service) insertLine(to *db.Batch, b *Batch, l line) error {
	plain, err := json.Marshal(body{l.id.Reveal(), l.mobile.Reveal(), l.form})
	if err != nil {
		return fmt.Errorf("write line: %w", err)
	}
	r := Row{Batch: b.ID, No: l.no, Code: b.CompanyCode, Name: l.name, Blind: l.blind, IDNo: l.id.Mask(), Matter: l.matter, Category: l.category, State: rowPending}
	if r.Body, err = s.Keys.SealAt(r.place(), plain); err != nil {
		return fmt.Errorf("seal line: %w", err)
	}
	to.Write(insertRowSQL, r.Batch, r.No, r.Code, r.Name, r.Blind, r.IDNo, r.Matter, r.Category, r.Body, r.State, s.Keys.RowMAC(r.parts()...))
	return nil
}

func (r *Row) place() []string { return []string{placeRow, fmt.Sprintf("%s/%d", r.Batch, r.No)} }

// tell keeps the workbook of the rows that came back, and records the upload.
func (s *Service) tell(ctx context.Context, tx pgx.Tx, actor auth.Actor, rows []sheet.Row, problems []sheet.Problem, b Batch, out *Uploaded) error {
	bad := map[int]bool{}
	for _, p := range problems {
		bad[p.Row] = true
	}
	out.Errors, out.OK = len(bad), len(bad) == 0
	if len(bad) > 0 {
		book, err := errorBook(rows, problems)
		if err != nil {
			return err
		}
		if out.Report, err = s.reports().Keep(ctx, tx, actor.ID, book, s.Clock.Now()); err != nil {
			return err
		}
	}
	return s.Audit.Record(ctx, tx, "licensing.batch.upload", out.Batch, map[string]any{
		"number": out.Number, "company": b.CompanyCode, "rows": out.Rows, "same": len(out.Same), "errors": out.Errors, "files": out.Files,
	})
}

func (s *Service) reports() sheet.Reports {
	return sheet.Reports{Keys: s.Keys, Kind: "licensing.batch"}
}

// Report is the error workbook of an upload, for whoever uploaded.
func (s *Service) Report(ctx context.Context, id string) ([]byte, error) {
	actor, _, err := who(ctx, application.PermSubmit, true)
	if err != nil {
		return nil, err
	}
	return s.reports().Read(ctx, s.DB, actor.ID, id)
}

// Template is an empty roster.
func (s *Service) Template(ctx context.Context) ([]byte, error) {
	if _, _, err := who(ctx, application.PermSubmit, true); err != nil {
		return nil, err
	}
	return sheet.Write("企业名册", Columns(), nil)
}
