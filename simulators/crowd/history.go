package crowd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
)

// Phases of an operation in a history. An operation begins with Invoke; it is
// OK when its receipt came, Fail when the venue refused it, and Unknown when no
// answer came: it may have happened or not.
const (
	Invoke  = "invoke"
	OK      = "ok"
	Fail    = "fail"
	Unknown = "unknown"
)

// Kinds of operations.
const (
	Answer = "answer"
	Late   = "late" // an answer from a seat the candidate has left; must be refused
	HandIn = "handin"
)

// Op is one line of a history.
type Op struct {
	ID        uint64   `json:"id"` // within the history
	Phase     string   `json:"phase"`
	Kind      string   `json:"kind,omitempty"`
	Admission string   `json:"admission,omitempty"`
	Item      string   `json:"item,omitempty"`
	Revision  uint64   `json:"revision,omitempty"`
	Choice    []string `json:"choice,omitempty"`
	Code      string   `json:"code,omitempty"` // of a refusal
	Took      int64    `json:"took_us,omitempty"`
}

// History is one candidate's own record of what they did, forced to the disk
// line by line: what it says was acknowledged is what the venue must have. It
// lives outside everything that a drill may kill.
type History struct {
	mu   sync.Mutex
	file *os.File
	next uint64
}

// NewHistory begins a candidate's history in a folder.
func NewHistory(dir, admission string) (*History, error) {
	f, err := os.OpenFile(filepath.Join(dir, admission+".jsonl"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &History{file: f}, nil
}

// Begin writes an operation down before it is tried.
func (h *History) Begin(op Op) (uint64, error) {
	h.mu.Lock()
	h.next++
	op.ID, op.Phase = h.next, Invoke
	h.mu.Unlock()
	return op.ID, h.write(op)
}

// End writes down what became of it.
func (h *History) End(id uint64, phase, code string, tookMicros int64) error {
	return h.write(Op{ID: id, Phase: phase, Code: code, Took: tookMicros})
}

func (h *History) write(op Op) error {
	line, err := json.Marshal(op)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err = h.file.Write(append(line, '\n'))
	if err != nil {
		return err
	}
	return h.file.Sync()
}

// Close ends the history.
func (h *History) Close() error { return h.file.Close() }
