// Package control is what the simulators of outside systems have in common: a
// line on which they push signed messages to the centre, and the orders by which
// a test or a visitor makes it repeat, delay, hold back, reorder, spoil the
// signature or send with a wrong clock. It shows what was sent and what was
// answered. It is written from the agreements in cloud/external.
package control

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"huyun.internal/protocol/sm"
)

// Orders say how the next pushes misbehave; the zero value is a good system.
type Orders struct {
	Repeat  int    `json:"repeat"`    // send each message so many times more
	DelayMS int    `json:"delay_ms"`  // wait before sending
	Hold    bool   `json:"hold"`      // keep it until release
	Corrupt bool   `json:"corrupt"`   // a wrong signature
	SkewS   int    `json:"skew_s"`    // the clock is ahead by so many seconds
	Sender  string `json:"sender"`    // pretend to be somebody else
	Drop    bool   `json:"drop"`      // number it and never send it
	Twist   string `json:"add_field"` // a field that was not agreed upon
}

// Message is one push: numbered by the system, kept as it is sent.
type Message struct {
	Number string          `json:"number"`
	Path   string          `json:"path"`
	Body   json.RawMessage `json:"body"`
}

// Sent is what came of a push.
type Sent struct {
	At     time.Time `json:"at"`
	Number string    `json:"number"`
	Status int       `json:"status"`
	Answer string    `json:"answer"`
}

// state survives a restart: numbers are never used twice.
type state struct {
	Next     int64     `json:"next"`
	Messages []Message `json:"messages"`
	Waiting  []Message `json:"waiting"`
}

// Line is the connection of one outside system to the centre.
type Line struct {
	Base   string // https://host:port of the partner interface
	Sender string
	Key    sm.Signer
	Client *http.Client
	File   string // where the state is kept; empty: nowhere
	Now    func() time.Time
	// Answered hears what came of a message that had to wait; nil: nobody does.
	Answered func(m Message, s Sent)

	mu     sync.Mutex
	state  state
	orders Orders
	held   []Message
	sent   []Sent
}

// most is how much of the past is kept.
const most = 2000

// Load reads the state of an earlier run.
func (l *Line) Load() error {
	l.state.Next = 1
	raw, err := os.ReadFile(l.File)
	if errors.Is(err, os.ErrNotExist) || l.File == "" {
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, &l.state)
}

func (l *Line) save() error {
	if l.File == "" {
		return nil
	}
	if n := len(l.state.Messages); n > most {
		l.state.Messages = l.state.Messages[n-most:]
	}
	raw, err := json.Marshal(l.state)
	if err != nil {
		return err
	}
	next := l.File + ".new"
	if err := os.WriteFile(next, raw, 0o600); err != nil {
		return err
	}
	return os.Rename(next, filepath.Clean(l.File))
}

// Number makes the next message: body gets its number.
func (l *Line) Number(path string, body func(n int64) (number string, v any)) (Message, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	number, v := body(l.state.Next)
	raw, err := json.Marshal(v)
	if err != nil {
		return Message{}, err
	}
	if name := l.orders.Twist; name != "" {
		raw = fmt.Appendf(nil, `{%s:1,%s`, strconv.Quote(name), raw[1:])
	}
	m := Message{Number: number, Path: path, Body: raw}
	l.state.Next++
	l.state.Messages = append(l.state.Messages, m)
	return m, l.save()
}

// Push sends a message as the orders say. What the centre did not take because it
// could not be reached waits and is tried again by Retry.
func (l *Line) Push(ctx context.Context, m Message) ([]Sent, error) {
	l.mu.Lock()
	o := l.orders
	if o.Hold {
		l.held = append(l.held, m)
	}
	l.mu.Unlock()
	if o.Hold || o.Drop {
		return []Sent{}, nil
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(time.Duration(o.DelayMS) * time.Millisecond):
	}
	var out []Sent
	for range o.Repeat + 1 {
		s, err := l.send(ctx, m, o)
		if err != nil {
			l.mu.Lock()
			l.state.Waiting = append(l.state.Waiting, m)
			err = errors.Join(err, l.save())
			l.mu.Unlock()
			return out, err
		}
		out = append(out, s)
	}
	return out, nil
}

// text is what is signed: method, path, sender, time and SM3 of the body.
func text(path, sender, at string, body []byte) []byte {
	return []byte(strings.Join([]string{http.MethodPost, path, sender, at, sm.SumOf(body).String()}, "\n"))
}

func (l *Line) send(ctx context.Context, m Message, o Orders) (Sent, error) {
	sender, at := l.Sender, l.now().Add(time.Duration(o.SkewS)*time.Second).Format(time.RFC3339)
	if o.Sender != "" {
		sender = o.Sender
	}
	sig, err := l.Key.Sign(text(m.Path, sender, at, m.Body))
	if err != nil {
		return Sent{}, err
	}
	if o.Corrupt {
		sig[len(sig)-1] ^= 1
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.Base+m.Path, bytes.NewReader(m.Body))
	if err != nil {
		return Sent{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Huyun-Sender", sender)
	r.Header.Set("X-Huyun-Time", at)
	r.Header.Set("X-Huyun-Signature", base64.StdEncoding.EncodeToString(sig))
	resp, err := l.Client.Do(r)
	if err != nil {
		return Sent{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return Sent{}, err
	}
	s := Sent{At: l.now(), Number: m.Number, Status: resp.StatusCode, Answer: string(answer)}
	l.mu.Lock()
	l.sent = append(l.sent, s)
	l.sent = l.sent[max(0, len(l.sent)-most):]
	l.mu.Unlock()
	if resp.StatusCode >= http.StatusInternalServerError {
		return s, fmt.Errorf("centre answered %d: %s", resp.StatusCode, answer)
	}
	return s, nil
}

func (l *Line) now() time.Time {
	if l.Now != nil {
		return l.Now()
	}
	return time.Now()
}

// Release sends what was held back, the last first.
func (l *Line) Release(ctx context.Context) ([]Sent, error) {
	l.mu.Lock()
	held := l.held
	l.held, l.orders.Hold = nil, false
	l.mu.Unlock()
	var out []Sent
	for i := len(held) - 1; i >= 0; i-- {
		s, err := l.Push(ctx, held[i])
		out = append(out, s...)
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// Resend sends an earlier message again, byte for byte.
func (l *Line) Resend(ctx context.Context, number string) ([]Sent, error) {
	l.mu.Lock()
	var m *Message
	for i := range l.state.Messages {
		if l.state.Messages[i].Number == number {
			m = &l.state.Messages[i]
		}
	}
	l.mu.Unlock()
	if m == nil {
		return nil, fmt.Errorf("no message %s", number)
	}
	return l.Push(ctx, *m)
}

// Retry sends what waits, in order, until one fails.
func (l *Line) Retry(ctx context.Context) {
	for {
		l.mu.Lock()
		if len(l.state.Waiting) == 0 {
			l.mu.Unlock()
			return
		}
		m := l.state.Waiting[0]
		l.mu.Unlock()
		s, err := l.send(ctx, m, Orders{})
		if err != nil {
			return
		}
		l.mu.Lock()
		l.state.Waiting = l.state.Waiting[1:]
		_ = l.save() // tried again with the next
		l.mu.Unlock()
		if l.Answered != nil {
			l.Answered(m, s)
		}
	}
}

// Fetch reads something public of the centre.
func (l *Line) Fetch(ctx context.Context, path string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, l.Base+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := l.Client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("centre answered %d", resp.StatusCode)
	}
	return io.ReadAll(io.LimitReader(resp.Body, 1<<20))
}
