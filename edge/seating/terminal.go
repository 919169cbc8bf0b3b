package seating

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sort"
	"strings"
	"time"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/edge/supervise/bell"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// CodeMinutes is how long a pairing code can be used.
const CodeMinutes = 30

const codeLife = CodeMinutes * time.Minute

const terminalKey = "terminal"

// Terminal is an exam machine that is paired to a seat. Its key signs requests
// before anybody has logged in there.
type Terminal struct {
	ID       string    `json:"id"`
	Seat     string    `json:"seat"`
	Name     string    `json:"name,omitempty"` // what the machine calls itself
	Sealed   []byte    `json:"sealed"`
	PairedAt time.Time `json:"paired_at"`
	By       string    `json:"by"`
}

// Code lets machines pair to seats. It lives in memory only: after a restart a
// technician makes another.
type Code struct {
	Code  string        `json:"code"`
	Seats []string      `json:"seats"` // not yet used
	Until time.Duration `json:"-"`     // monotonic
	By    string        `json:"-"`
}

// NewCode makes a code for one or more seats. It fails with
// seating.seat.unknown for a seat that no sitting of this venue has.
func (s *Service) NewCode(ctx context.Context, seats []string) (Code, error) {
	known, err := s.Seats()
	if err != nil {
		return Code{}, err
	}
	if len(seats) == 0 {
		seats = known
	}
	for _, seat := range seats {
		if !slices.Contains(known, seat) {
			return Code{}, errSeat
		}
	}
	if len(seats) == 0 {
		return Code{}, errSeat
	}
	n, err := rand.Int(rand.Reader, big.NewInt(100_000_000))
	if err != nil {
		return Code{}, err
	}
	c := Code{
		Code: fmt.Sprintf("%08d", n), Seats: slices.Clone(seats), Until: s.Clock.Mono() + codeLife, By: audit.Who(ctx),
	}
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		// A hall of a hundred seats does not fit into an object; the detail names them.
		return s.Audit.Record(ctx, tx, "seating.terminal.code", fmt.Sprintf("%s 等 %d 个座位", seats[0], len(seats)), strings.Join(seats, ","))
	})
	if err != nil {
		return Code{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes[c.Code] = &c
	return Code{Code: c.Code, Seats: slices.Clone(seats), Until: c.Until}, nil
}

var (
	errSeat = fault.Invalidf("seating.seat.unknown", "本考场没有这个座位，请核对座位号")
	errName = fault.Invalidf("seating.terminal.name", "机器名不能含换行、控制字符或不可见字符，请修改机器名后重试")
	errCode = fault.Unauthenticatedf("seating.terminal.code", "配对码不正确或已失效，请向技术员索取新的配对码")
	// The code is good; only the seat is not one of its own.
	errPlace = fault.Preconditionf("seating.terminal.seat", "这个配对码不能用于该座位：请按座位牌填写座位号，例如 012；这个码已为该座位配对过考试机的，请技术员为该座位重新生成配对码")
)

// Pair makes the machine at from the terminal of a seat and returns its key. A
// machine that was there before is no longer known. It fails with
// seating.terminal.code, seating.terminal.seat, seating.terminal.name and seating.try.later.
func (s *Service) Pair(ctx context.Context, from, code, seat, name string) (Terminal, []byte, error) {
	if err := s.mayTry("pair/" + from); err != nil {
		return Terminal{}, nil, err
	}
	if !person.Line(name) {
		return Terminal{}, nil, errName // before the code is used up
	}
	by, seat, err := s.takeCode(code, seat)
	if err != nil {
		if !errors.Is(err, errPlace) { // whoever has a good code need not guess
			s.failed("pair/" + from)
		}
		return Terminal{}, nil, err
	}
	raw := make([]byte, 8+32)
	if _, err := rand.Read(raw); err != nil {
		return Terminal{}, nil, err
	}
	t := Terminal{ID: "t" + hex.EncodeToString(raw[:8]), Seat: seat, Name: clip(name, 60), By: by}
	key := raw[8:]
	if t.Sealed, err = s.Vault.Seal(terminalKey, t.ID, key); err != nil {
		return Terminal{}, nil, err
	}
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		t.PairedAt = tx.Now()
		if old := tx.Get(seatBucket, seat); old != nil {
			tx.Delete(terminalBucket, string(old))
		}
		tx.Put(seatBucket, seat, []byte(t.ID))
		if err := store.Save(tx, terminalBucket, t.ID, t); err != nil {
			return err
		}
		return s.Audit.Record(audit.As(ctx, by), tx, "seating.terminal.pair", seat, t.ID)
	})
	s.Bell.Ring(bell.Board)
	return t, key, err
}

