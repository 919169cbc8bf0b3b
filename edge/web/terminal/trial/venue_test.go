// Package trial serves a venue, with the real store, sealed package and
// interfaces, to a browser that drives the exam terminal's pages: see story.mjs
// beside it. It runs only when HUYUN_TRIAL names an address, because it needs a
// browser and the built pages.
package trial

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/devices/vision"
	"huyun.internal/devices/vision/fake"
	"huyun.internal/edge/app"
	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/face"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/exam/pack"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

const (
	node    = "edge-trial"
	venueID = "venue-1"
	sitting = "sitting-1"
)

// leap is the system's clock with jumps forward.
type leap struct {
	clock.Clock
	ahead atomic.Int64
}

func (l *leap) Now() time.Time      { return l.Clock.Now().Add(time.Duration(l.ahead.Load())) }
func (l *leap) Mono() time.Duration { return l.Clock.Mono() + time.Duration(l.ahead.Load()) }

// house is the venue and what the browser's test does to it.
type house struct {
	t      *testing.T
	dir    string
	clock  *leap
	faces  *fake.Client
	score  atomic.Int64 // percent that the engine answers
	center atomic.Bool
	cut    atomic.Bool // connections break
	hang   atomic.Bool // nothing comes back
	built  pack.Built
	bytes  []byte
	device *sm.SoftKey
	cloud  *sm.SoftKey

	mu    sync.Mutex
	venue *app.Venue
	stop  context.CancelFunc
	done  chan struct{}
	seq   uint64
}

func TestVenue(t *testing.T) {
	addr := os.Getenv("HUYUN_TRIAL")
	if addr == "" {
		t.Skip("HUYUN_TRIAL names no address: run by story.mjs, which needs a browser")
	}
	h := &house{t: t, dir: t.TempDir(), clock: &leap{Clock: clock.System()}, faces: fake.New()}
	h.score.Store(90)
	h.center.Store(true)
	h.faces.Script = func(_, _ []byte) (vision.Result, error) {
		return vision.Result{RefFaces: 1, ProbeFaces: 1, Compared: true, Score: float64(h.score.Load()) / 100, Threshold: 0.5, Engine: fake.Engine, Model: "script", Demo: true}, nil
	}
	var err error
	h.cloud, err = sm.Generate()
	require.NoError(t, err)
	h.device, err = sm.Generate()
	require.NoError(t, err)
	require.NoError(t, store.Create(h.dir, store.Identity{Node: node}))
	h.build()
	h.open()
	h.prepare()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", addr)
	require.NoError(t, err)
	quit := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("POST /control/quit", func(http.ResponseWriter, *http.Request) { close(quit) })
	mux.HandleFunc("POST /control/{do}", h.control)
	mux.HandleFunc("/", h.serve)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(listener) }()
	<-quit
	require.NoError(t, server.Close())
	h.close()
}

func (h *house) open() {
	st, err := store.Open(h.dir, store.Options{Node: node, Clock: h.clock, Ballast: -1, Reserve: 1 << 20})
	require.NoError(h.t, err)
	policy := face.Default()
	band := face.Band{Pass: 0.5, Fail: 0.2}
	policy.Engines[fake.Engine] = face.Stages{wire.StageEntry: band, wire.StagePre: band, wire.StageRandom: band}
	h.venue, err = app.Assemble(h.t.Context(), app.Parts{
		Store: st, Keeper: h.device, Cloud: h.cloud.Public(), Node: node, Venue: venueID, VenueName: "浦东分考场",
		Dir: h.dir, Clock: h.clock, Fetch: h, Vision: h.faces, Policy: policy,
		Link: func() supervise.Link { return supervise.Link{Connected: h.center.Load(), Offset: new(time.Duration)} },
	})
	require.NoError(h.t, err)
	ctx, stop := context.WithCancel(h.t.Context())
	h.stop, h.done = stop, make(chan struct{})
	go func() { defer close(h.done); _ = h.venue.Run(ctx) }()
}

func (h *house) close() {
	h.stop()
	<-h.done
	require.NoError(h.t, h.venue.Store.Close())
}

// FetchBlob is the download of the package.
func (h *house) FetchBlob(_ context.Context, _ sm.Digest, dst string) (string, error) {
	return "https", os.WriteFile(dst, h.bytes, 0o600)
}

func (h *house) build() {
	content := content()
	content.Secret = make([]byte, pack.SecretSize)
	_, err := rand.Read(content.Secret)
	require.NoError(h.t, err)
	var out bytes.Buffer
	h.built, err = pack.Build(&out, content, h.cloud, h.device.Public())
	require.NoError(h.t, err)
	h.bytes = out.Bytes()
}

func (h *house) order(kind string, body any) {
	raw, err := json.Marshal(body)
	require.NoError(h.t, err)
	h.seq++
	o := wire.Order{Seq: h.seq, At: h.clock.Now(), Kind: kind, Body: raw}
	require.NoError(h.t, h.venue.Store.Update(h.t.Context(), func(tx *store.Tx) error { return h.venue.Apply(h.t.Context(), tx, o) }))
}

