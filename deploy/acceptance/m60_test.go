package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/deploy/seed"
	"huyun.internal/deploy/stack"
)

// delivery is what was looked at while the story's package came down.
type delivery struct {
	beforeGreen      stack.VenueSitting
	tooEarly         error // a start without the key
	cut, edited      error // packages that were tampered with, from a USB stick
	whole            error // the true one from there
	plainBefore      []string
	plainAfter       []string
	files            int
	memoryBefore     int // stems in the memory of the venue's program
	memoryAfter      int
	looked           int64 // bytes of memory
	afterTamperedTry stack.VenueSitting
}

// open takes the story's sitting to the released key and looks at every step.
func (w *world) open(ctx context.Context) error {
	h, d := w.hall, &w.seen
	err := h.Enter(ctx)
	if err == nil {
		err = w.calibrate(ctx) // while nobody sits; TestM54Calibration looks at it
	}
	if err != nil {
		return err
	}
	err = errors.Join(h.Ask(ctx), h.Decide(ctx, map[string]any{"approve": true}), h.Receive(ctx))
	if err != nil {
		return err
	}
	d.beforeGreen, err = h.Chief.Sitting(ctx, h.Exam.Sitting)
	if err != nil {
		return err
	}
	d.tooEarly = h.Chief.Do(ctx, http.MethodPost, h.Path("/start"), nil, nil)
	err = w.tamper(ctx)
	if err != nil {
		return err
	}
	d.plainBefore, d.files, err = searchStems(w.EdgeData())
	if err != nil {
		return err
	}
	stems, err := storyStems()
	if err != nil {
		return err
	}
	d.memoryBefore, d.looked, err = memoryHits(w.Edge.PID(), stems)
	if err != nil {
		return err
	}
	err = errors.Join(h.Preflight(ctx), h.Released(ctx))
	if err != nil {
		return err
	}
	d.memoryAfter, _, err = memoryHits(w.Edge.PID(), stems)
	if err != nil {
		return err
	}
	d.plainAfter, _, err = searchStems(w.EdgeData())
	return err
}

// tamper brings the package again from a USB stick: cut short, with one bit
// turned, and as it is.
func (w *world) tamper(ctx context.Context) error {
	h, d := w.hall, &w.seen
	path, raw, err := w.pack(ctx)
	if err != nil {
		return err
	}
	usb := func(body []byte) error {
		return h.Chief.Send(ctx, http.MethodPost, h.Path("/pack"), "application/octet-stream", body, nil)
	}
	d.cut = usb(raw[:len(raw)*2/3])
	bent := bytes.Clone(raw)
	bent[len(bent)/2] ^= 1
	d.edited = usb(bent)
	d.afterTamperedTry, err = h.Chief.Sitting(ctx, h.Exam.Sitting)
	if err != nil {
		return err
	}
	d.whole = usb(raw)
	now, err := os.ReadFile(path)
	if err == nil && !bytes.Equal(now, raw) {
		err = errors.New("the package at the venue changed")
	}
	return err
}

// pack finds the sealed package of the story at the venue, by the digest that
// the centre has on its receipt.
func (w *world) pack(ctx context.Context) (string, []byte, error) {
	all, err := w.awaitReceipts(ctx, w.hall.Exam.Sitting, "received")
	if err != nil {
		return "", nil, err
	}
	digest := fmt.Sprint(ofKind(all, "received")[0].Detail["pack"])
	var found string
	err = filepath.WalkDir(w.EdgeData(), func(path string, _ fs.DirEntry, err error) error {
		if filepath.Base(path) == digest+".pack" {
			found = path
		}
		return err
	})
	if err != nil {
		return "", nil, err
	}
	raw, err := os.ReadFile(found)
	return found, raw, err
}

// searchStems looks for any question that the story's papers may be made of, in
// clear, in any file below dir.
func searchStems(dir string) (hits []string, files int, err error) {
	stems, err := storyStems()
	if err != nil {
		return nil, 0, err
	}
	return search(dir, stems)
}