// plain is a seat as people type it: "12" is seat 012.
func plain(seat string) string {
	return strings.TrimLeft(strings.ToUpper(strings.TrimSpace(seat)), "0")
}

// takeCode uses a code up for a seat and says who made it.
func (s *Service) takeCode(code, seat string) (by, at string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.codes[code]
	if !ok || s.Clock.Mono() > c.Until {
		return "", "", errCode
	}
	if seat == "" && len(c.Seats) == 1 {
		seat = c.Seats[0]
	}
	i := slices.IndexFunc(c.Seats, func(s string) bool { return plain(s) == plain(seat) })
	if i < 0 {
		return "", "", errPlace
	}
	seat = c.Seats[i]
	c.Seats = slices.Delete(c.Seats, i, i+1)
	if len(c.Seats) == 0 {
		delete(s.codes, code)
	}
	return c.By, seat, nil
}

// Unpair forgets the terminal of a seat.
func (s *Service) Unpair(ctx context.Context, seat string) error {
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		id := tx.Get(seatBucket, seat)
		if id == nil {
			return nil
		}
		tx.Delete(seatBucket, seat)
		tx.Delete(terminalBucket, string(id))
		return s.Audit.Record(ctx, tx, "seating.terminal.unpair", seat, string(id))
	})
	s.Bell.Ring(bell.Board)
	return err
}

// Terminal finds a paired terminal and its key. It fails with
// seating.terminal.missing.
func (s *Service) Terminal(id string) (Terminal, []byte, error) {
	var t Terminal
	err := s.Store.View(func(r store.Reader) error {
		v, ok, err := store.Load[Terminal](r, terminalBucket, id)
		if err == nil && !ok {
			err = fault.Unauthenticatedf("seating.terminal.missing", "本机尚未配对座位，请联系技术员")
		}
		t = v
		return err
	})
	if err != nil {
		return t, nil, err
	}
	key, err := s.Vault.Open(terminalKey, id, t.Sealed)
	return t, key, err
}

// Terminals lists the paired terminals by seat.
func Terminals(r store.Reader) (map[string]Terminal, error) {
	list, err := store.All[Terminal](r, terminalBucket, "")
	out := make(map[string]Terminal, len(list))
	for _, t := range list {
		out[t.Seat] = t
	}
	return out, err
}

// Seats lists every seat that a sitting of this venue has, in order.
func (s *Service) Seats() ([]string, error) {
	list, err := s.Exam.Sittings()
	if err != nil {
		return nil, err
	}
	set := map[string]bool{}
	for _, st := range list {
		if st.State == exam.Cancelled {
			continue
		}
		for _, seat := range st.Seats {
			set[seat] = true
		}
	}
	out := make([]string, 0, len(set))
	for seat := range set {
		out = append(out, seat)
	}
	sort.Strings(out)
	return out, nil
}

func clip(s string, n int) string {
	r := []rune(strings.TrimSpace(s))
	if len(r) > n {
		r = r[:n]
	}
	return string(r)
}

// Guessing is slowed down: after five wrong tries a minute of waiting, for
// each terminal or address.
const (
	freeTries = 5
	tryWait   = time.Minute
)

type tries struct {
	n     int
	until time.Duration
}

func (s *Service) mayTry(who string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tries[who]
	if ok && s.Clock.Mono() < t.until {
		return fault.TooManyf("seating.try.later", "连续输入错误，请一分钟后再试或请监考员协助")
	}
	return nil
}

func (s *Service) failed(who string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.tries) > 10_000 { // many addresses, one by one: forget them all rather than grow
		clear(s.tries)
	}
	t, ok := s.tries[who]
	if !ok {
		t = &tries{}
		s.tries[who] = t
	}
	t.n++
	if t.n >= freeTries {
		t.n, t.until = 0, s.Clock.Mono()+tryWait
	}
}

func (s *Service) succeeded(who string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tries, who)
}
