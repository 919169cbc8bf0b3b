package vision_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/devices/vision"
	"huyun.internal/devices/vision/fake"
	"huyun.internal/protocol/fault"
)

// The test binary stands in for the vision program when it is started with
// "serve": the --models flag names how it behaves.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		os.Exit(standIn(os.Args))
	}
	os.Exit(m.Run())
}

func flagOf(args []string, name string) string {
	for i, a := range args {
		if a == name && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}

func standIn(args []string) int {
	mode := flagOf(args, "--models")
	if mode == "refuse" {
		_, _ = fmt.Fprintln(os.Stderr, "load engine: model is damaged")
		return 1
	}
	ln, err := net.Listen("unix", flagOf(args, "--socket"))
	if err != nil {
		return 3
	}
	if mode == "mute" {
		_, _ = io.Copy(io.Discard, os.Stdin)
		return 0
	}
	c := fake.New()
	c.Script = func(ref, probe []byte) (vision.Result, error) {
		switch string(probe) {
		case "die":
			os.Exit(134)
		case "hang":
			select {}
		case "env":
			return vision.Result{}, fault.New(fault.Invalid, "env", os.Getenv("HUYUN_SECRET"))
		}
		return vision.Result{RefFaces: 1, ProbeFaces: 1, Compared: true, Score: float64(len(probe)), Engine: "fake"}, nil
	}
	info, _ := c.Info(context.Background())
	_ = json.NewEncoder(os.Stdout).Encode(info)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); cancel() }()
	_ = vision.Serve(ctx, ln, c, 16)
	return 0
}

func start(t *testing.T, opt vision.Options) *vision.Process {
	t.Helper()
	opt.Binary = os.Args[0]
	p, err := vision.Start(opt)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

// eventually waits for a condition of another process; there is no signal to
// wait for on this side.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, 20*time.Second, 5*time.Millisecond, what)
}

func TestDeathInMidRequestIsAFaultAndNotAPass(t *testing.T) {
	t.Parallel()
	p := start(t, vision.Options{})
	r, err := p.Compare(t.Context(), []byte("ref"), []byte("four"))
	require.NoError(t, err)
	require.InDelta(t, 4, r.Score, 0)
	before := p.Status().PID

	r, err = p.Compare(t.Context(), []byte("ref"), []byte("die"))
	require.True(t, fault.Is(err, "vision.down"), "%v", err)
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	require.True(t, vision.Down(err))
	require.Zero(t, r)

	// The next call waits for the restart and is answered.
	r, err = p.Compare(t.Context(), []byte("ref"), []byte("five!"))
	require.NoError(t, err)
	require.InDelta(t, 5, r.Score, 0)
	s := p.Status()
	require.True(t, s.Up)
	require.Equal(t, 1, s.Restarts)
	require.NotEqual(t, before, s.PID)
	require.Contains(t, s.LastFault, "exit status 134")
}

func TestHungProcessIsKilledAndReplaced(t *testing.T) {
	t.Parallel()
	p := start(t, vision.Options{WorkTimeout: 300 * time.Millisecond})
	_, err := p.Compare(t.Context(), nil, []byte("hang"))
	require.True(t, fault.Is(err, "vision.timeout"), "%v", err)
	_, err = p.Compare(t.Context(), nil, []byte("ok"))
	require.NoError(t, err)
	require.Equal(t, 1, p.Status().Restarts)
}

