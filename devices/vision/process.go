package vision

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"huyun.internal/protocol/fault"
)

// Options of Start. Zero values are good defaults except for Binary and
// Socket, one of which is needed.
type Options struct {
	Binary   string // the vision program; empty: connect to a process that runs already
	Socket   string // its Unix socket; empty: one in a private temporary folder
	Models   string // directory of model files; empty: the classic engine
	Cascades string // directory of OpenCV's cascades; empty: where Debian puts them
	Workers  int    // pictures looked at at once; default 2

	Queue        int           // calls that may wait for a worker; default 32
	CallTimeout  time.Duration // waiting and work of one call; default 15 s
	WorkTimeout  time.Duration // work alone: longer, and the process is taken for hung and killed; default 10 s
	StartTimeout time.Duration // from start to the first answer; default 30 s
	Restarts     int           // starts allowed in a minute; default 6
	Logger       *slog.Logger
}

func (o Options) withDefaults() Options {
	set := func(d *time.Duration, def time.Duration) {
		if *d <= 0 {
			*d = def
		}
	}
	set(&o.CallTimeout, 15*time.Second)
	set(&o.WorkTimeout, 10*time.Second)
	set(&o.StartTimeout, 30*time.Second)
	if o.Workers <= 0 {
		o.Workers = 2
	}
	if o.Queue <= 0 {
		o.Queue = 32
	}
	if o.Restarts <= 0 {
		o.Restarts = 6
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Process is the Client of one vision process that it keeps alive.
type Process struct {
	opt     Options
	private string // temporary folder to remove, or empty
	slots   chan struct{}
	waiting atomic.Int64
	stop    context.CancelFunc
	stopped chan struct{} // closed when the supervisor has ended

	mu       sync.Mutex
	child    *child
	change   chan struct{} // closed and replaced whenever the state changes
	down     bool          // the restart budget is used up, or the process is closed
	restarts int
	last     string // why it died or did not start
}

var (
	_ Client = (*Process)(nil)
	_ Finder = (*Process)(nil)
)

// Status is what a self-check shows.
type Status struct {
	Up        bool
	PID       int // 0 when not started by us
	Restarts  int // since Start
	Waiting   int // calls in the queue now
	LastFault string
}

// Start begins to supervise and returns at once: a venue boots, and examines,
// without a vision process. Trouble shows as vision.down and in Status.
func Start(opt Options) (*Process, error) {
	opt = opt.withDefaults()
	p := &Process{
		opt:     opt,
		slots:   make(chan struct{}, opt.Workers),
		stopped: make(chan struct{}),
		change:  make(chan struct{}),
	}
	if opt.Binary == "" {
		if opt.Socket == "" {
			return nil, errors.New("vision: neither a program to start nor a socket to connect to")
		}
		p.stop = func() {}
		close(p.stopped)
		return p, nil
	}
	if opt.Socket == "" {
		dir, err := os.MkdirTemp("", "huyun-vision-")
		if err != nil {
			return nil, err
		}
		p.private, p.opt.Socket = dir, filepath.Join(dir, "socket")
	}
	ctx, cancel := context.WithCancel(context.Background())
	p.stop = cancel
	go p.supervise(ctx)
	return p, nil
}

// Close ends the process and waits for it. It may be called twice.
func (p *Process) Close() error {
	p.stop()
	<-p.stopped
	p.set(func() { p.down = true })
	if p.private != "" {
		return os.RemoveAll(p.private)
	}
	return nil
}

// Status tells how the process does.
func (p *Process) Status() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Status{Restarts: p.restarts, Waiting: int(p.waiting.Load()), LastFault: p.last}
	if p.child != nil {
		s.Up, s.PID = true, p.child.cmd.Process.Pid
	}
	return s
}

// set changes the state and wakes whoever waits for a change.
func (p *Process) set(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	close(p.change)
	p.change = make(chan struct{})
}

func (p *Process) supervise(ctx context.Context) {
	defer close(p.stopped)
	b := budget{limit: p.opt.Restarts, window: time.Minute, first: 100 * time.Millisecond}
	for first := true; ; first = false {
		if wait := b.next(time.Now()); wait > 0 {
			p.set(func() { p.down = b.exhausted(time.Now()) })
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return
			}
		}
		b.started(time.Now())
		err := p.runOnce(ctx, first)
		if ctx.Err() != nil {
			return
		}
		p.opt.Logger.Warn("vision process ended", slog.Any("error", err))
		p.set(func() { p.child, p.last = nil, err.Error() })
	}
}

// runOnce starts the process, announces it and returns why it ended.
func (p *Process) runOnce(ctx context.Context, first bool) error {
	c, err := startChild(ctx, p.opt)
	if err != nil {
		return err
	}
	p.set(func() {
		p.child, p.down = c, false
		if !first {
			p.restarts++
		}
	})
	p.opt.Logger.Info("vision process ready", slog.Int("pid", c.cmd.Process.Pid),
		slog.String("engine", c.info.Engine), slog.String("model", c.info.Model), slog.Bool("demo", c.info.Demo))
	select {
	case <-c.done:
	case <-ctx.Done():
		c.end()
	}
	return c.why()
}

// connect waits until the process is up and dials it.
func (p *Process) connect(ctx context.Context) (net.Conn, *child, error) {
	for p.opt.Binary != "" {
		p.mu.Lock()
		c, down, change, last := p.child, p.down, p.change, p.last
		p.mu.Unlock()
		if c != nil {
			conn, err := dial(ctx, p.opt.Socket)
			return conn, c, err
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
		if c != nil {
			c.kill()
		}
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
	case errors.Is(err, ErrMagic) || errors.Is(err, ErrLength) || errors.Is(err, ErrHeader):
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

// Find implements Finder.
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