func storyStems() ([]string, error) {
	bank, err := seed.Questions()
	var out []string
	for i := range bank {
		if slices.Contains(bank[i].Categories, storyCategory) {
			out = append(out, bank[i].Stem)
		}
	}
	return out, err
}

// search names the files below dir that hold any of the needles, as it is or in
// hexadecimal, and counts the files it read.
func search(dir string, needles []string) (hits []string, files int, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone meanwhile
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		files++
		for _, n := range needles {
			if holds(raw, n) {
				hits = append(hits, path+": "+n)
			}
		}
		return nil
	})
	return hits, files, err
}

func holds(raw []byte, needle string) bool {
	return bytes.Contains(raw, []byte(needle)) || bytes.Contains(raw, fmt.Appendf(nil, "%x", needle))
}

// TestM60Delivery: the sealed package goes down over HTTP/3 once approved, stays
// closed until the preflight is green, takes no tampering, and never lies in
// clear on the venue's disk.
func TestM60Delivery(t *testing.T) {
	w := system(t)
	opened.do(t, w.open)
	d := &w.seen
	require.True(t, d.beforeGreen.Pack.Received)
	require.False(t, d.beforeGreen.Released, "received is not released")
	require.NotEqual(t, "opened", d.beforeGreen.State)
	refused(t, d.tooEarly, http.StatusPreconditionFailed, "exam.sitting.start.state")

	refused(t, d.cut, http.StatusBadRequest, "exam.pack.digest")
	refused(t, d.edited, http.StatusBadRequest, "exam.pack.digest")
	require.Equal(t, d.beforeGreen.Pack, d.afterTamperedTry.Pack, "a refused package changes nothing")
	require.NoError(t, d.whole, "the announced one is welcome from anywhere")

	require.Greater(t, d.files, 5)
	require.Empty(t, d.plainBefore)
	require.Empty(t, d.plainAfter, "the questions are open in memory only")
	planted := t.TempDir()
	stems, err := storyStems()
	require.NoError(t, err)
	require.Greater(t, len(stems), 50)
	require.NoError(t, os.WriteFile(filepath.Join(planted, "x"), []byte("…"+stems[7]+"…"), 0o600))
	hits, _, err := searchStems(planted)
	require.NoError(t, err)
	require.NotEmpty(t, hits, "the search finds what is there")

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	elsewhere(ctx, t, w)
	all, err := w.awaitReceipts(ctx, w.hall.Exam.Sitting, "assigned", "requested", "decided", "manifest", "received", "preflight", "released", "opened")
	require.NoError(t, err)
	require.Equal(t, "h3", ofKind(all, "received")[0].Detail["via"])
	green, key := ofKind(all, "preflight"), ofKind(all, "released")
	require.Len(t, key, 1)
	good := false
	for _, g := range green {
		good = good || g.OK && !g.At.After(key[0].At)
	}
	require.True(t, good, "a green preflight came before the key")
}

// elsewhere brings the story's package to a sitting that nobody approved.
func elsewhere(ctx context.Context, t *testing.T, w *world) {
	t.Helper()
	e, err := w.PutOn(ctx, w.logins, stack.Plan{Title: "未经审核", Rule: storyRule, Candidates: 1, Seed: 60, In: 15 * time.Hour})
	require.NoError(t, err)
	h := w.Hall(w.logins, e)
	require.NoError(t, h.Enter(ctx))
	_, raw, err := w.pack(ctx)
	require.NoError(t, err)
	err = h.Chief.Send(ctx, http.MethodPost, h.Path("/pack"), "application/octet-stream", raw, nil)
	refused(t, err, http.StatusPreconditionFailed, "exam.pack.unknown")
	v, err := h.Chief.Sitting(ctx, e.Sitting)
	require.NoError(t, err)
	require.False(t, v.Pack.Received || v.Released)
}
