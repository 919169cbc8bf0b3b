package crowd

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"huyun.internal/protocol/envelope"
)

// patience is how long a terminal waits for one answer.
const patience = 10 * time.Second

// Refusal is an answer of the venue that is not a success.
type Refusal struct {
	Status  int
	Code    string `json:"code"`
	Title   string `json:"title"`
	Counter string
}

func (r *Refusal) Error() string { return fmt.Sprintf("%d %s %s", r.Status, r.Code, r.Title) }

// signer makes signed requests under one key: a terminal's or a session's. A
// key's requests go one after the other, because their counters must rise.
type signer struct {
	base string
	http *http.Client

	mu      sync.Mutex
	id      string
	key     []byte
	counter uint64
}

// call sends one signed request. An error that is not a *Refusal means that
// nobody knows whether it was carried out.
func (s *signer) call(ctx context.Context, method, target, kind string, body []byte, out any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if method != http.MethodGet {
		s.counter++
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.base+target, bytes.NewReader(body))
	if err != nil {
		return err
	}
	counter := max(s.counter, 1)
	envelope.Request{Session: s.id, Counter: counter, MAC: envelope.SignRequest(s.key, method, target, body, counter)}.Set(req.Header)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	err = exchange(s.http, req, out)
	var refused *Refusal
	if asRefusal(err, &refused) && refused.Code == "exam.session.replay" {
		n, perr := strconv.ParseUint(refused.Counter, 10, 64)
		if perr == nil {
			s.counter = max(s.counter, n)
		}
	}
	return err
}

func asRefusal(err error, out **Refusal) bool {
	r, ok := err.(*Refusal) //nolint:errorlint // exchange returns it bare
	*out = r
	return ok
}

func exchange(client *http.Client, req *http.Request, out any) error {
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode/100 == 5 {
		return fmt.Errorf("the venue's server failed: %d %s", resp.StatusCode, raw)
	}
	if resp.StatusCode/100 != 2 {
		r := &Refusal{Status: resp.StatusCode, Counter: resp.Header.Get(envelope.HeaderCounter)}
		_ = json.Unmarshal(raw, r) // what is not ours has no code
		return r
	}
	if out == nil || len(raw) == 0 {
		return nil
	}
	return json.Unmarshal(raw, out)
}

func (s *signer) json(ctx context.Context, method, target string, in, out any) error {
	var body []byte
	kind := ""
	if in != nil {
		var err error
		body, err = json.Marshal(in)
		if err != nil {
			return err
		}
		kind = "application/json"
	}
	return s.call(ctx, method, target, kind, body, out)
}

// Terminal is an exam machine at a seat.
type Terminal struct {
	Seat string
	*signer
}

// Pair binds a new terminal to a seat with the venue's pairing code.
func Pair(ctx context.Context, base, code, seat string) (*Terminal, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2}}
	body, err := json.Marshal(map[string]string{"code": code, "seat": seat, "name": "模拟考试机 " + seat})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/terminal/v1/pair", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	var paired struct{ Terminal, Key, Seat string }
	err = exchange(client, req, &paired)
	if err != nil {
		return nil, fmt.Errorf("pair %s: %w", seat, err)
	}
	key, err := hex.DecodeString(paired.Key)
	return &Terminal{Seat: paired.Seat, signer: &signer{base: base, http: client, id: paired.Terminal, key: key}}, err
}

// Session is a candidate's at a terminal, until they move to another.
type Session struct{ *signer }

// Login opens a session for a candidate.
func (t *Terminal) Login(ctx context.Context, admission, idNumber string) (*Session, error) {
	var out struct{ Session, Key string }
	err := t.json(ctx, http.MethodPost, "/terminal/v1/login", map[string]string{"admission": admission, "id_number": idNumber}, &out)
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(out.Key)
	return &Session{&signer{base: t.base, http: t.http, id: out.Session, key: key}}, err
}

