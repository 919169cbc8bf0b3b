package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"huyun.internal/cloud/platform/auth"
)

// How often a stream says that it lives and asks whether its reader may still
// listen: a session that was ended stops hearing within this time.
const (
	heartbeat    = 15 * time.Second
	writeTimeout = 20 * time.Second
)

// Stream is one open board (server-sent events).
type Stream struct {
	mu  sync.Mutex
	rw  http.ResponseWriter
	ctl *http.ResponseController
}

// Send writes one event; v becomes JSON. It fails when the reader is gone.
func (s *Stream) Send(event string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	return s.write("event: " + strings.ReplaceAll(event, "\n", "") + "\ndata: " + string(body) + "\n\n")
}

func (s *Stream) write(text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.ctl.SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err := s.rw.Write([]byte(text)); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	return s.ctl.Flush()
}

// Events adds a board. The handler sends until its context ends, which it does
// when the reader goes away, the session ends or the permission is withdrawn.
func Events(w *Web, op Op, handler func(ctx context.Context, c *gin.Context, s *Stream) error) {
	op.Method = http.MethodGet
	need := op.Perm
	if need == "" {
		need = op.ID
	}
	Raw(w, op, func(c *gin.Context) {
		c.Header("Content-Type", "text/event-stream; charset=utf-8")
		c.Header("X-Accel-Buffering", "no")
		c.Status(http.StatusOK)
		if isHead(c.Request.Context()) {
			return
		}
		s := &Stream{rw: c.Writer, ctl: http.NewResponseController(c.Writer)}
		if s.write(": open\n\n") != nil {
			return
		}
		ctx, cancel := context.WithCancel(c.Request.Context())
		var beating sync.WaitGroup
		beating.Go(func() {
			defer cancel()
			w.beat(ctx, c.Request, need, s)
		})
		_ = handler(ctx, c, s) // an error here means that nobody listens any more
		cancel()
		beating.Wait()
	})
}

func (w *Web) beat(ctx context.Context, r *http.Request, need string, s *Stream) {
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.quit:
			return
		case <-tick.C:
		}
		if need != Public {
			actor, err := w.opts.Auth.Authenticate(auth.Passive(ctx), r)
			if err != nil || (need != SignedIn && !actor.Can(need)) {
				_ = s.Send("end", map[string]string{"reason": "signed-out"})
				return
			}
		}
		if s.write(": beat\n\n") != nil {
			return
		}
	}
}