// prepare brings the sitting to where its questions can be read.
func (h *house) prepare() {
	h.order(wire.OrderSittingAssigned, wire.SittingAssigned{
		Sitting: sitting, Version: 1, Title: "出租汽车驾驶员从业资格考试", Category: "09002", Subject: "区域科目", Venue: venueID,
		Room: "一号考场", Start: h.clock.Now().Add(time.Hour), Duration: 60, Seats: []string{"A01", "A02", "A03", "A04"}, Candidates: 3,
	})
	ctx := h.chief()
	require.NoError(h.t, h.venue.Exam.RequestOpening(ctx, sitting, exam.Opening{Proctors: []string{"监考甲"}}))
	h.order(wire.OrderOpeningDecided, wire.OpeningDecided{Sitting: sitting, Approved: true, By: "centre"})
	h.order(wire.OrderPackManifest, wire.PackManifest{Sitting: sitting, Pack: h.built.Digest.String(), Size: h.built.Size, Version: 1})
	h.venue.Exam.Look(ctx)
	h.order(wire.OrderKeyRelease, wire.KeyRelease{Sitting: sitting, Pack: h.built.Digest.String(), Half: h.built.Release, By: "centre"})
	// The venue's own round may be at the same package just now.
	require.Eventually(h.t, func() bool {
		h.venue.Exam.Look(ctx)
		st, err := h.venue.Exam.Sitting(sitting)
		return err == nil && st.State == exam.Opened
	}, 30*time.Second, 50*time.Millisecond)
}

func (h *house) chief() context.Context { return audit.As(h.t.Context(), "chief") }

// serve is the venue, unless the cable is pulled.
func (h *house) serve(rw http.ResponseWriter, r *http.Request) {
	if h.hang.Load() {
		<-r.Context().Done()
	}
	if h.hang.Load() || h.cut.Load() {
		panic(http.ErrAbortHandler)
	}
	h.mu.Lock()
	handler := h.venue.Handler()
	h.mu.Unlock()
	handler.ServeHTTP(rw, r)
}

// control does one thing to the venue and answers with JSON.
func (h *house) control(rw http.ResponseWriter, r *http.Request) {
	out, err := h.do(r.PathValue("do"), r.URL.Query().Get, audit.As(r.Context(), "chief"))
	if err != nil {
		http.Error(rw, err.Error(), http.StatusConflict)
		return
	}
	_ = json.NewEncoder(rw).Encode(out)
}

func (h *house) do(verb string, arg func(string) string, ctx context.Context) (any, error) {
	v, n := h.venue, number(arg("n"))
	switch verb {
	case "code":
		return v.Seating.NewCode(ctx, []string{arg("seat")})
	case "admit":
		_, e, err := v.Seating.Face(ctx, sitting, candidateID(n), portrait(n).Bytes, true)
		return e, err
	case "start":
		return nil, v.Attempts.Start(ctx, sitting)
	case "pause", "resume":
		return nil, v.Attempts.SetPaused(ctx, sitting, "", "空调故障", verb == "pause")
	case "extend":
		return nil, v.Attempts.Extend(ctx, attempt.Extension{Sitting: sitting, Extra: 5 * time.Minute, Reason: "更换键盘"})
	case "cut":
		h.cut.Store(arg("on") == "1")
	case "hang":
		h.hang.Store(arg("on") == "1")
	case "center":
		h.center.Store(arg("up") == "1")
	case "score":
		h.score.Store(int64(n))
	case "advance":
		h.clock.ahead.Add(int64(time.Duration(n) * time.Second))
	case "restart":
		h.mu.Lock()
		defer h.mu.Unlock()
		h.close()
		h.clock.ahead.Add(int64(10 * time.Minute))
		h.open()
		h.venue.Exam.Look(h.chief())
	default:
		return h.doAttempt(verb, arg, ctx)
	}
	return nil, nil
}

// doAttempt does something to candidate n's attempt.
func (h *house) doAttempt(verb string, arg func(string) string, ctx context.Context) (any, error) {
	var a attempt.Attempt
	var answers map[string]attempt.Answer
	id := candidateID(number(arg("n")))
	err := h.venue.Store.View(func(r store.Reader) (err error) {
		if a, _, err = attempt.Of(r, sitting, id); err != nil {
			return err
		}
		answers, err = attempt.Answers(r, a.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	switch verb {
	case "move":
		return nil, h.venue.Seating.Move(ctx, sitting, a.ID, arg("to"), "显示器故障")
	case "unblock":
		return nil, h.venue.Seating.DecideAtSeat(ctx, sitting, id, a.ID, seating.Judgement{Pass: true, Reason: "身份证与本人一致"})
	case "answers":
		return map[string]any{"answers": answers, "attempt": a}, nil
	}
	return nil, os.ErrInvalid
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
