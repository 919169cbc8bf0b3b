package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"huyun.internal/cloud/appointment"
	"huyun.internal/cloud/exam/dossier"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/external/onestop"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/batch"
	"huyun.internal/cloud/licensing/cancel"
	"huyun.internal/protocol/fault"
)

// running is what a started cloud consists of; it ends all of it together.
type running struct {
	ctx  context.Context //nolint:containedctx // the life of the process
	stop context.CancelCauseFunc
	wg   sync.WaitGroup

	mu     sync.Mutex
	closes []func(ctx context.Context) error
}

// go runs f until it returns; its error ends the process.
func (r *running) do(name string, f func(ctx context.Context) error) {
	r.wg.Go(func() {
		if err := f(r.ctx); err != nil && r.ctx.Err() == nil {
			r.stop(fmt.Errorf("%s: %w", name, err))
		}
	})
}

func (r *running) onStop(f func(ctx context.Context) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closes = append(r.closes, f)
}

const shutdownTime = 15 * time.Second

var errStarting = errors.New("roles are still starting")

// Serve runs the named roles (none: all) until ctx ends, then stops them in
// order: no new requests, open ones finish, the database last.
func Serve(ctx context.Context, cfg Config, names []string) error {
	roles, err := chooseRoles(cfg, names)
	if err != nil {
		return err
	}
	if err := cfg.Broker.plain(); err != nil {
		return err
	}
	s, err := Open(ctx, cfg, false)
	if err != nil {
		return err
	}
	defer s.Close()
	run, stop := context.WithCancelCause(ctx)
	r := &running{ctx: run, stop: stop}
	for _, role := range roles {
		if err := role.start(s, r); err != nil {
			stop(err)
			break
		}
		s.Log.InfoContext(ctx, "role started", "role", role.name)
	}
	if run.Err() == nil {
		s.started.Store(true)
		s.Log.InfoContext(ctx, "ready")
	}
	<-run.Done()
	s.Log.InfoContext(ctx, "stopping")
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	for i := len(r.closes) - 1; i >= 0; i-- {
		if err := r.closes[i](end); err != nil {
			s.Log.ErrorContext(ctx, "stop", "error", err)
		}
	}
	stop(nil)
	r.wg.Wait()
	if cause := context.Cause(run); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// Limits of every listener: a client that sends slowly gives up its place.
const (
	headerTime = 10 * time.Second
	bodyTime   = 2 * time.Minute
	idleTime   = 2 * time.Minute
	headerSize = 64 << 10
)

// server is the HTTP server of every listener, with its limits.
func server(h http.Handler, header time.Duration) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: header, ReadTimeout: bodyTime, IdleTimeout: idleTime, MaxHeaderBytes: headerSize,
	}
}

// listen serves a handler on an address; with a TLS configuration, over TLS.
func (r *running) listen(name, addr string, h http.Handler, conf *tls.Config) (net.Addr, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(r.ctx, "tcp", addr)
	if err != nil {
		return nil, fault.Newf(fault.Unavailable, "app.listen", "地址 %s 无法监听，可能已被其他程序占用，请停止它或修改配置", addr).With(err)
	}
	at := ln.Addr()
	srv := server(h, headerTime)
	if boards, ok := h.(interface{ EndStreams() }); ok {
		srv.RegisterOnShutdown(boards.EndStreams)
	}
	if conf != nil {
		conf = conf.Clone()
		conf.NextProtos = []string{"h2", "http/1.1"}
		ln = tls.NewListener(ln, conf)
		srv.TLSConfig = conf
	}
	r.onStop(srv.Shutdown)
	r.do(name, func(context.Context) error {
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	return at, nil
}

func startConsole(s *System, r *running) error {
	var conf *tls.Config
	scheme := "http"
	if s.Config.Console.TLS {
		conf, scheme = s.Keys.TLS(s.Config.Gateway.Hosts...), "https"
	}
	at, err := r.listen(roleConsole, s.Config.Console.Addr, s.Console(), conf)
	if err == nil {
		s.Log.InfoContext(r.ctx, "console is at", "url", scheme+"://"+at.String())
	}
	return err
}

// startWorker runs what happens by the clock.
func startWorker(s *System, r *running) error {
	r.do("anchor", func(ctx context.Context) error {
		return s.every(ctx, time.Hour, "audit anchor", s.Audit.AnchorNow)
	})
	r.do("release", func(ctx context.Context) error {
		return s.every(ctx, sitting.DueEvery, "key release", s.Sitting.ReleaseDue)
	})
	late := s.deadlines(newAlarms(s.Log, s.Metrics))
	r.do("deadlines", func(ctx context.Context) error {
		return s.every(ctx, application.DueEvery, "deadlines", late)
	})
	r.do("registers", func(ctx context.Context) error {
		return s.every(ctx, application.AskEvery, "city registers", s.askRegisters)
	})
	r.do("visits", func(ctx context.Context) error {
		return s.every(ctx, appointment.DueEvery, "missed visits", s.missedVisits)
	})
	r.do("retention", func(ctx context.Context) error {
		return s.every(ctx, dossier.DueEvery, "pictures", s.Dossier.ExpireDue)
	})
	stop, err := s.Jobs.Start(r.ctx)
	if err != nil {
		return err
	}
	r.onStop(stop)
	r.do("onestop", func(ctx context.Context) error {
		return s.every(ctx, onestop.SweepEvery, "一网通办", s.OneStop.Sweep)
	})
	r.do("batches", func(ctx context.Context) error {
		return s.every(ctx, batch.OpenEvery, "open batches", s.openBatches)
	})
	r.do("rehires", func(ctx context.Context) error {
		return s.every(ctx, rehireEvery, "rehires", s.expireRehires)
	})
	r.do("cancellations", func(ctx context.Context) error {
		return s.every(ctx, cancel.SweepEvery, "cancellation list", s.sweepCancellations)
	})
	r.do("revocations", func(ctx context.Context) error {
		return s.every(ctx, matchEvery, "match revocations", s.Sanction.MatchOpen)
	})
	return nil
}

// rehireEvery is how soon after midnight a rehire that is over ends.
const rehireEvery = 10 * time.Minute

// matchEvery is how long a revocation waits at most for a licence that came into
// being without telling.
const matchEvery = 10 * time.Minute

// every does something now and whenever its time comes; a failure is logged and
// tried again the next time.
func (s *System) every(ctx context.Context, d time.Duration, name string, do func(context.Context) error) error {
	tick := s.Clock.NewTicker(d)
	defer tick.Stop()
	for {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, name, "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C():
		}
	}
}
