// Package web is the one way in over HTTP. It puts huma (contracts, validation)
// on gin (routing) and denies by default: an operation exists only through
// Register, Raw or Stream, each of which names a permission, and the guard
// refuses every route that was added in any other way.
//
// Every api.go of the cloud uses it; the console, the node interface and the
// partner interface are one Web each, with their own way to tell who is asking.
// It knows no session, password or table.
package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"huyun.internal/cloud/platform/auth"
)

// The two permissions that are not in the role table.
const (
	Public   = "public"    // anybody, without signing in
	SignedIn = "signed-in" // anybody who has signed in, whatever their roles
)

// Body limits in bytes.
const (
	DefaultBody = 1 << 20
	MaxBody     = 8 << 20
)

// Authenticator says who is behind a request. It returns auth.Required when
// nobody is; its other faults are answered as they are.
type Authenticator interface {
	Authenticate(ctx context.Context, r *http.Request) (auth.Actor, error)
}

// Options describe one Web.
type Options struct {
	Title, Version string
	Auth           Authenticator
	Log            *slog.Logger
	Metrics        *prometheus.Registry // nil: none
	TrustedProxies []string             // addresses whose X-Forwarded-For counts; none by default
	Secure         bool                 // reached over TLS: HSTS
}

// Op declares an operation.
type Op struct {
	ID      string // "exam.bank.import": also permission, audit action and fault stem
	Method  string
	Path    string // "/api/v1/exam/banks/{id}"
	Perm    string // empty: ID. Public and SignedIn have to be said
	Summary string // Chinese, for the contract and the role page
	Audit   string // empty: ID for what changes things, "none" for what reads
	Status  int    // of success; 0: 200
	MaxBody int64  // 0: DefaultBody; above MaxBody only for streamed files
	PerMin  int    // requests a minute of one account, or of one address where nobody is signed in; 0: no limit
	Raw     bool   // set by Raw and Stream: not in the OpenAPI document
}

// Web is one guarded HTTP interface.
type Web struct {
	engine  *gin.Engine
	api     huma.API
	opts    Options
	ops     map[string]Op // "GET /api/v1/x/:id"
	order   []string
	naming  string // id of the operation being registered
	limits  *limiter
	metrics *metrics
	spa     http.Handler
	quit    chan struct{} // closed when open boards have to end
	quitNow sync.Once
}

// New makes an empty Web: every request is refused until something is
// registered.
func New(opts Options) *Web {
	setHumaDefaults()
	gin.SetMode(gin.ReleaseMode)
	w := &Web{engine: gin.New(), opts: opts, ops: map[string]Op{}, limits: newLimiter(), metrics: newMetrics(opts.Metrics), quit: make(chan struct{})}
	if w.opts.Log == nil {
		w.opts.Log = slog.New(slog.DiscardHandler)
	}
	w.engine.RedirectTrailingSlash = false
	w.engine.HandleMethodNotAllowed = true
	w.engine.NoMethod(w.noMethod)
	w.engine.MaxMultipartMemory = MaxBody
	if err := w.engine.SetTrustedProxies(opts.TrustedProxies); err != nil {
		panic("web: trusted proxies: " + err.Error())
	}
	w.engine.Use(w.observe, w.recoverPanic, w.headers, w.guard)
	w.engine.NoRoute(w.noRoute)
	w.api = humagin.New(w.engine, humaConfig(opts, w.schemaName))
	return w
}

func humaConfig(opts Options, namer func(reflect.Type, string) string) huma.Config {
	cfg := huma.DefaultConfig(opts.Title, opts.Version)
	cfg.CreateHooks = nil // no $schema in answers
	cfg.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", namer)
	cfg.DocsPath, cfg.OpenAPIPath, cfg.SchemasPath = "", "", ""
	cfg.RejectUnknownQueryParameters = true
	format := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: strictJSON}
	cfg.Formats = map[string]huma.Format{"application/json": format, "json": format}
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: "huyun_session"},
	}
	return cfg
}

// Register adds an operation. The handler's error is answered as its fault;
// anything that is not a fault is an internal error whose cause is only logged.
func Register[I, O any](w *Web, op Op, handler func(context.Context, *I) (*O, error)) {
	register(w, op, nil, handler)
}

func register[I, O any](w *Web, op Op, answers map[string]*huma.Response, handler func(context.Context, *I) (*O, error)) {
	op = w.declare(op)
	w.naming = op.ID
	huma.Register(w.api, huma.Operation{
		OperationID: op.ID, Method: op.Method, Path: op.Path, Summary: op.Summary,
		Tags: []string{tag(op.ID)}, DefaultStatus: op.Status, MaxBodyBytes: op.MaxBody + 1,
		Extensions: map[string]any{"x-permission": op.Perm, "x-audit": op.Audit},
		Security:   security(op), Responses: answers,
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

// Raw adds a plain gin route for files and other things that are not JSON. It
// is guarded like the others but is not in the OpenAPI document.
func Raw(w *Web, op Op, handler gin.HandlerFunc) {
	op.Raw = true
	op = w.declare(op)
	w.engine.Handle(op.Method, ginPath(op.Path), handler)
}

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

// tag groups operations by the noun they act on: "exam.bank" of
// "exam.bank.import".
func tag(id string) string {
	if i := strings.LastIndexByte(id, '.'); i > 0 {
		return id[:i]
	}
	return id
}

func security(op Op) []map[string][]string {
	if op.Perm == Public {
		return nil
	}
	return []map[string][]string{{"session": {}}}
}

// Operations lists what was registered, in order: the inventory that the
// authorisation matrix and the role page are made from.
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

// EndStreams ends the open boards, which would otherwise keep a stopping server
// waiting.
func (w *Web) EndStreams() { w.quitNow.Do(func() { close(w.quit) }) }

// ServeHTTP serves the interface.
func (w *Web) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.engine.ServeHTTP(rw, headAsGet(r))
}
