// Package terminal is the HTTP API of the exam terminal, /terminal/v1: pairing,
// login, identity and rules, state, paper, answers, hand-in, pictures of the
// face, and the heartbeat (M65; experience 1, "Exam terminal"). Its page is
// edge/web/terminal; the simulated crowd of deploy speaks it too.
//
// Every request but pairing is signed with HMAC-SM3 under the key of the
// terminal or of the candidate's session (protocol/envelope). The counter of a
// request that changes something is checked in the transaction that does the
// work. It decides nothing: it reads requests, calls exam, attempt, seating and
// supervise, and words the answers.
package terminal

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"huyun.internal/edge/app/web"
	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/exam/seb"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/supervise"
	"huyun.internal/edge/supervise/bell"
	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/fault"
)

// Permissions of this audience. A candidate's session can do what its terminal
// can; a terminal alone cannot do what a session can.
const (
	PermMachine   = "terminal.machine"   // a paired terminal
	PermCandidate = "terminal.candidate" // a candidate who is logged in
)

// Needs are what the API stands on.
type Needs struct {
	Exam      *exam.Service
	Attempts  *attempt.Service
	Seating   *seating.Service
	Supervise *supervise.Service
	Pulse     *supervise.Pulse
	Bell      *bell.Bell
	Venue     string // name shown on the idle page
}

// API holds the handlers.
type API struct {
	Needs
	mu       sync.Mutex
	counters map[string]uint64 // terminal → highest counter of a login
}

// New builds the API; Register adds its routes.
func New(n Needs) *API { return &API{Needs: n, counters: map[string]uint64{}} }

// caller is who signed a request.
type caller struct {
	terminal seating.Terminal
	session  *attempt.Session // nil before the login
	request  envelope.Request
	browser  seating.Browser
}

type callerKey struct{}

func from(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// session is the candidate's session; the guard has made sure there is one.
func session(ctx context.Context) attempt.Session {
	if c := from(ctx); c.session != nil {
		return *c.session
	}
	return attempt.Session{}
}

func ticket(ctx context.Context) attempt.Ticket {
	c := from(ctx)
	return attempt.Ticket{Session: session(ctx), Counter: c.request.Counter, Hash: c.request.MAC.String()}
}

// Authenticate finds the key a request names and verifies its MAC over method,
// target, body and counter.
func (a *API) Authenticate(r *http.Request, body []byte) (web.Actor, error) {
	req, err := envelope.ReadRequest(r.Header)
	if err != nil {
		return web.Actor{}, err
	}
	c := caller{request: req}
	var key []byte
	if strings.HasPrefix(req.Session, "t") {
		c.terminal, key, err = a.Seating.Terminal(req.Session)
	} else {
		var ss attempt.Session
		ss, key, err = a.Attempts.Session(req.Session)
		c.session = &ss
		c.terminal = seating.Terminal{ID: ss.Terminal, Seat: ss.Seat}
	}
	if err != nil {
		return web.Actor{}, err
	}
	if err := req.Verify(key, r.Method, r.RequestURI, body); err != nil {
		return web.Actor{}, err
	}
	a.Pulse.Seen(c.terminal.ID)
	c.browser = browserOf(r)
	a.browsed(c)
	return web.Actor{
		ID:   c.terminal.ID,
		Can:  func(perm string) bool { return perm == PermMachine || perm == PermCandidate && c.session != nil },
		With: func(ctx context.Context) context.Context { return context.WithValue(ctx, callerKey{}, c) },
	}, nil
}

// browserOf is what a request shows of Safe Exam Browser. Nothing stands between
// a terminal and us, so that the address it asked is the one we see.
func browserOf(r *http.Request) seating.Browser {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	base := scheme + "://" + r.Host
	return seating.Browser{Base: base, URL: base + r.RequestURI, Key: r.Header.Get(seb.Header), Page: r.Header.Get(seb.PageHeader)}
}

// browsed notes for the board which sittings' settings a terminal has.
func (a *API) browsed(c caller) {
	asked := a.Exam.WithSEB()
	if len(asked) == 0 {
		return
	}
	var fits []string
	for _, sitting := range asked {
		if a.Seating.InSEB(sitting, c.browser) {
			fits = append(fits, sitting)
		}
	}
	a.Pulse.Browsed(c.terminal.ID, !c.browser.Bare(), fits)
}

// fresh accepts the counter of a login once. It is a memory of this run: the
// session's own counters, which protect answers, are in the store.
func (a *API) fresh(terminal string, counter uint64) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if counter <= a.counters[terminal] {
		return fault.Conflictf("exam.session.replay", "请求重复或次序不对，考试机会自动重新发送")
	}
	a.counters[terminal] = counter
	return nil
}

// resync tells a terminal whose counter is behind from where to count on.
func (a *API) resync(c *gin.Context, err error) {
	if !fault.Is(err, "exam.session.replay") {
		return
	}
	if st, serr := a.Attempts.Status(c.Request.Context(), session(c.Request.Context())); serr == nil {
		c.Header(envelope.HeaderCounter, strconv.FormatUint(st.Counter, 10))
	}
}
