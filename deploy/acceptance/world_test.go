package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/deploy/stack"
	"huyun.internal/simulators/crowd"
)

// The story that the scenarios share: one sitting of a few candidates, one of
// whom is not who their reference photograph shows.
const (
	storyCandidates = 4
	storyRule       = "demo-13001-short"
	storyCategory   = "13001"
	patience        = 2 * time.Minute
)

// world is the running system.
type world struct {
	*stack.Stack
	logins map[string]stack.Login
	hall   *stack.Hall // the story's
	seen   delivery
	door   entrance
	cal    calibration
	papers map[string][]crowd.Item // by admission number
	round  stack.Round
}

// step is a part of the story that runs once, whichever scenario needs it first.
type step struct {
	once sync.Once
	err  error
}

func (s *step) do(t *testing.T, f func(context.Context) error) {
	t.Helper()
	s.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		s.err = f(ctx)
	})
	require.NoError(t, s.err)
}

var (
	theWorld                                            world
	started, opened, entered, held, rescored, published step
)

func TestMain(m *testing.M) {
	code := m.Run()
	if theWorld.Stack != nil {
		err := theWorld.Stop()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
		if code == 0 {
			_ = os.RemoveAll(theWorld.Dir)
		} else {
			fmt.Fprintln(os.Stderr, "kept for examination:", theWorld.Dir)
		}
	}
	os.Exit(code)
}

// system starts everything, once; without it no scenario runs.
func system(t *testing.T) *world {
	t.Helper()
	if name, value, _ := strings.Cut(running, "="); os.Getenv(name) != value {
		t.Skipf("starts the whole system; set %s or run make acceptance", running)
	}
	started.do(t, theWorld.start)
	return &theWorld
}

func (w *world) start(ctx context.Context) error {
	// Not under a private folder: the database's own user has to get in.
	dir, err := os.MkdirTemp("", "huyun-acceptance-*")
	if err != nil {
		return err
	}
	w.Stack, err = stack.New(stack.Options{Dir: dir, Bin: binaries(), Models: models()})
	if err != nil {
		return err
	}
	err = errors.Join(os.Chmod(dir, 0o755), w.Cloud.Start(ctx)) //nolint:gosec // as above
	if err != nil {
		return err
	}
	w.logins, err = w.Prepare(ctx, storyCandidates+1)
	if err != nil {
		return err
	}
	exam, err := w.PutOn(ctx, w.logins, stack.Plan{
		Title: "验收场次", Rule: storyRule, Candidates: storyCandidates, Spare: 1, Strangers: storyCandidates, Seed: 41,
	})
	if err != nil {
		return err
	}
	w.hall = w.Hall(w.logins, exam)
	return w.Edge.Start(ctx)
}

func binaries() string {
	if bin := os.Getenv("HUYUN_BIN"); bin != "" {
		return bin
	}
	return filepath.Join("..", "..", "bin")
}

// models are where the environment says, or beside the project.
func models() string { return stack.Models(filepath.Join("..", "..")) }

// as signs a person of the centre in.
func (w *world) as(t *testing.T, who string) *stack.Client {
	t.Helper()
	c, err := w.SignIn(t.Context(), w.logins[who])
	require.NoError(t, err)
	return c
}

// refused checks that something was refused with a status and a code.
func refused(t *testing.T, err error, status int, code string) *stack.Refusal {
	t.Helper()
	var r *stack.Refusal
	require.ErrorAs(t, err, &r)
	require.Equal(t, code, r.Code, r.Body)
	require.Equal(t, status, r.Status, r.Body)
	require.NotEmpty(t, r.Title)
	return r
}

// list is the form of every list of the console.
type list[T any] struct {
	Total int `json:"total"`
	Items []T `json:"items"`
}

func get[T any](t *testing.T, c *stack.Client, path string) T {
	t.Helper()
	var out T
	require.NoError(t, c.Do(t.Context(), http.MethodGet, path, nil, &out), path)
	return out
}

// receipt is a line of what went between centre and venue.
type receipt struct {
	Kind, Text, Who string
	OK              bool
	At              time.Time
	Detail          map[string]any
}

func (w *world) receipts(ctx context.Context, sitting string) ([]receipt, error) {
	c, err := w.SignIn(ctx, w.logins["zhang.kaowu"])
	if err != nil {
		return nil, err
	}
	var out list[receipt]
	return out.Items, c.Do(ctx, http.MethodGet, "/api/v1/exam/sittings/"+sitting+"/receipts", nil, &out)
}

// awaitReceipts waits until the centre has one of each kind.
func (w *world) awaitReceipts(ctx context.Context, sitting string, kinds ...string) ([]receipt, error) {
	var have []receipt
	err := stack.Until(ctx, 200*time.Millisecond, func() (done bool, err error) {
		have, err = w.receipts(ctx, sitting)
		for _, k := range kinds {
			if len(ofKind(have, k)) == 0 {
				return false, err
			}
		}
		return true, err
	})
	if err != nil {
		err = fmt.Errorf("receipts %v: %w, there are %+v", kinds, err, have)
	}
	return have, err
}

func ofKind(all []receipt, kind string) []receipt {
	var out []receipt
	for _, r := range all {
		if r.Kind == kind {
			out = append(out, r)
		}
	}
	return out
}