// Beat is the terminal's heartbeat, with a camera.
func (t *Terminal) Beat(ctx context.Context, pending int) error {
	return t.json(ctx, http.MethodPost, "/terminal/v1/heartbeat", map[string]any{
		"focus": true, "visible": true, "camera": true, "pending": pending, "version": "crowd",
		"sight": map[string]any{"ok": true, "age_ms": 0},
	}, nil)
}

// State is what a terminal is told; only what a candidate acts on.
type State struct {
	State     string `json:"state"`
	Confirmed bool   `json:"confirmed"`
	Consented bool   `json:"consented"`
	Blocked   bool   `json:"blocked"`
	Paused    bool   `json:"paused"`
	Started   bool   `json:"started"`
	Remaining int64  `json:"remaining_ms"`
	Questions int    `json:"questions"`
	Answered  int    `json:"answered"`
	Counter   uint64 `json:"counter"`
	Capture   string `json:"capture"`
	Result    *struct {
		How string `json:"how"`
	} `json:"result"`
}

// State asks how the attempt stands.
func (s *Session) State(ctx context.Context) (State, error) {
	var st State
	err := s.json(ctx, http.MethodGet, "/terminal/v1/state", nil, &st)
	if err == nil {
		s.mu.Lock()
		s.counter = max(s.counter, st.Counter)
		s.mu.Unlock()
	}
	return st, err
}

// Item is a position of the paper and the keys that may be chosen.
type Item struct {
	No      string `json:"no"`
	Case    string `json:"case"` // number of the case it belongs to
	Section int    `json:"section"`
	Type    string `json:"type"`
	Stem    string `json:"stem"`
	Options []struct {
		Key  string `json:"key"`
		Text string `json:"text"`
	} `json:"options"`
}

// Paper fetches the paper, with the revisions that the venue holds already.
func (s *Session) Paper(ctx context.Context) ([]Item, map[string]uint64, error) {
	var out struct {
		Sheet struct {
			Items []Item `json:"items"`
		} `json:"sheet"`
		Answers []struct {
			Item     string `json:"item"`
			Revision uint64 `json:"revision"`
		} `json:"answers"`
		Counter uint64 `json:"counter"`
	}
	err := s.json(ctx, http.MethodGet, "/terminal/v1/paper", nil, &out)
	if err != nil {
		return nil, nil, err
	}
	s.mu.Lock()
	s.counter = max(s.counter, out.Counter)
	s.mu.Unlock()
	revisions := map[string]uint64{}
	for _, a := range out.Answers {
		revisions[a.Item] = a.Revision
	}
	return out.Sheet.Items, revisions, nil
}

// Save saves one answer; nil means that its receipt came.
func (s *Session) Save(ctx context.Context, item string, revision uint64, choice []string) error {
	return s.json(ctx, http.MethodPost, "/terminal/v1/answer", map[string]any{
		"item": item, "revision": revision, "choice": choice,
	}, nil)
}

// Confirm, Consent and Face are the steps before the start.
func (s *Session) Confirm(ctx context.Context) error {
	return s.json(ctx, http.MethodPost, "/terminal/v1/confirm", map[string]any{"correct": true}, nil)
}

// Consent says that the rules were read.
func (s *Session) Consent(ctx context.Context) error {
	return s.json(ctx, http.MethodPost, "/terminal/v1/consent", nil, nil)
}

// Face sends the camera's picture.
func (s *Session) Face(ctx context.Context, jpeg []byte) error {
	return s.call(ctx, http.MethodPost, "/terminal/v1/face", "image/jpeg", jpeg, nil)
}

// Seat shows what the camera sees of the seat.
func (s *Session) Seat(ctx context.Context, jpeg []byte) error {
	return s.call(ctx, http.MethodPost, "/terminal/v1/presence", "image/jpeg", jpeg, nil)
}

// HandIn hands in, saying how many items are empty here.
func (s *Session) HandIn(ctx context.Context, unanswered int) error {
	return s.json(ctx, http.MethodPost, "/terminal/v1/handin", map[string]int{"unanswered": unanswered}, nil)
}
