// Package web is the one way into the edge over HTTP. It puts huma (contracts,
// validation) on gin (routing) and denies by default: an operation exists only
// through Register, Raw or Events, each of which names a permission, and the
// guard refuses every route that was added in any other way.
//
// The proctor's and the terminal's APIs are one Web each, with their own way to
// tell who is asking. It knows no session, key, seat or store.
package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
)

// The two permissions that are in no role table.
const (
	Public   = "public"    // anybody, without signing in
	SignedIn = "signed-in" // anybody who is known, whatever their roles
)

// Body limits in bytes.
const (
	DefaultBody = 1 << 20
	MaxBody     = 8 << 20
)

// Actor is who stands behind a request.
type Actor struct {
	ID   string                                    // for the log: a username, a terminal
	CSRF string                                    // must come back in X-Huyun-CSRF; empty for programs without cookies
	Can  func(perm string) bool                    // the roles' say
	With func(ctx context.Context) context.Context // what handlers find in their context
}

// Authenticator says who is behind a request. The body has been read for it,
// because terminals sign it.
type Authenticator func(r *http.Request, body []byte) (Actor, error)

// Options describe one Web.
type Options struct {
	Title, Version string
	Auth           Authenticator
	Log            *slog.Logger
	Metrics        *prometheus.Registry // nil: none
	Secure         bool                 // reached over TLS: HSTS
}

// Op declares an operation.
type Op struct {
	ID      string // "exam.opening.request": also permission, audit action and fault stem
	Method  string
	Path    string // "/proctor/v1/sittings/{sitting}"
	Perm    string // empty: ID. Public and SignedIn have to be said
	Summary string // Chinese, for the contract
	Audit   string // empty: ID for what changes things, "none" for what reads
	Status  int    // of success; 0: 200
	MaxBody int64  // 0: DefaultBody
	PerMin  int    // requests a minute of one account, or of one address where nobody is signed in; 0: no limit
	Stream  bool   // the handler reads the body itself and bounds it; nothing signs it
	Raw     bool   // set by Raw and Events: not in the OpenAPI document
}

// Web is one guarded HTTP interface.
type Web struct {
	engine  *gin.Engine
	api     huma.API
	opts    Options
	ops     map[string]Op // "GET /proctor/v1/sittings/:sitting"
	order   []string
	limits  *limiter
	metrics *metrics
}

// New makes an empty Web: every request is refused until something is
// registered.
func New(opts Options) *Web {
	setHumaDefaults()
	gin.SetMode(gin.ReleaseMode)
	w := &Web{engine: gin.New(), opts: opts, ops: map[string]Op{}, limits: newLimiter(), metrics: newMetrics(opts.Metrics)}
	if w.opts.Log == nil {
		w.opts.Log = slog.New(slog.DiscardHandler)
	}
	w.engine.RedirectTrailingSlash = false
	w.engine.HandleMethodNotAllowed = true
	w.engine.NoMethod(w.noMethod)
	w.engine.MaxMultipartMemory = MaxBody
	if err := w.engine.SetTrustedProxies(nil); err != nil {
		panic("web: trusted proxies: " + err.Error())
	}
	w.engine.Use(w.observe, w.recoverPanic, w.headers, w.guard)
	w.engine.NoRoute(func(c *gin.Context) { Fail(c, errPath) })
	w.api = humagin.New(w.engine, humaConfig(opts))
	return w
}

func humaConfig(opts Options) huma.Config {
	cfg := huma.DefaultConfig(opts.Title, opts.Version)
	cfg.CreateHooks = nil // no $schema in answers
	cfg.DocsPath, cfg.OpenAPIPath, cfg.SchemasPath = "", "", ""
	cfg.RejectUnknownQueryParameters = true
	format := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: strictJSON}
	cfg.Formats = map[string]huma.Format{"application/json": format, "json": format}
	return cfg
}

