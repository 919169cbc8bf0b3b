package exam

import (
	"os"
	"slices"
	"strings"

	pexam "huyun.internal/protocol/exam"
	"huyun.internal/protocol/exam/pack"
	"huyun.internal/protocol/fault"
)

// withPack opens and verifies the package of a sitting: signed by the centre,
// for this sitting, this venue and at least this version.
func (s *Service) withPack(st Sitting, use func(p *pack.Package) error) error {
	f, err := os.Open(s.packPath(st.Pack.Digest))
	if err != nil {
		return fault.Unavailablef("exam.pack.file", "考题包文件读取失败，请检查磁盘后重新接收").With(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	p, err := pack.Open(f, info.Size(), s.Cloud)
	if err != nil {
		return err
	}
	m := p.Manifest()
	if err := m.Expect(st.Sitting, s.Venue, st.Pack.Version); err != nil {
		return err
	}
	return use(p)
}

// readRoll reads and verifies the roster with the device key.
func (s *Service) readRoll(st Sitting) (*Roll, error) {
	var out *Roll
	err := s.withPack(st, func(p *pack.Package) error {
		r, err := p.Roster(s.keeper)
		if err != nil {
			return err
		}
		out = &Roll{Candidates: make([]Candidate, len(r.Candidates)), photo: func(digest string) ([]byte, error) {
			pic, ok := r.Picture(digest)
			if !ok {
				return nil, fault.NotFoundf("exam.roster.photo", "该考生没有预留照片，请人工核对证件")
			}
			return pic.Bytes, nil
		}}
		for i, c := range r.Candidates {
			out.Candidates[i] = Candidate{
				ID: c.ID, Admission: c.AdmissionNo, Name: c.Name, IDNumber: c.IDNumber,
				Seat: c.Seat, Photo: c.Photo, Consent: c.Consent,
			}
		}
		slices.SortFunc(out.Candidates, func(a, b Candidate) int { return strings.Compare(a.Admission, b.Admission) })
		out.index()
		return nil
	})
	return out, err
}

// openBook opens the questions with both halves of the key and makes them
// ready for papers.
func (s *Service) openBook(st Sitting, half []byte) (*Book, error) {
	var out *Book
	err := s.withPack(st, func(p *pack.Package) error {
		paper, err := p.Paper(s.keeper, half)
		if err != nil {
			return err
		}
		index, err := pexam.NewIndex(paper.Range)
		if err != nil {
			return err
		}
		plan, err := pexam.Prepare(paper.Rule, index)
		if err != nil {
			return err
		}
		out = &Book{rule: paper.Rule, index: index, plan: plan, secret: paper.Secret, recent: paper.Recent, picture: func(digest string) ([]byte, error) {
			pic, ok := paper.Picture(digest)
			if !ok {
				return nil, fault.NotFoundf("exam.book.picture", "图片不存在")
			}
			return pic.Bytes, nil
		}}
		return nil
	})
	return out, err
}
