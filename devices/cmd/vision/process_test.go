package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/devices/vision"
	"huyun.internal/protocol/fault"
)

// The test binary is the vision program when it is started with one of its
// commands: the tests below run it as edge does.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == "serve" || os.Args[1] == "calibrate") {
		os.Exit(run(os.Args[1:]))
	}
	os.Exit(m.Run())
}

func startReal(t *testing.T, opt vision.Options) *vision.Process {
	t.Helper()
	opt.Binary = os.Args[0]
	p, err := vision.Start(opt)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

func TestServedAnswersAsTheEngineDoes(t *testing.T) {
	t.Parallel()
	f := loadFaces(t)
	p := startReal(t, vision.Options{Models: models(t)})
	info, err := p.Info(t.Context())
	require.NoError(t, err)
	require.Equal(t, "dnn", info.Engine)
	require.False(t, info.Demo)
	require.Empty(t, info.Notice)
	require.Contains(t, info.Model, "mobilefacenet@030b6728")
	e := open(t, "dnn")
	for _, probe := range []image.Image{f.oneLater, f.other, image.NewRGBA(image.Rect(0, 0, 64, 64))} {
		want := compared(t, e, f.one, probe)
		got, err := p.Compare(t.Context(), encode(t, f.one), encode(t, probe))
		require.NoError(t, err)
		require.InDelta(t, want.Score, got.Score, 1e-6)
		want.Score, got.Score = 0, 0
		require.Equal(t, want, got)
	}
	found, err := p.Find(t.Context(), encode(t, f.one))
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Len(t, found[0].Points, 5)
}

func TestWithoutModelsItIsADemonstrationAndSaysSo(t *testing.T) {
	t.Parallel()
	f := loadFaces(t)
	for name, dir := range map[string]string{"none named": "", "empty folder": t.TempDir(), "no such folder": filepath.Join(t.TempDir(), "x")} {
		p := startReal(t, vision.Options{Models: dir, Workers: 1})
		info, err := p.Info(t.Context())
		require.NoError(t, err, name)
		require.Equal(t, "classic", info.Engine, name)
		require.True(t, info.Demo, name)
		require.Contains(t, info.Notice, "演示级", name)
		r, err := p.Compare(t.Context(), encode(t, f.one), encode(t, f.oneLater))
		require.NoError(t, err, name)
		require.True(t, r.Demo, name)
		require.GreaterOrEqual(t, r.Score, r.Threshold, name)
	}
}

// Damaged models are an error in words, not a quiet fall back to the
// demonstration engine.
func TestDamagedModelsAreAnError(t *testing.T) {
	t.Parallel()
	src := models(t)
	for _, spoiled := range []string{"yunet_n_320_320.onnx", "mobilefacenet.caffemodel", "mobilefacenet.prototxt"} {
		dir := t.TempDir()
		for _, file := range []string{"yunet_n_320_320.onnx", "mobilefacenet.caffemodel", "mobilefacenet.prototxt"} {
			raw, err := os.ReadFile(filepath.Join(src, file))
			require.NoError(t, err)
			if file == spoiled {
				raw = raw[:len(raw)/3]
			}
			require.NoError(t, os.WriteFile(filepath.Join(dir, file), raw, 0o600))
		}
		p := startReal(t, vision.Options{Models: dir, Workers: 1, Restarts: 1})
		_, err := p.Info(t.Context())
		require.True(t, fault.Is(err, "vision.down"), "%s: %v", spoiled, err)
		require.NotContains(t, p.Status().LastFault, "exit status 0", spoiled)
	}
}

func TestKilledInMidRequest(t *testing.T) {
	t.Parallel()
	f := loadFaces(t)
	one, other := encode(t, f.one), encode(t, f.other)
	p := startReal(t, vision.Options{Restarts: 100})
	info, err := p.Info(t.Context())
	require.NoError(t, err)

	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var mu sync.Mutex
	answered, down := 0, 0
	for range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				r, err := p.Compare(ctx, one, other)
				mu.Lock()
				switch {
				case err == nil:
					answered++
					if r.Score >= info.Threshold {
						t.Errorf("another person scored %v", r.Score)
					}
				case fault.Is(err, "vision.down"):
					down++
				case ctx.Err() == nil:
					t.Errorf("unexpected: %v", err)
				}
				mu.Unlock()
			}
		})
	}
	counts := func() (int, int) {
		mu.Lock()
		defer mu.Unlock()
		return answered, down
	}
	for range 3 {
		beforeA, beforeD := counts()
		require.Eventually(t, func() bool { a, _ := counts(); return a > beforeA }, 30*time.Second, time.Millisecond)
		pid := p.Status().PID
		require.Positive(t, pid)
		require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
		require.Eventually(t, func() bool { _, d := counts(); return d > beforeD }, 30*time.Second, time.Millisecond)
		require.Eventually(t, func() bool { s := p.Status(); return s.Up && s.PID != pid }, 30*time.Second, time.Millisecond)
	}
	cancel()
	wg.Wait()
	r, err := p.Compare(t.Context(), one, one)
	require.NoError(t, err)
	require.InDelta(t, 1, r.Score, 1e-3)
	require.GreaterOrEqual(t, p.Status().Restarts, 3)
}

