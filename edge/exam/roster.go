package exam

import (
	"slices"

	"huyun.internal/protocol/fault"
)

// Candidate is what the venue may know of a person before the release: the
// roster inside the sealed package can be read with the device key alone.
type Candidate struct {
	ID        string
	Admission string // admission number
	Name      string
	IDNumber  string // in the clear in memory only
	Seat      string // empty = free choice
	Photo     string // SM3 of the reference picture, hex; empty = none
	Consent   bool   // agreed to face checks when they registered
}

// Roll is the roster of one package.
type Roll struct {
	Candidates []Candidate
	photo      func(digest string) ([]byte, error)
}

// Candidates lists a sitting's roster in order of admission numbers. It fails
// with exam.roster.missing until the package is here.
func (s *Service) Candidates(sitting string) ([]Candidate, error) {
	st, err := s.Sitting(sitting)
	if err != nil {
		return nil, err
	}
	roll, err := s.roll(st)
	if err != nil {
		return nil, err
	}
	return roll.Candidates, nil
}

// Candidate finds one person of a sitting. It fails with exam.roster.missing
// and exam.roster.candidate.
func (s *Service) Candidate(sitting, id string) (Candidate, error) {
	list, err := s.Candidates(sitting)
	if err != nil {
		return Candidate{}, err
	}
	i := slices.IndexFunc(list, func(c Candidate) bool { return c.ID == id })
	if i < 0 {
		return Candidate{}, fault.NotFoundf("exam.roster.candidate", "本场次没有这名考生，请核对准考证")
	}
	return list[i], nil
}

// FindAdmission finds who holds an admission number among the sittings that
// can take candidates now. Of two sittings that both know the number the one
// that can be read goes first. It fails with exam.roster.candidate.
func (s *Service) FindAdmission(admission string) (Sitting, Candidate, error) {
	list, err := s.Sittings()
	if err != nil {
		return Sitting{}, Candidate{}, err
	}
	slices.SortStableFunc(list, func(a, b Sitting) int { return readiness(b) - readiness(a) })
	for _, st := range list {
		if readiness(st) == 0 {
			continue
		}
		roll, err := s.roll(st)
		if err != nil {
			continue // its package is not here; another sitting may know the number
		}
		for _, c := range roll.Candidates {
			if c.Admission == admission {
				return st, c, nil
			}
		}
	}
	return Sitting{}, Candidate{}, fault.NotFoundf("exam.roster.candidate", "本场次没有这名考生，请核对准考证")
}

func readiness(st Sitting) int {
	switch st.State {
	case Running:
		return 3
	case Opened:
		return 2
	case Approved:
		return 1
	}
	return 0
}

// Photo is a candidate's reference picture. It fails with exam.roster.photo
// when the centre sent none.
func (s *Service) Photo(sitting, candidate string) ([]byte, error) {
	c, err := s.Candidate(sitting, candidate)
	if err != nil {
		return nil, err
	}
	st, err := s.Sitting(sitting)
	if err != nil {
		return nil, err
	}
	none := fault.NotFoundf("exam.roster.photo", "该考生没有预留照片，请人工核对证件")
	if c.Photo == "" {
		return nil, none
	}
	roll, err := s.roll(st)
	if err != nil {
		return nil, err
	}
	b, err := roll.photo(c.Photo)
	if err != nil {
		return nil, none.With(err)
	}
	return b, nil
}

// roll reads the roster of a sitting's package, once.
func (s *Service) roll(st Sitting) (*Roll, error) {
	if !st.Pack.Received {
		return nil, fault.Preconditionf("exam.roster.missing", "考题包尚未收到，暂时没有考生名单")
	}
	s.mu.RLock()
	r, ok := s.rolls[st.Pack.Digest]
	s.mu.RUnlock()
	if ok {
		return r, nil
	}
	r, err := s.readRoll(st)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rolls[st.Pack.Digest] = r
	return r, nil
}
