// Package proctor is the HTTP API of the proctor's console, /proctor/v1: sign
// in with an account the centre sent down, sittings and their opening, the
// door, the seat map as a live stream, everything a proctor may do to an
// attempt, alarms, terminals, close-out and the venue's audit record (M54, M58,
// M65; experience 1, "Proctor console"). Its page is edge/web/proctor.
//
// Every route names a permission; roles.go says which role has it. The package
// reads requests and words answers; what is allowed by the state of things is
// decided in exam, attempt, seating and supervise.
package proctor

import (
	"context"
	"io"
	"net/http"
	"slices"

	"huyun.internal/edge/app/web"
	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/exam/practical"
	"huyun.internal/edge/face/calibration"
	"huyun.internal/edge/rehearsal"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/edge/supervise/bell"
	"huyun.internal/edge/supervise/evidence"
	"huyun.internal/edge/supervise/staff"
	"huyun.internal/protocol/fault"
)

// Needs are what the API stands on.
type Needs struct {
	Store     *store.Store
	Exam      *exam.Service
	Attempts  *attempt.Service
	Seating   *seating.Service
	Practical *practical.Service
	Supervise *supervise.Service
	Rehearsal *rehearsal.Service
	Staff     *staff.Service
	Evidence  *evidence.Store
	Audit     *audit.Trail
	Bell      *bell.Bell
	Venue     string // name
	Node      string
	Secure    bool // cookies over TLS only
	Demo      func(ctx context.Context) Engine
	Export    func(w io.Writer) (records int, err error)
	// Return takes in the centre's return packet; nil: there is no link.
	Return func(ctx context.Context, r io.Reader) (Returned, error)
	// Calibration measures the face engine on photographs of the place.
	Calibration *calibration.Service
}

// Engine is what the console says about the face engine, badge included.
type Engine struct {
	Up     bool   `json:"up"`
	Engine string `json:"engine"`
	Demo   bool   `json:"demo"`
	Notice string `json:"notice,omitempty"`
}

// API holds the handlers.
type API struct{ Needs }

// New builds the API; Register adds its routes.
func New(n Needs) *API { return &API{n} }

const cookieName = "huyun_proctor"

type sessionKey struct{}

func signedIn(ctx context.Context) staff.Session {
	s, _ := ctx.Value(sessionKey{}).(staff.Session)
	return s
}

// Authenticate finds who holds the session cookie.
func (a *API) Authenticate(r *http.Request, _ []byte) (web.Actor, error) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return web.Actor{}, fault.Unauthenticatedf("staff.session.missing", "登录已过期，请重新登录")
	}
	s, err := a.Staff.Resume(c.Value)
	if err != nil {
		return web.Actor{}, err
	}
	return web.Actor{
		ID: s.Username, CSRF: s.CSRF,
		Can: func(perm string) bool { return May(s.Roles, perm) },
		With: func(ctx context.Context) context.Context {
			return audit.As(context.WithValue(ctx, sessionKey{}, s), s.Username)
		},
	}, nil
}

func (a *API) cookie(token string, seconds int) http.Cookie {
	return http.Cookie{ //nolint:gosec // Secure follows TLS: a venue's LAN may have none
		Name: cookieName, Value: token, Path: "/proctor", MaxAge: seconds,
		HttpOnly: true, Secure: a.Secure, SameSite: http.SameSiteStrictMode,
	}
}

// May reports whether one of the roles has a permission.
func May(held []string, perm string) bool {
	for _, role := range held {
		if slices.Contains(roles[role], perm) {
			return true
		}
	}
	return false
}

// Permissions lists what a set of roles may do, for the console to show the
// right buttons; the server decides again at each request.
func Permissions(held []string) []string {
	out := []string{}
	for _, role := range held {
		for _, p := range roles[role] {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	slices.Sort(out)
	return out
}

// Returned is what a return packet has brought.
type Returned struct {
	Orders    int    `json:"orders" doc:"本次新收到的指令数"`
	Confirmed uint64 `json:"confirmed" doc:"本次新确认的记录数"`
	Problem   string `json:"problem,omitempty" doc:"只导入了前面一部分时，后面为什么不行"`
}
