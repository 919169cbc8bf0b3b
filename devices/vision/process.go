package vision

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Options of Start. Zero values are good defaults except for Binary and
// Socket, one of which is needed.
type Options struct {
	Binary   string // the vision program; empty: connect to a process that runs already
	Socket   string // its Unix socket; empty: one in Dir
	Dir      string // folder of ours alone for the socket, kept between runs; empty: a temporary one, removed on Close
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
		var err error
		p.opt.Socket, p.private, err = place(opt.Dir)
		if err != nil {
			return nil, err
		}
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
