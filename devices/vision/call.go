package vision

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"huyun.internal/protocol/fault"
)

// connect waits until the process is up and dials it.
func (p *Process) connect(ctx context.Context) (net.Conn, *child, error) {
	for p.opt.Binary != "" {
		p.mu.Lock()
		c, down, change, last := p.child, p.down, p.change, p.last
		p.mu.Unlock()
		if c != nil {
			conn, err := dial(ctx, p.opt.Socket)
			if err == nil {
				return conn, c, nil
			}
			if ctx.Err() != nil {
				return nil, nil, ErrTimeout.With(err)
			}
			p.lose(c) // nothing was asked yet, so waiting for the next is safe
			continue
		}
		if down {
			return nil, nil, ErrDown.Withf("%s", last)
		}
		select {
		case <-change:
		case <-ctx.Done():
			return nil, nil, ErrDown.With(ctx.Err())
		}
	}
	conn, err := dial(ctx, p.opt.Socket)
	return conn, nil, err
}

// lose ends a process that hung up on us: it is dying, or cannot be believed.
// From now on calls wait for the next one.
func (p *Process) lose(c *child) {
	if c == nil {
		return
	}
	p.set(func() {
		if p.child == c {
			p.child = nil
		}
	})
	c.kill()
}

// dial opens a connection of its own for each call: on a Unix socket that
// costs microseconds, and no call meets a connection that died while idle.
func dial(ctx context.Context, socket string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, ErrDown.With(err)
	}
	return conn, nil
}

// enter takes a worker's slot, or says why not.
func (p *Process) enter(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
		return nil
	default:
	}
	if p.waiting.Add(1) > int64(p.opt.Queue) {
		p.waiting.Add(-1)
		return ErrBusy
	}
	defer p.waiting.Add(-1)
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ErrTimeout.With(ctx.Err())
	}
}

// call does one round trip. It never tries again by itself: a picture that
// killed the process once would kill it again.
func (p *Process) call(ctx context.Context, ask string, pictures ...[]byte) (Reply, error) {
	req := Request{Ask: ask}
	for i, pic := range pictures {
		if len(pic) > MaxPicture {
			part := "picture"
			if len(pictures) == 2 {
				part = [2]string{"reference", "probe"}[i]
			}
			return Reply{}, PictureFault(part, "bytes")
		}
		req.Sizes = append(req.Sizes, len(pic))
	}
	ctx, cancel := context.WithTimeout(ctx, p.opt.CallTimeout)
	defer cancel()
	if err := p.enter(ctx); err != nil {
		return Reply{}, err
	}
	defer func() { <-p.slots }()
	conn, c, err := p.connect(ctx)
	if err != nil {
		return Reply{}, err
	}
	defer func() { _ = conn.Close() }()
	var hung atomic.Bool
	guard := time.AfterFunc(p.opt.WorkTimeout, func() {
		hung.Store(true)
		p.lose(c)
		_ = conn.Close()
	})
	defer guard.Stop()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	var rep Reply
	err = WriteFrame(conn, req, pictures...)
	if err == nil {
		_, err = ReadFrame(conn, &rep)
	}
	switch {
	case err == nil && rep.Fault != nil:
		return Reply{}, rep.Fault.Err()
	case err == nil:
		return rep, nil
	case hung.Load() || ctx.Err() != nil:
		return Reply{}, ErrTimeout.With(err)
	}
	p.lose(c)
	if errors.Is(err, ErrMagic) || errors.Is(err, ErrLength) || errors.Is(err, ErrHeader) {
		return Reply{}, ErrReply.With(err)
	}
	return Reply{}, ErrDown.With(err)
}

// Compare implements Client.
func (p *Process) Compare(ctx context.Context, reference, probe []byte) (Result, error) {
	rep, err := p.call(ctx, AskCompare, reference, probe)
	if err != nil {
		return Result{}, err
	}
	if rep.Result == nil || rep.Result.Engine == "" || (rep.Result.Compared && !rep.Result.Found()) {
		return Result{}, ErrReply
	}
	if !rep.Result.Compared {
		rep.Result.Score = 0
	}
	return *rep.Result, nil
}

// Find implements Client.
func (p *Process) Find(ctx context.Context, picture []byte) ([]Face, error) {
	rep, err := p.call(ctx, AskFind, picture)
	if err != nil {
		return nil, err
	}
	if rep.Faces == nil {
		return nil, ErrReply
	}
	return *rep.Faces, nil
}

// Info implements Client.
func (p *Process) Info(ctx context.Context) (Info, error) {
	rep, err := p.call(ctx, AskInfo)
	if err != nil {
		return Info{}, err
	}
	if rep.Info == nil || rep.Info.Engine == "" {
		return Info{}, ErrReply
	}
	return *rep.Info, nil
}

// Down reports whether err means that the process and not the picture is at
// fault, so that a person has to decide.
func Down(err error) bool {
	k := fault.KindOf(err)
	return k == fault.Unavailable || k == fault.TooMany || k == fault.Internal
}
