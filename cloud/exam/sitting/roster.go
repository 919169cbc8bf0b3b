package sitting

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/exam/picture"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// Upload is a candidate workbook and, optionally, a zip of photographs.
type Upload struct {
	FileName string
	Workbook []byte
	Photos   []byte
}

// Imported is the answer to an upload: candidates added, or what is wrong.
type Imported struct {
	OK           bool            `json:"ok"`
	Candidates   int             `json:"candidates"`
	WithoutPhoto int             `json:"without_photo"`
	Problems     []sheet.Problem `json:"problems"`
	Errors       int             `json:"errors"`
	Report       string          `json:"report,omitempty"`
}

const (
	problemsShown = 100
)

// Import adds candidates to a sitting, all or none. Rows in error are not a
// fault: the result lists them. Faults: those of sheet.Read and
// picture.Archive, exam.sitting.revise.state,
// exam.sitting.import.seats.
func (s *Service) Import(ctx context.Context, id string, up Upload) (Imported, error) {
	in, err := s.readable(ctx, s.DB, PermSave, sittingSQL, id)
	if err != nil {
		return Imported{}, err
	}
	rows, err := sheet.Read(up.Workbook, CandidateColumns(), candidateLimits)
	if err != nil {
		return Imported{}, err
	}
	photos := map[string][]byte{}
	if len(up.Photos) > 0 {
		if photos, err = picture.Archive(up.Photos, photoLimits.Bytes); err != nil {
			return Imported{}, err
		}
	}
	r := newRoster(in.Category, in.StartsAt, photos)
	for _, row := range rows {
		r.row(row)
	}
	r.finish()
	if len(r.problems) > 0 {
		return s.report(ctx, id, up, r.problems)
	}
	blobs, err := s.storePhotos(ctx, r.entries)
	if err != nil {
		return Imported{}, err
	}
	var twice []sheet.Problem
	err = s.DB.InTx(ctx, func(tx pgx.Tx) error {
		locked, err := s.locked(ctx, tx, PermSave, id)
		if err != nil {
			return err
		}
		if twice, err = s.present(ctx, tx, locked, r.entries); err != nil || len(twice) > 0 {
			return err
		}
		if err := s.move(ctx, tx, &locked, VerbRevise, ""); err != nil {
			return err
		}
		return s.insert(ctx, tx, locked, "exam.sitting.import", r.entries, blobs)
	})
	if err != nil {
		return Imported{}, err
	}
	if len(twice) > 0 {
		return s.report(ctx, id, up, twice)
	}
	out := Imported{OK: true, Candidates: len(r.entries), Problems: []sheet.Problem{}}
	for _, e := range r.entries {
		if e.photo == nil {
			out.WithoutPhoto++
		}
	}
	return out, nil
}

// present tells of each entry who is in this sitting already, in another at that
// hour, or may not sit this exam by what the centre holds about them; and notes
// in each which turn of a registration it is.
func (s *Service) present(ctx context.Context, tx pgx.Tx, in Sitting, entries []entry) ([]sheet.Problem, error) {
	blinds := make([][]byte, len(entries))
	for i, e := range entries {
		blinds[i] = s.Keys.Person(e.id)
	}
	numbers, err := s.numbers(ctx, tx, blinds)
	if err != nil {
		return nil, err
	}
	if err := db.Hold(ctx, tx, numbers.All()); err != nil {
		return nil, err
	}
	failed, err := s.examine(ctx, tx, in, numbers, true)
	if err != nil {
		return nil, err
	}
	var out []sheet.Problem
	for i := range entries {
		e := &entries[i]
		st := failed[string(blinds[i])]
		if why := st.needless(e.renewed); why != "" {
			out = append(out, sheet.Problem{Row: e.row, Column: colRenewed, Text: why})
		}
		st.judge(e.kind, e.renewed)
		e.turn = max(st.turn, FirstTurn)
		for _, text := range st.texts() {
			out = append(out, sheet.Problem{Row: e.row, Column: colIDNo, Text: text})
		}
	}
	return out, nil
}

var candidateColumns = []string{
	"id", "sitting", "seq", "admission", "name", "idno", "idno_blind", "idno_mask", "mobile", "mobile_mask", "category",
	"consent", "photo", "photo_blob", "photo_type", "kind", "class", "member", "checks", "checked_at",
	"turn", "renewed",
}

func (s *Service) insert(ctx context.Context, tx pgx.Tx, in Sitting, action string, entries []entry, blobs map[sm.Digest]sm.Digest) error {
	if in.Candidates+len(entries) > candidateLimits.Rows {
		return fault.Newf(fault.TooLarge, "exam.sitting.import.seats", "一个场次最多 %d 名考生", candidateLimits.Rows)
	}
	last, err := db.Value[int](ctx, tx, lastSeqSQL, in.ID)
	if err != nil {
		return err
	}
	rows := make([][]any, len(entries))
	for i, e := range entries {
		if rows[i], err = s.candidateRow(in, last+1+i, e, blobs); err != nil {
			return err
		}
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"exam_candidate"}, candidateColumns, pgx.CopyFromRows(rows)); err != nil {
		return fmt.Errorf("insert candidates: %w", err)
	}
	return s.Audit.Record(ctx, tx, action, in.ID, map[string]any{"candidates": len(entries)})
}

