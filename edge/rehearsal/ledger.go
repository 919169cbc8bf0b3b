package rehearsal

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// ledger is the rehearsal's own memory of what terminals were told, in a plain
// file beside the store and not in it: a store that forgets must not be the
// witness of what it has forgotten. An answer is written down when it is durable
// and before its receipt goes out; once a second the file is forced to disk,
// with where everybody stands. What a power cut takes of its tail makes the
// comparison smaller and never wrong.
type ledger struct {
	mu    sync.Mutex
	file  *os.File
	fault error // why it could not be written; the restart cannot be judged then

	acked map[slot]ack
	heard map[string]int // terminal → answers acknowledged to it
	at    map[seatOf]int // attempt and terminal → the same
	still map[string]still
	last  time.Time // the last sign of life
	boot  string    // of which run
}

type slot struct{ Attempt, Item string }

type seatOf struct{ Attempt, Terminal string }

type ack struct {
	Attempt  string   `json:"a"`
	Terminal string   `json:"t"`
	Item     string   `json:"i"`
	Revision uint64   `json:"r"`
	Choice   []string `json:"c"`
}

// still is where an attempt stood at a moment.
type still struct {
	Session  string `json:"s"`
	Terminal string `json:"t"`
	Used     int64  `json:"u"` // milliseconds of working time
	Item     string `json:"i,omitempty"`
}

type line struct {
	At    int64            `json:"at"` // Unix milliseconds
	Boot  string           `json:"b"`
	Acks  []ack            `json:"k,omitempty"`
	Still map[string]still `json:"w,omitempty"`
}

// openLedger reads what is there and goes on writing behind it. A last line that
// was torn by a power cut is left out, and so is whatever cannot be read.
func openLedger(path string) (*ledger, error) {
	l := &ledger{acked: map[slot]ack{}, heard: map[string]int{}, at: map[seatOf]int{}, still: map[string]still{}}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	old, err := os.Open(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err == nil {
		l.read(old)
		if err := old.Close(); err != nil {
			return nil, err
		}
	}
	l.file, err = os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = l.file.WriteString("\n") // ends a torn line, so that the next stands alone
	}
	return l, err
}

func (l *ledger) read(f *os.File) {
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var n line
		if json.Unmarshal(in.Bytes(), &n) == nil && n.At > 0 {
			l.take(n)
		}
	}
}

func (l *ledger) take(n line) {
	l.last, l.boot = time.UnixMilli(n.At), n.Boot
	for _, a := range n.Acks {
		k := slot{a.Attempt, a.Item}
		if have, ok := l.acked[k]; !ok || a.Revision > have.Revision {
			l.acked[k] = a
			l.heard[a.Terminal]++
			l.at[seatOf{a.Attempt, a.Terminal}]++
		}
	}
	if n.Still != nil {
		l.still = n.Still
	}
}

// write adds a line; hard forces it to disk.
func (l *ledger) write(n line, hard bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.take(n)
	raw, err := json.Marshal(n)
	if err == nil {
		_, err = l.file.Write(append(raw, '\n'))
	}
	if err == nil && hard {
		err = l.file.Sync()
	}
	l.fault = errors.Join(l.fault, err)
}

// acks is everything that was acknowledged, in any order.
func (l *ledger) acks() []ack {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]ack, 0, len(l.acked))
	for _, a := range l.acked {
		a.Choice = slices.Clone(a.Choice)
		out = append(out, a)
	}
	return out
}

// counts says how many terminals had an answer acknowledged, and how many
// answers there are.
func (l *ledger) counts() (terminals, answers int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.heard), len(l.acked)
}

// answeredAt reports whether an attempt had an answer acknowledged at a terminal.
func (l *ledger) answeredAt(attempt, terminal string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.at[seatOf{attempt, terminal}] > 0
}

func (l *ledger) broken() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fault
}

func (l *ledger) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.file.Close()
}
