// Package fake is a vision client for the tests of programs that use one. It
// looks at no picture: equal bytes are the same person, different bytes are
// not, empty bytes hold no face. It calls itself engine "fake", marks every
// result as demonstration grade and must never be wired into a program; the
// process of devices/cmd/vision does the real work.
package fake

import (
	"bytes"
	"context"
	"sync"

	"huyun.internal/devices/vision"
)

// Engine and Threshold are what every result carries.
const (
	Engine    = "fake"
	Threshold = 0.5
)

// Client answers as described above, or with whatever Script says. It is safe
// for concurrent use; set Script before the first call.
type Client struct {
	Script func(reference, probe []byte) (vision.Result, error) // nil: equal bytes match

	Faces func(picture []byte) int // how many a picture shows; nil: one, in an empty one none

	mu    sync.Mutex
	down  bool
	calls int
}

// New returns a fake that is up.
func New() *Client { return &Client{} }

// SetDown makes every later call fail with vision.down, or work again.
func (c *Client) SetDown(down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = down
}

// Calls returns how many comparisons were asked for.
func (c *Client) Calls() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls
}

// Compare implements vision.Client.
func (c *Client) Compare(_ context.Context, reference, probe []byte) (vision.Result, error) {
	c.mu.Lock()
	c.calls++
	down := c.down
	c.mu.Unlock()
	switch {
	case down:
		return vision.Result{}, vision.ErrDown
	case c.Script != nil:
		return c.Script(reference, probe)
	}
	r := vision.Result{Threshold: Threshold, Engine: Engine, Model: "bytes", Demo: true}
	if len(reference) > 0 {
		r.RefFaces = 1
	}
	if len(probe) > 0 {
		r.ProbeFaces = 1
	}
	r.Compared = r.Found()
	if r.Compared && bytes.Equal(reference, probe) {
		r.Score = 1
	}
	return r, nil
}

// Find implements vision.Client.
func (c *Client) Find(_ context.Context, picture []byte) ([]vision.Face, error) {
	c.mu.Lock()
	down := c.down
	c.mu.Unlock()
	if down {
		return nil, vision.ErrDown
	}
	n := min(len(picture), 1)
	if c.Faces != nil {
		n = c.Faces(picture)
	}
	out := make([]vision.Face, n)
	for i := range out {
		out[i].Score = 1
	}
	return out, nil
}

// Info implements vision.Client.
func (c *Client) Info(context.Context) (vision.Info, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down {
		return vision.Info{}, vision.ErrDown
	}
	return vision.Info{Engine: Engine, Model: "bytes", Demo: true, Threshold: Threshold, Workers: 1, Notice: "测试用假引擎"}, nil
}

// Answer implements vision.Handler, so that a test can put the fake behind the
// real protocol with vision.Serve.
func (c *Client) Answer(ctx context.Context, ask string, pictures [][]byte) vision.Reply {
	switch ask {
	case vision.AskCompare:
		r, err := c.Compare(ctx, pictures[0], pictures[1])
		if err != nil {
			return vision.Reply{Fault: vision.FaultOf(err)}
		}
		return vision.Reply{Result: &r}
	case vision.AskInfo:
		i, err := c.Info(ctx)
		if err != nil {
			return vision.Reply{Fault: vision.FaultOf(err)}
		}
		return vision.Reply{Info: &i}
	}
	faces, err := c.Find(ctx, pictures[0])
	if err != nil {
		return vision.Reply{Fault: vision.FaultOf(err)}
	}
	return vision.Reply{Faces: &faces}
}