// Register adds an operation. The handler's error is answered as its fault;
// anything that is not a fault is an internal error whose cause is only logged.
func Register[I, O any](w *Web, op Op, handler func(context.Context, *I) (*O, error)) {
	op = w.declare(op)
	huma.Register(w.api, huma.Operation{
		OperationID: op.ID, Method: op.Method, Path: op.Path, Summary: op.Summary,
		Tags: []string{tag(op.ID)}, DefaultStatus: op.Status, MaxBodyBytes: op.MaxBody + 1,
		Extensions: map[string]any{"x-permission": op.Perm, "x-audit": op.Audit},
	}, func(ctx context.Context, in *I) (*O, error) {
		if p := untidy(ctx, in); p != nil {
			return nil, p
		}
		out, err := handler(ctx, in)
		if err != nil {
			return nil, w.problem(ctx, err)
		}
		return out, nil
	})
}

// Raw adds a plain gin route for pictures, streams and the hot path. It is
// guarded like the others but is not in the OpenAPI document.
func Raw(w *Web, op Op, handler gin.HandlerFunc) {
	op.Raw = true
	op = w.declare(op)
	w.engine.Handle(op.Method, ginPath(op.Path), handler)
}

// Fast adds a plain gin route on the hot path that is in the contract all the
// same: I and O say what goes in and out, the handler reads and writes it.
func Fast[I, O any](w *Web, op Op, handler gin.HandlerFunc) {
	op = w.declare(op)
	w.engine.Handle(op.Method, ginPath(op.Path), handler)
	described := huma.Operation{
		OperationID: op.ID, Method: op.Method, Path: op.Path, Summary: op.Summary, Tags: []string{tag(op.ID)},
		Extensions: map[string]any{"x-permission": op.Perm, "x-audit": op.Audit},
	}
	huma.Register(documentOnly{w.api}, described, func(context.Context, *struct{ Body I }) (*struct{ Body O }, error) {
		return nil, nil
	})
}

// documentOnly takes part in the contract but not in the routing.
type documentOnly struct{ huma.API }

// Adapter drops every route huma wants to add.
func (d documentOnly) Adapter() huma.Adapter { return noRoutes{d.API.Adapter()} }

type noRoutes struct{ huma.Adapter }

func (noRoutes) Handle(*huma.Operation, func(huma.Context)) {}

func (w *Web) declare(op Op) Op {
	if op.ID == "" || op.Method == "" || !strings.HasPrefix(op.Path, "/") || op.Summary == "" {
		panic("web: operation " + op.ID + " " + op.Path + " lacks id, method, path or summary")
	}
	if op.Perm == "" {
		op.Perm = op.ID
	}
	if op.Audit == "" {
		op.Audit = op.ID
		if safeMethod(op.Method) {
			op.Audit = "none"
		}
	}
	if op.MaxBody == 0 {
		op.MaxBody = DefaultBody
	}
	key := op.Method + " " + ginPath(op.Path)
	if _, twice := w.ops[key]; twice {
		panic("web: two operations on " + key)
	}
	w.ops[key] = op
	w.order = append(w.order, key)
	return op
}

var pathParam = regexp.MustCompile(`\{([a-z_]+)\}`)

func ginPath(path string) string { return pathParam.ReplaceAllString(path, ":$1") }

func safeMethod(m string) bool { return m == http.MethodGet || m == http.MethodHead }

// tag groups operations by the noun they act on: "exam.opening" of
// "exam.opening.request".
func tag(id string) string {
	if i := strings.LastIndexByte(id, '.'); i > 0 {
		return id[:i]
	}
	return id
}

// Operations lists what was registered, in order: the inventory that the
// authorisation matrix is made from.
func (w *Web) Operations() []Op {
	out := make([]Op, 0, len(w.order))
	for _, k := range w.order {
		out = append(out, w.ops[k])
	}
	return out
}

// Undeclared lists routes of the engine that no declaration stands for; there
// must be none.
func (w *Web) Undeclared() []string {
	var out []string
	for _, r := range w.engine.Routes() {
		if _, ok := w.ops[r.Method+" "+r.Path]; !ok {
			out = append(out, r.Method+" "+r.Path)
		}
	}
	slices.Sort(out)
	return out
}

// OpenAPI writes the contract as YAML.
func (w *Web) OpenAPI(out io.Writer) error {
	doc, err := w.api.OpenAPI().YAML()
	if err != nil {
		return err
	}
	_, err = out.Write(doc)
	return err
}

// ServeHTTP serves the interface.
func (w *Web) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.engine.ServeHTTP(rw, headAsGet(r))
}
