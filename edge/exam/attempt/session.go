package attempt

import (
	"crypto/rand"
	"encoding/hex"
	"time"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/fault"
)

const keyPurpose = "session"

// Session is one sitting-down of a candidate at a terminal. Its key signs every
// request; a new login or a move makes a new one and the old one dies with its
// fence.
type Session struct {
	ID        string    `json:"id"`
	Attempt   string    `json:"attempt"`
	Sitting   string    `json:"sitting"`
	Candidate string    `json:"candidate"`
	Seat      string    `json:"seat"`
	Terminal  string    `json:"terminal"`
	Fence     uint64    `json:"fence"`
	Sealed    []byte    `json:"sealed"` // the key, sealed by the vault
	CreatedAt time.Time `json:"created_at"`
}

var errFenced error = fault.Conflictf("exam.session.fenced", "您已在别处重新登录，本页面不能继续作答，请联系监考员")

// holds fails with exam.session.fenced when another session has the attempt, and
// says where the candidate goes on when a proctor has moved them.
func (ss Session) holds(a Attempt) error {
	switch {
	case a.Session == ss.ID && a.Fence == ss.Fence:
		return nil
	case a.Seat != ss.Seat:
		return fault.Conflictf("exam.session.fenced", "监考员已为您更换座位，请到 %s 号座位继续", a.Seat)
	}
	return errFenced
}

type cached struct {
	session Session
	key     []byte
}

// Seat binds an attempt to a seat and terminal: the fence goes up, the request
// counter begins again, and the returned key is the only one that may write.
// The caller stores the attempt.
func (s *Service) Seat(tx *store.Tx, a *Attempt, seat, terminal string) (Session, []byte, error) {
	if err := a.Do(Login); err != nil {
		return Session{}, nil, err
	}
	raw := make([]byte, 16+32)
	if _, err := rand.Read(raw); err != nil {
		return Session{}, nil, err
	}
	id, key := hex.EncodeToString(raw[:16]), raw[16:]
	sealed, err := s.Vault.Seal(keyPurpose, id, key)
	if err != nil {
		return Session{}, nil, err
	}
	a.Fence++
	a.Seat, a.Terminal, a.Session = seat, terminal, id
	ss := Session{
		ID: id, Attempt: a.ID, Sitting: a.Sitting, Candidate: a.Candidate, Seat: seat, Terminal: terminal,
		Fence: a.Fence, Sealed: sealed, CreatedAt: tx.Now(),
	}
	if err := s.forgetCounter(tx, a.ID); err != nil {
		return Session{}, nil, err
	}
	return ss, key, store.Save(tx, sessionBucket, id, ss)
}

// Unseat takes an attempt from its seat: the fence goes up and nobody may
// write until the login at the new seat. The caller stores the attempt.
func (s *Service) Unseat(tx *store.Tx, a *Attempt, seat string) error {
	if err := a.Do(Move); err != nil {
		return err
	}
	a.Fence++
	a.Seat, a.Terminal, a.Session = seat, "", ""
	return s.forgetCounter(tx, a.ID)
}

func (s *Service) forgetCounter(tx *store.Tx, id string) error {
	p, err := progress(tx, id)
	if err != nil {
		return err
	}
	p.Counter, p.Hash = 0, ""
	p.Elapsed = s.used(id, p).Milliseconds()
	return store.Save(tx, progressBucket, id, p)
}

// Session finds a session and its key. It does not say whether the session may
// still write: that is decided in the transaction. It fails with
// exam.session.missing.
func (s *Service) Session(id string) (Session, []byte, error) {
	s.mu.RLock()
	c, ok := s.sessions[id]
	s.mu.RUnlock()
	if ok {
		return c.session, c.key, nil
	}
	missing := fault.Unauthenticatedf("exam.session.missing", "登录已失效，请重新登录")
	if len(id) != 32 {
		return Session{}, nil, missing
	}
	err := s.store.View(func(r store.Reader) error {
		v, ok, err := store.Load[Session](r, sessionBucket, id)
		if err == nil && !ok {
			err = missing
		}
		c.session = v
		return err
	})
	if err != nil {
		return Session{}, nil, err
	}
	c.key, err = s.Vault.Open(keyPurpose, id, c.session.Sealed)
	if err != nil {
		return Session{}, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[id] = c
	return c.session, c.key, nil
}
