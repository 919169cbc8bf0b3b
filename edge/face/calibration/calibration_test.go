package calibration_test

import (
	"archive/zip"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/devices/vision"
	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/face"
	"huyun.internal/edge/face/calibration"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/protocol/fault"
)

// engine notes what lay before it.
type engine struct {
	seen []string
	err  error
	hold chan struct{}
}

func (e *engine) Calibrate(_ context.Context, dir string) ([]vision.Calibration, error) {
	e.seen = nil
	_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, _ error) error {
		if !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			e.seen = append(e.seen, rel)
		}
		return nil
	})
	if e.hold != nil {
		e.hold <- struct{}{}
		<-e.hold
	}
	rates := []vision.Rate{{FAR: 1e-3, Known: true, Threshold: 0.4412, FRR: 0.01}, {FAR: 1e-4}}
	return []vision.Calibration{{Engine: "dnn", Model: "m@1", People: 2, Photographs: 3, Rates: rates}, {Engine: "classic", Model: "lbp", Rates: []vision.Rate{{FAR: 1e-3}}}}, e.err
}

func packed(t *testing.T, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		f, err := z.Create(n)
		require.NoError(t, err)
		_, err = f.Write([]byte("\xff\xd8\xff\xe0 " + n))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

func service(t *testing.T, h *apptest.House, e calibration.Engine) (*calibration.Service, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "calibrate")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "left.jpg"), []byte("x"), 0o600))
	s, err := calibration.New(calibration.Needs{Store: h.Store, Audit: h.Audit, Engine: e, Policy: face.Default(), Dir: dir})
	require.NoError(t, err)
	require.NoDirExists(t, dir, "what an interrupted run left")
	return s, dir
}

func acts(t *testing.T, h *apptest.House) (out []string) {
	t.Helper()
	h.View(func(r store.Reader) error {
		all, err := store.All[audit.Entry](r, "audit", "")
		for _, e := range all {
			if e.Action == "face.calibrate" {
				out = append(out, e.Detail)
			}
		}
		return err
	})
	return out
}

var good = []string{"甲/1.jpg", "甲/2.JPEG", "乙/a.png", "乙/.hidden.jpg", "root.jpg", "乙/notes.txt", "__MACOSX/甲/1.jpg", `..\..\etc\x.jpg`}

// TestPhotographsAreMeasuredAndDeleted: numbers stay, pictures and names do not,
// and the consent is on record.
func TestPhotographsAreMeasuredAndDeleted(t *testing.T) {
	t.Parallel()
	h, e := apptest.New(t, 1), &engine{}
	s, dir := service(t, h, e)
	_, ok, err := s.Latest()
	require.NoError(t, err)
	require.False(t, ok)
	got, err := s.Measure(h.Ctx(), packed(t, good...), true, "技术室 3 号柜")
	require.NoError(t, err)
	require.Equal(t, []string{"p001/001.jpg", "p001/002.jpeg", "p002/001.png", "p003/001.jpg"}, e.seen, "no name of anybody, nothing outside")
	require.NoDirExists(t, dir)
	require.Equal(t, "chief", got.By)
	require.InDelta(t, 0.445, got.Engines[0].InUse["ENTRY"].Pass, 1e-9)
	require.Equal(t, "face:\n  engines:\n    \"m@1\":\n      ENTRY: {pass: 0.442, fail: 0.300}\n      PRE: {pass: 0.442, fail: 0.300}\n"+
		"      RANDOM: {pass: 0.442, fail: 0.200}\n", got.Engines[0].Set)
	require.Empty(t, got.Engines[1].Set, "a rate that cannot be measured is no setting")
	kept, ok, err := s.Latest()
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, got.Engines, kept.Engines)
	require.Equal(t, []string{"3 人的 4 张照片，测定后已删除；同意书：技术室 3 号柜"}, acts(t, h))

	e.err = vision.ErrFewPairs
	_, err = s.Measure(h.Ctx(), packed(t, good...), true, "x")
	require.True(t, fault.Is(err, "vision.calibrate.few"))
	require.NoDirExists(t, dir)
	require.Len(t, acts(t, h), 2, "photographs were here: that is on record too")
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	h, e := apptest.New(t, 1), &engine{}
	s, dir := service(t, h, e)
	for code, try := range map[string]func() error{
		"face.calibrate.consent": func() error { _, err := s.Measure(h.Ctx(), packed(t, good...), false, "x"); return err },
		"face.calibrate.zip":     func() error { _, err := s.Measure(h.Ctx(), []byte("no zip"), true, "x"); return err },
		"face.calibrate.few": func() error {
			_, err := s.Measure(h.Ctx(), packed(t, "甲/1.jpg", "乙/1.jpg", "2.jpg"), true, "x")
			return err
		},
		"face.calibrate.size": func() error {
			var names []string
			for i := range 201 {
				names = append(names, time.Unix(int64(i), 0).UTC().Format("150405")+"/1.jpg")
			}
			_, err := s.Measure(h.Ctx(), packed(t, names...), true, "x")
			return err
		},
	} {
		err := try()
		require.True(t, fault.Is(err, code), "%s: %v", code, err)
	}
	_, err := s.Measure(h.Ctx(), packed(t, good...), true, " ")
	require.True(t, fault.Is(err, "face.calibrate.consent"))
	require.NoDirExists(t, dir)
	require.Empty(t, acts(t, h))
	none, _ := service(t, h, nil)
	_, err = none.Measure(h.Ctx(), packed(t, good...), true, "x")
	require.True(t, fault.Is(err, "face.calibrate.engine"))

	e.hold = make(chan struct{})
	done := make(chan error, 1)
	go func() { _, err := s.Measure(h.Ctx(), packed(t, good...), true, "x"); done <- err }()
	<-e.hold
	_, err = s.Measure(h.Ctx(), packed(t, good...), true, "x")
	require.True(t, fault.Is(err, "face.calibrate.busy"))
	e.hold <- struct{}{}
	require.NoError(t, <-done)

	h.Opened()
	_, err = s.Measure(h.Ctx(), packed(t, good...), true, "x")
	require.True(t, fault.Is(err, "face.calibrate.exam"), "candidates need the machine: %v", err)
}
