package exam

import (
	"slices"

	"huyun.internal/edge/store"
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
	Candidates  []Candidate // in order of admission numbers
	byID        map[string]int
	byAdmission map[string]int
	photo       func(digest string) ([]byte, error)
}

func (r *Roll) index() {
	r.byID, r.byAdmission = make(map[string]int, len(r.Candidates)), make(map[string]int, len(r.Candidates))
	for i, c := range r.Candidates {
		r.byID[c.ID], r.byAdmission[c.Admission] = i, i
	}
}

var errCandidate = fault.NotFoundf("exam.roster.candidate", "本场次没有这名考生，请核对准考证")

// CandidatesIn lists a sitting's roster in order of admission numbers. It fails
// with exam.roster.missing until the package is here.
func (s *Service) CandidatesIn(r store.Reader, sitting string) ([]Candidate, error) {
	st, err := Get(r, sitting)
	if err != nil {
		return nil, err
	}
	roll, err := s.roll(st)
	if err != nil {
		return nil, err
	}
	return roll.Candidates, nil
}

// Candidates is CandidatesIn outside of a transaction.
func (s *Service) Candidates(sitting string) (list []Candidate, err error) {
	err = s.Store.View(func(r store.Reader) (err error) {
		list, err = s.CandidatesIn(r, sitting)
		return err
	})
	return list, err
}

// CandidateIn finds one person of a sitting. It fails with exam.roster.missing
// and exam.roster.candidate.
func (s *Service) CandidateIn(r store.Reader, sitting, id string) (Candidate, error) {
	st, err := Get(r, sitting)
	if err != nil {
		return Candidate{}, err
	}
	roll, err := s.roll(st)
	if err != nil {
		return Candidate{}, err
	}
	i, ok := roll.byID[id]
	if !ok {
		return Candidate{}, errCandidate
	}
	return roll.Candidates[i], nil
}

// Candidate is CandidateIn outside of a transaction.
func (s *Service) Candidate(sitting, id string) (c Candidate, err error) {
	err = s.Store.View(func(r store.Reader) (err error) {
		c, err = s.CandidateIn(r, sitting, id)
		return err
	})
	return c, err
}

// FindAdmission finds who holds an admission number among the sittings that
// can take candidates now. Of two sittings that both know the number the one
// that is further on goes first. It fails with exam.roster.candidate.
func (s *Service) FindAdmission(admission string) (Sitting, Candidate, error) {
	list, err := s.Everything()
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
		if i, ok := roll.byAdmission[admission]; ok {
			return st, roll.Candidates[i], nil
		}
	}
	return Sitting{}, Candidate{}, errCandidate
}

func readiness(st Sitting) int {
	switch st.State {
	case Running:
		return 3
	case Opened:
		return 2
	case Approved:
		return 1
	case Assigned, Requested, Returned, Closed, Cancelled:
	}
	return 0
}

// Photo is a candidate's reference picture. It fails with exam.roster.photo
// when the centre sent none.
func (s *Service) Photo(sitting, candidate string) ([]byte, error) {
	st, err := s.Sitting(sitting)
	if err != nil {
		return nil, err
	}
	roll, err := s.roll(st)
	if err != nil {
		return nil, err
	}
	i, ok := roll.byID[candidate]
	if !ok {
		return nil, errCandidate
	}
	none := fault.NotFoundf("exam.roster.photo", "该考生没有预留照片，请人工核对证件")
	if roll.Candidates[i].Photo == "" {
		return nil, none
	}
	b, err := roll.photo(roll.Candidates[i].Photo)
	if err != nil {
		return nil, none.With(err)
	}
	return b, nil
}

// roll reads the roster of a sitting's package, once.
func (s *Service) roll(st Sitting) (*Roll, error) {
	if st.Pack.Deleted {
		return nil, fault.Preconditionf("exam.roster.expired", "本场次的考生名单和照片保存期满，已按规定删除；需要查询请联系中心")
	}
	if st.Rehearsal() {
		return rehearsalRoll(st), nil
	}
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
