package sitting

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// refresh is how often a watched board is read again, however many watch it: a
// full hall's board costs the database a good tenth of a second.
const refresh = 2 * time.Second

// watched keeps the last board of every sitting that somebody watches.
type watched struct {
	mu     sync.Mutex
	boards map[string]*glanced
}

type glanced struct {
	mu   sync.Mutex
	read time.Duration // monotonic; boards older than refresh are read again
	body []byte
}

// glance is the board as JSON, at most refresh old. The right to see it is
// checked each time; the board itself is the same for all who have it.
func (s *Service) glance(ctx context.Context, id string) ([]byte, error) {
	if _, err := s.readable(ctx, s.DB, PermWatch, sittingSQL, id); err != nil {
		return nil, err
	}
	g := s.watched.get(id, s.Clock.Mono())
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.body != nil && s.Clock.Mono()-g.read < refresh {
		return g.body, nil
	}
	b, err := s.Board(ctx, id)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("encode board: %w", err)
	}
	g.body, g.read = body, s.Clock.Mono()
	return body, nil
}

// forget is after how long an unwatched board is dropped.
const forget = time.Minute

func (w *watched) get(id string, now time.Duration) *glanced {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.boards == nil {
		w.boards = map[string]*glanced{}
	}
	for k, g := range w.boards {
		if k != id && g.mu.TryLock() {
			if now-g.read > forget {
				delete(w.boards, k)
			}
			g.mu.Unlock()
		}
	}
	if w.boards[id] == nil {
		w.boards[id] = &glanced{read: now}
	}
	return w.boards[id]
}