func TestCallerWhoGivesUpDoesNotKillTheProcess(t *testing.T) {
	t.Parallel()
	p := start(t, vision.Options{})
	_, err := p.Info(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = p.Compare(ctx, nil, []byte("hang"))
	require.True(t, fault.Is(err, "vision.timeout"), "%v", err)
	_, err = p.Compare(t.Context(), nil, []byte("ok"))
	require.NoError(t, err)
	require.Zero(t, p.Status().Restarts)
}

func TestQueueIsBounded(t *testing.T) {
	t.Parallel()
	p := start(t, vision.Options{Workers: 1, Queue: 1, WorkTimeout: time.Minute, CallTimeout: time.Minute})
	_, err := p.Info(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 2 { // one at work, one waiting
		wg.Go(func() { _, _ = p.Compare(ctx, nil, []byte("hang")) })
	}
	eventually(t, "one waits", func() bool { return p.Status().Waiting == 1 })
	_, err = p.Compare(t.Context(), nil, []byte("ok"))
	require.True(t, fault.Is(err, "vision.busy"), "%v", err)
	require.True(t, vision.Down(err))
	cancel()
	wg.Wait()
	_, err = p.Compare(t.Context(), nil, []byte("ok"))
	require.NoError(t, err)
}

func TestRestartBudgetEndsInAClearFault(t *testing.T) {
	t.Parallel()
	p := start(t, vision.Options{Models: "refuse", Restarts: 2})
	_, err := p.Compare(t.Context(), nil, []byte("ok")) // waits until the budget is used up
	require.True(t, fault.Is(err, "vision.down"), "%v", err)
	s := p.Status()
	require.False(t, s.Up)
	require.Contains(t, s.LastFault, "model is damaged")
	begin := time.Now()
	_, err = p.Compare(t.Context(), nil, []byte("ok"))
	require.True(t, fault.Is(err, "vision.down"), "%v", err)
	require.Less(t, time.Since(begin), 5*time.Second, "known to be down is told at once")
}

func TestProgramThatNeverGetsReady(t *testing.T) {
	t.Parallel()
	p := start(t, vision.Options{Models: "mute", StartTimeout: 100 * time.Millisecond, Restarts: 1})
	_, err := p.Info(t.Context())
	require.True(t, fault.Is(err, "vision.down"), "%v", err)
	require.Contains(t, p.Status().LastFault, "not ready")
}

func TestMissingProgram(t *testing.T) {
	t.Parallel()
	p, err := vision.Start(vision.Options{Binary: filepath.Join(t.TempDir(), "vision"), Restarts: 1})
	require.NoError(t, err, "a venue without a vision program still starts")
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	_, err = p.Info(t.Context())
	require.True(t, fault.Is(err, "vision.down"), "%v", err)
	_, err = vision.Start(vision.Options{})
	require.Error(t, err)
}

func TestSecretsStayHere(t *testing.T) {
	// Not parallel: it sets the environment.
	t.Setenv("HUYUN_SECRET", "hunter2")
	p := start(t, vision.Options{})
	_, err := p.Compare(t.Context(), nil, []byte("env"))
	require.Equal(t, "env", fault.From(err).Code)
	require.Empty(t, fault.From(err).Text)
}

func TestCloseEndsTheProcess(t *testing.T) {
	t.Parallel()
	p, err := vision.Start(vision.Options{Binary: os.Args[0]})
	require.NoError(t, err)
	_, err = p.Info(t.Context())
	require.NoError(t, err)
	pid := p.Status().PID
	require.NoError(t, p.Close())
	require.NoError(t, p.Close())
	_, err = os.Stat(fmt.Sprintf("/proc/%d/exe", pid))
	require.Error(t, err, "the program is gone")
	_, err = p.Compare(t.Context(), nil, []byte("ok"))
	require.True(t, fault.Is(err, "vision.down"), "%v", err)
}

func TestOversizedPictureIsRefusedHere(t *testing.T) {
	t.Parallel()
	p, err := vision.Start(vision.Options{Socket: filepath.Join(t.TempDir(), "nobody")})
	require.NoError(t, err)
	_, err = p.Compare(t.Context(), []byte("ref"), make([]byte, vision.MaxPicture+1))
	require.True(t, fault.Is(err, "vision.probe.bytes"), "%v", err)
	require.Equal(t, fault.TooLarge, fault.KindOf(err))
	_, err = p.Find(t.Context(), make([]byte, vision.MaxPicture+1))
	require.True(t, fault.Is(err, "vision.picture.bytes"), "%v", err)
	_, err = p.Info(t.Context())
	require.True(t, fault.Is(err, "vision.down"), "%v", err)
}

// rogue answers every connection with the same bytes.
func rogue(t *testing.T, answer []byte) *vision.Process {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	ln, err := net.Listen("unix", socket)
	require.NoError(t, err)
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			var req vision.Request
			_, _ = vision.ReadFrame(conn, &req)
			_, _ = conn.Write(answer)
			_ = conn.Close()
		}
	}()
	p, err := vision.Start(vision.Options{Socket: socket})
	require.NoError(t, err)
	return p
}

