package sitting

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/exam/picture"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/fault"
)

// AddPhotos files photographs of candidates who are in the sitting already; a
// file is named by admission number or ID number. All of the zip or nothing.
// Faults: exam.sitting.photos.state, those of picture.Archive.
func (s *Service) AddPhotos(ctx context.Context, id string, zip []byte) (Imported, error) {
	if _, err := s.readable(ctx, s.DB, PermSave, sittingSQL, id); err != nil {
		return Imported{}, err
	}
	files, err := picture.Archive(zip, photoLimits.Bytes)
	if err != nil {
		return Imported{}, err
	}
	out := Imported{Problems: []sheet.Problem{}}
	err = s.DB.InTx(ctx, func(tx pgx.Tx) error {
		out.Problems, out.Candidates = []sheet.Problem{}, 0
		in, err := s.locked(ctx, tx, PermSave, id)
		if err != nil {
			return err
		}
		switch in.State {
		case Planned, Assigned, Returned, Applying:
		default:
			return fault.Newf(fault.Precondition, "exam.sitting.photos.state", "场次当前为“%s”，不能再补照片", StateName(in.State))
		}
		byName, err := s.fileNames(ctx, tx, id)
		if err != nil {
			return err
		}
		for name, data := range files {
			candidate, ok := byName[name]
			if !ok {
				out.Problems = append(out.Problems, sheet.Problem{Column: colPhoto, Text: "有照片的文件名不是本场次的准考证号或身份证号"})
				continue
			}
			if err := s.setPhoto(ctx, tx, id, candidate, data); err != nil {
				if fault.KindOf(err) == fault.Internal {
					return err
				}
				out.Problems = append(out.Problems, sheet.Problem{Column: colPhoto, Text: "准考证号 " + candidate.Admission + "：" + fault.From(err).Text})
			}
			out.Candidates++
		}
		if len(out.Problems) > 0 {
			return errNothing
		}
		return s.Audit.Record(ctx, tx, "exam.sitting.photos", id, map[string]any{"photos": out.Candidates})
	})
	out.Errors, out.OK = len(out.Problems), err == nil
	if fault.Is(err, errNothing.Code) {
		out.Candidates = 0
		return out, nil
	}
	return out, err
}

// errNothing rolls a partly good upload back; nobody outside sees it.
var errNothing = fault.New(fault.Invalid, "exam.sitting.photos.nothing", "照片未导入，请按提示修改后重新上传")

// fileNames maps what a photograph of a candidate may be called.
func (s *Service) fileNames(ctx context.Context, q db.Q, id string) (map[string]Candidate, error) {
	list, err := db.Rows(ctx, q, pgx.RowToStructByName[Candidate], allCandidatesSQL, id)
	if err != nil {
		return nil, err
	}
	sealed, err := db.Rows(ctx, q, pgx.RowToStructByPos[secrets], sealedSQL, id)
	if err != nil {
		return nil, err
	}
	out := make(map[string]Candidate, 2*len(list))
	for i, c := range list {
		idno, err := s.Keys.OpenAt([]string{placeIDNo, c.ID}, sealed[i].IDNo)
		if err != nil {
			return nil, fmt.Errorf("open id number: %w", err)
		}
		out[c.Admission], out[strings.ToLower(string(idno))] = c, c
	}
	return out, nil
}

func (s *Service) setPhoto(ctx context.Context, tx pgx.Tx, sitting string, c Candidate, data []byte) error {
	p, err := picture.Clean(data, photoLimits)
	if err != nil {
		return err
	}
	e := entry{photo: &p}
	d := e.digest()
	blob, err := s.storePhoto(ctx, d, p.Data)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, setPhotoSQL, sitting, c.ID, d[:], blob[:], p.Type); err != nil {
		return fmt.Errorf("set photograph: %w", err)
	}
	return nil
}

// Candidates lists the people of a sitting, masked. A whole ID number as the
// search text finds exactly that person.
func (s *Service) Candidates(ctx context.Context, id string, f CandidateFilter, page db.Page) (db.List[Candidate], error) {
	if _, err := s.readable(ctx, s.DB, PermList, sittingSQL, id); err != nil {
		return db.List[Candidate]{}, err
	}
	return listCandidates(ctx, s.DB, id, f, s.Keys.Sought(page.Q), page)
}

// Reveal is a candidate's whole ID number; why is recorded. Fault:
// exam.sitting.reveal.reason.
func (s *Service) Reveal(ctx context.Context, sitting, candidate, reason string) (string, error) {
	if reason = strings.TrimSpace(reason); reason == "" {
		return "", fault.New(fault.Invalid, "exam.sitting.reveal.reason", "查看完整证件号须写明用途")
	}
	var out string
	return out, s.DB.InTx(ctx, func(tx pgx.Tx) error {
		if _, err := s.readable(ctx, tx, PermReveal, sittingSQL, sitting); err != nil {
			return err
		}
		sealed, err := db.Value[[]byte](ctx, tx, idnoSQL, sitting, candidate)
		if err != nil {
			return err
		}
		plain, err := s.Keys.OpenAt([]string{placeIDNo, candidate}, sealed)
		if err != nil {
			return fmt.Errorf("open id number: %w", err)
		}
		out = string(plain)
		return s.Audit.Record(ctx, tx, PermReveal, candidate, map[string]any{"sitting": sitting, "reason": reason})
	})
}

// Photo is a candidate's reference photograph.
func (s *Service) Photo(ctx context.Context, sitting, candidate string) (data []byte, kind string, err error) {
	if _, err := s.readable(ctx, s.DB, PermList, sittingSQL, sitting); err != nil {
		return nil, "", err
	}
	var digest, blob []byte
	_, err = db.One(kind, s.DB.QueryRow(ctx, photoSQL, sitting, candidate).Scan(&digest, &blob, &kind))
	if err != nil {
		return nil, "", err
	}
	data, err = s.openPhoto(ctx, digest, blob)
	return data, kind, err
}

// Remove takes a candidate out before the venue has applied. Faults:
// exam.sitting.revise.state.
func (s *Service) Remove(ctx context.Context, sitting, candidate string) error {
	return s.DB.InTx(ctx, func(tx pgx.Tx) error {
		in, err := s.locked(ctx, tx, PermSave, sitting)
		if err != nil {
			return err
		}
		if err := s.move(ctx, tx, &in, VerbRevise, ""); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, removeCandidateSQL, sitting, candidate)
		if err != nil {
			return fmt.Errorf("remove candidate: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return db.Missing()
		}
		return s.Audit.Record(ctx, tx, "exam.sitting.remove", candidate, map[string]any{"sitting": sitting})
	})
}