func (s *Service) candidateRow(in Sitting, seq int, e entry, blobs map[sm.Digest]sm.Digest) ([]any, error) {
	id := uuid.Must(uuid.NewV7()).String()
	idno, err := s.Keys.SealAt([]string{placeIDNo, id}, []byte(e.id.Reveal()))
	if err != nil {
		return nil, fmt.Errorf("seal id number: %w", err)
	}
	var mobile, photo, stored []byte
	kind := ""
	if !e.mobile.IsZero() {
		if mobile, err = s.Keys.SealAt([]string{placeMobile, id}, []byte(e.mobile.Reveal())); err != nil {
			return nil, fmt.Errorf("seal mobile: %w", err)
		}
	}
	if e.photo != nil {
		d := e.digest()
		b := blobs[d]
		photo, stored, kind = d[:], b[:], e.photo.Type
	}
	return []any{
		id, in.ID, seq, admission(in.Number, seq), e.name, idno, s.Keys.Person(e.id), e.id.Mask(),
		mobile, e.mobile.Mask(), e.category, e.consent, photo, stored, kind,
		e.kind, orNull(e.class), orNull(e.member), passed(in.Category), s.Clock.Now(),
		e.turn, e.renewed,
	}, nil
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// storePhotos seals and stores photographs; one that is then not used is
// garbage, never somebody's wrong picture.
func (s *Service) storePhotos(ctx context.Context, entries []entry) (map[sm.Digest]sm.Digest, error) {
	out := map[sm.Digest]sm.Digest{}
	for _, e := range entries {
		if e.photo == nil {
			continue
		}
		d := e.digest()
		blob, err := s.storePhoto(ctx, d, e.photo.Data)
		if err != nil {
			return nil, err
		}
		out[d] = blob
	}
	return out, nil
}

func (s *Service) storePhoto(ctx context.Context, d sm.Digest, data []byte) (sm.Digest, error) {
	sealed, err := s.Keys.SealAt([]string{placePhoto, d.String()}, data)
	if err != nil {
		return sm.Digest{}, fmt.Errorf("seal photograph: %w", err)
	}
	blob, _, err := s.Blobs.Put(ctx, bytes.NewReader(sealed))
	if err != nil {
		return sm.Digest{}, fmt.Errorf("store photograph: %w", err)
	}
	return blob, nil
}

// openPhoto is the plain bytes of a stored photograph.
func (s *Service) openPhoto(ctx context.Context, digest, blob []byte) ([]byte, error) {
	sealed, err := s.readBlob(ctx, blob)
	if err != nil {
		return nil, err
	}
	d := sm.Digest(digest)
	plain, err := s.Keys.OpenAt([]string{placePhoto, d.String()}, sealed)
	if err != nil {
		return nil, fmt.Errorf("open photograph: %w", err)
	}
	return plain, nil
}

func (s *Service) readBlob(ctx context.Context, digest []byte) ([]byte, error) {
	r, size, err := s.Blobs.Open(ctx, sm.Digest(digest))
	if err != nil {
		return nil, fmt.Errorf("open blob: %w", err)
	}
	defer r.Close()
	out, err := io.ReadAll(io.LimitReader(r, size))
	if err != nil {
		return nil, fmt.Errorf("read blob: %w", err)
	}
	return out, nil
}

func (s *Service) reports() sheet.Reports { return sheet.Reports{Keys: s.Keys, Kind: "candidate"} }

func (s *Service) report(ctx context.Context, sitting string, up Upload, problems []sheet.Problem) (Imported, error) {
	actor, _ := auth.From(ctx)
	slices.SortStableFunc(problems, func(a, b sheet.Problem) int { return cmp.Compare(a.Row, b.Row) })
	book, err := sheet.Annotate(up.Workbook, candidateLimits, problems)
	if err != nil {
		return Imported{}, err
	}
	out := Imported{Problems: problems[:min(len(problems), problemsShown)], Errors: len(problems)}
	return out, s.DB.InTx(ctx, func(tx pgx.Tx) error {
		if out.Report, err = s.reports().Keep(ctx, tx, actor.ID, book, s.Clock.Now()); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, "exam.sitting.import", sitting, map[string]any{"errors": len(problems)})
	})
}

// Report is the error workbook of an upload, for the person who uploaded.
func (s *Service) Report(ctx context.Context, id string) ([]byte, error) {
	actor, err := auth.Require(ctx, PermSave)
	if err != nil {
		return nil, err
	}
	return s.reports().Read(ctx, s.DB, actor.ID, id)
}

// Template is an empty candidate workbook.
func (s *Service) Template(ctx context.Context) ([]byte, error) {
	if _, err := auth.Require(ctx, PermSave); err != nil {
		return nil, err
	}
	return sheet.Write("考生", CandidateColumns(), nil)
}