func TestNonsenseRepliesAreNeverAMatch(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ raw, code string }{
		"nothing":          {"", "vision.down"},
		"garbage":          {strings.Repeat("garbage ", 10), "vision.reply"},
		"bomb":             {string(prefix("HYV1", 0xffffffff, 0xffffffff)), "vision.reply"},
		"cut":              {string(frame(t, vision.Reply{})[:13]), "vision.down"},
		"empty reply":      {string(frame(t, vision.Reply{})), "vision.reply"},
		"wrong part":       {string(frame(t, vision.Reply{Info: &vision.Info{Engine: "dnn"}})), "vision.reply"},
		"no engine":        {string(frame(t, vision.Reply{Result: &vision.Result{RefFaces: 1, ProbeFaces: 1, Compared: true, Score: 1}})), "vision.reply"},
		"score of no face": {string(frame(t, vision.Reply{Result: &vision.Result{Engine: "dnn", Compared: true, Score: 1}})), "vision.reply"},
		"NaN":              {string(prefix("HYV1", 48, 0)) + `{"result":{"engine":"dnn","score":NaN}}         `, "vision.reply"},
		"odd fault":        {string(frame(t, vision.Reply{Fault: &vision.Fault{Kind: "fine", Code: "x"}})), "vision.reply"},
		"busy":             {string(frame(t, vision.Reply{Fault: vision.FaultOf(vision.ErrBusy)})), "vision.busy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := rogue(t, []byte(c.raw)).Compare(t.Context(), []byte("a"), []byte("a"))
			require.True(t, fault.Is(err, c.code), "%v", err)
			require.Zero(t, r)
		})
	}
}

func TestServerSurvivesGarbage(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "s")
	ln, err := net.Listen("unix", socket)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- vision.Serve(ctx, ln, fake.New(), 2) }()
	for _, raw := range [][]byte{
		[]byte("GET / HTTP/1.1\r\n\r\n"), prefix("HYV1", 0xffffffff, 0xffffffff), {0}, []byte("HYV1"),
		frame(t, vision.Request{Ask: "shutdown"}), frame(t, vision.Request{Ask: "find", Sizes: []int{99}}, []byte("abc")),
		append(prefix("HYV1", 4, 0), "null"...), bytes.Repeat([]byte{0xff}, 4096),
	} {
		conn, err := net.Dial("unix", socket)
		require.NoError(t, err)
		_, _ = conn.Write(raw)
		require.NoError(t, conn.(*net.UnixConn).CloseWrite())
		var rep vision.Reply
		_, err = vision.ReadFrame(conn, &rep)
		if err == nil {
			require.NotNil(t, rep.Fault)
			require.Equal(t, "vision.frame", rep.Fault.Code)
		}
		require.NoError(t, conn.Close())
	}
	p, err := vision.Start(vision.Options{Socket: socket})
	require.NoError(t, err)
	eventually(t, "answers again", func() bool {
		r, err := p.Compare(t.Context(), []byte("x"), []byte("x"))
		return err == nil && r.Score == 1
	})

	// More connections than allowed: the surplus is told to wait.
	var held []net.Conn
	for range 2 {
		conn, err := net.Dial("unix", socket)
		require.NoError(t, err)
		held = append(held, conn)
	}
	eventually(t, "is busy", func() bool {
		_, err := p.Info(t.Context())
		return vision.Down(err)
	})
	for _, conn := range held {
		_ = conn.Close()
	}
	cancel()
	require.NoError(t, <-ended)
}