func TestBadPicturesAreRefusedAndTheProcessLives(t *testing.T) {
	t.Parallel()
	f := loadFaces(t)
	good := encode(t, f.one)
	p := startReal(t, vision.Options{Workers: 1})
	bomb := append([]byte{}, good...)
	at := bytes.Index(bomb, []byte{0xff, 0xc0})
	require.Positive(t, at)
	binary.BigEndian.PutUint32(bomb[at+5:], 0xffffffff)
	for name, c := range map[string]struct {
		raw  []byte
		code string
	}{
		"nothing": {nil, "format"}, "text": {[]byte("not a picture"), "format"}, "bomb": {bomb, "pixels"},
		"cut": {good[:len(good)/2], "damaged"}, "dot": {encode(t, image.NewGray(image.Rect(0, 0, 1, 1))), "small"},
		"zeros": {make([]byte, 1<<20), "format"}, "too large": {make([]byte, vision.MaxPicture+1), "bytes"},
	} {
		_, err := p.Compare(t.Context(), good, c.raw)
		require.True(t, fault.Is(err, "vision.probe."+c.code), "%s: %v", name, err)
		require.False(t, vision.Down(err), name)
		_, err = p.Compare(t.Context(), c.raw, good)
		require.True(t, fault.Is(err, "vision.reference."+c.code), "%s: %v", name, err)
	}
	// Scrambled pictures: whatever OpenCV makes of them, somebody answers.
	for i := range 40 {
		raw := append([]byte{}, good...)
		for j := range 30 {
			raw[200+(i*7919+j*104729)%(len(raw)-200)] ^= byte(1 + i + j)
		}
		r, err := p.Compare(t.Context(), good, raw)
		require.False(t, vision.Down(err), "%v", err)
		require.True(t, err == nil || strings.HasPrefix(fault.From(err).Code, "vision.probe."), "%v", err)
		_ = r
	}
	_, err := p.Compare(t.Context(), good, good)
	require.NoError(t, err)
	require.Zero(t, p.Status().Restarts)
}

func TestGarbageOnTheRealSocket(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "s")
	p := startReal(t, vision.Options{Socket: socket, Workers: 1})
	_, err := p.Info(t.Context())
	require.NoError(t, err)
	st, err := os.Stat(socket)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), st.Mode().Perm(), "nobody else may send pictures")
	for _, raw := range []string{"GET / HTTP/1.1\r\n\r\n", "HYV1\xff\xff\xff\xff\xff\xff\xff\xff", "HYV1", "\x00"} {
		conn, err := net.Dial("unix", socket)
		require.NoError(t, err)
		_, _ = conn.Write([]byte(raw))
		require.NoError(t, conn.Close())
	}
	_, err = p.Info(t.Context())
	require.NoError(t, err)
	require.Zero(t, p.Status().Restarts)
}

// Memory is flat: after warming up, some hundred pictures of different sizes
// add less than a megabyte or two, where one leaked picture in ten would add
// tens.
func TestMemoryIsFlat(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("looks at several hundred pictures")
	}
	f := loadFaces(t)
	pics := [][]byte{
		encode(t, f.one), encode(t, f.oneLater), encode(t, f.other), encode(t, bright(f.one, 60)),
		encode(t, image.NewRGBA(image.Rect(0, 0, 800, 600))), encode(t, crop(f.one, image.Rect(160, 40, 560, 470))),
	}
	p := startReal(t, vision.Options{Workers: 2})
	_, err := p.Info(t.Context())
	require.NoError(t, err)
	var x, y []float64
	for i := range 200 {
		_, err := p.Compare(t.Context(), pics[i%len(pics)], pics[(i/len(pics))%len(pics)])
		require.NoError(t, err)
		if i >= 40 {
			rss, err := residentKiB(p.Status().PID)
			require.NoError(t, err)
			x, y = append(x, float64(2*i)), append(y, float64(rss)*1024)
		}
	}
	require.Zero(t, p.Status().Restarts)
	require.Less(t, slope(x, y), float64(32<<10), "bytes for each picture; the smallest of them is 360 KB")
}
