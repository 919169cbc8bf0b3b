package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"huyun.internal/devices/vision"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise"
	"huyun.internal/edge/uplink"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// node is what every command of an enrolled machine begins with.
type node struct {
	Config
	enrolment Enrolment
	key       *sm.SoftKey
	cloud     *sm.PublicKey
}

func loadNode(c Config) (*node, error) {
	e, err := loadEnrolment(c)
	if err != nil {
		return nil, err
	}
	pass, err := c.passphrase()
	if err != nil {
		return nil, err
	}
	key, err := sm.LoadKey(c.keyFile(), pass)
	if err != nil {
		return nil, err
	}
	cloud, err := sm.ParsePublicKey(e.Cloud)
	return &node{Config: c, enrolment: e, key: key, cloud: cloud}, err
}

// GCPercent is how far the heap may grow before it is collected: a venue's is
// some 20 MB, and a hall that saves at the bell is served a tenth faster when
// that is not collected every few milliseconds. GOGC in the environment goes first.
const GCPercent = 400

// Run serves a venue until ctx ends.
func Run(ctx context.Context, c Config, log *slog.Logger) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(GCPercent)
	}
	if err := sm.SelfTest(); err != nil {
		return err
	}
	n, err := loadNode(c)
	if err != nil {
		return err
	}
	st, err := store.Open(c.storeDir(), store.Options{Node: n.enrolment.Node, Log: log, Reserve: reserve})
	if err != nil {
		return err
	}
	defer func() {
		if err := st.Close(); err != nil {
			log.Error("store not closed cleanly", slog.Any("error", err))
		}
	}()
	return n.serve(ctx, st, log)
}

// runner is one run of a venue.
type runner struct {
	*node
	venue  *Venue
	uplink *uplink.Uplink
	server *http.Server
	until  time.Time // of the certificate
	mu     sync.Mutex
	log    *slog.Logger
}

func (n *node) serve(ctx context.Context, st *store.Store, log *slog.Logger) error {
	r := &runner{node: n, log: log, until: n.enrolment.NotAfter}
	eyes := startVision(n.Vision, n.visionDir(), log)
	if eyes != nil {
		defer func() { _ = eyes.Close() }() // it dies with us
	}
	var err error
	r.uplink, err = uplink.New(uplink.Config{
		Node: n.enrolment.Node, CloudURL: n.cloudURL(), Broker: n.enrolment.Broker, Transport: n.Link.Transport,
		Cloud: n.cloud, Log: log, State: func() wire.NodeState { return r.venue.telemetry(r.uplink) },
	}, st, n.key)
	if err != nil {
		return err
	}
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	parts := Parts{
		Store: st, Keeper: n.key, Cloud: n.cloud, Node: n.enrolment.Node, Venue: n.enrolment.Venue, VenueName: n.enrolment.VenueName,
		Dir: n.Data, Clock: clock.System(), Fetch: r.uplink, Bring: r.uplink.BringPicture, Return: r.takeReturn, Policy: n.Face, Link: r.link, Line: r.uplink,
		Log: log, Metrics: metrics,
		ResumeWait: n.Exam.ResumeWait, Secure: n.HTTP.TLSCert != "",
	}
	if eyes != nil {
		parts.Vision = eyes
	}
	if r.venue, err = Assemble(ctx, parts); err != nil {
		return err
	}
	gauges(metrics, st, r.uplink)
	r.uplink.OnOrder(r.venue.Apply)
	if err := r.started(ctx, st); err != nil {
		return err
	}
	return r.all(ctx)
}

// all runs the parts until ctx ends or one of them cannot go on.
func (r *runner) all(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", r.HTTP.Addr)
	if err != nil {
		return fault.Unavailablef("app.http.listen", "无法监听 %s：端口可能被占用，请停止占用它的程序或修改 http.addr", r.HTTP.Addr).With(err)
	}
	r.server = server(r.venue.Handler(), headerTime, r.log) //nolint:contextcheck // requests bring their own context
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var parts sync.WaitGroup
	part := func(name string, run func() error) {
		parts.Go(func() {
			err := run()
			if ctx.Err() == nil {
				stop(errors.Join(errors.New(name+" ended"), err))
			}
		})
	}
	part("http", func() error { return r.listen(listener) })
	part("venue", func() error { return r.venue.Run(ctx) })
	part("uplink", func() error { return r.uplink.Run(ctx) })
	part("upkeep", func() error { return r.upkeep(ctx) })
	r.log.Info("venue serves", slog.String("addr", listener.Addr().String()), slog.String("node", r.enrolment.Node),
		slog.String("venue", r.enrolment.VenueName), slog.String("version", Version))
	<-ctx.Done()
	quiet, done := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer done()
	if err := r.server.Shutdown(quiet); err != nil {
		_ = r.server.Close() // long polls and live pages are cut
	}
	parts.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

func (r *runner) listen(l net.Listener) error {
	if r.HTTP.TLSCert != "" {
		return r.server.ServeTLS(l, r.HTTP.TLSCert, r.HTTP.TLSKey)
	}
	return r.server.Serve(l)
}

// started says that this run began.
func (r *runner) started(ctx context.Context, st *store.Store) error {
	boot := make([]byte, 8)
	if _, err := rand.Read(boot); err != nil {
		return err
	}
	if err := r.venue.Supervise.Began(ctx); err != nil {
		return err
	}
	return st.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Append(journal.LaneRest, wire.KindNodeStarted, r.enrolment.Node, wire.NodeStarted{
			Version: Version, Boot: hex.EncodeToString(boot), Clean: st.Health().WasClean,
		})
		return err
	})
}

// upkeep does what is due every hour: certificate, age of pictures.
func (r *runner) upkeep(ctx context.Context) error {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		r.keepUp(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (r *runner) keepUp(ctx context.Context) {
	fresh, err := renew(ctx, r.Config, &r.enrolment, r.key, time.Now().Add(r.uplink.Status().ClockOffset))
	if err != nil {
		r.log.WarnContext(ctx, "certificate not renewed; trying again in an hour", slog.Any("error", err))
	}
	if fresh {
		r.mu.Lock()
		r.until = r.enrolment.NotAfter
		r.mu.Unlock()
		r.log.InfoContext(ctx, "certificate renewed", slog.Time("until", r.enrolment.NotAfter))
	}
	n, err := ExpirePictures(ctx, r.venue, time.Now(), r.Exam.KeepPicture)
	if err != nil || n > 0 {
		r.log.InfoContext(ctx, "pictures expired", slog.Int("count", n), slog.Any("error", err))
	}
}

func (r *runner) link() supervise.Link {
	r.mu.Lock()
	until := r.until
	r.mu.Unlock()
	return linkOf(r.uplink, r.venue.Store, until, time.Now)
}

// cloudURL is where the centre is: the configuration wins over what was true
// at the enrolment.
func (n *node) cloudURL() string {
	if n.Cloud.URL != "" {
		return n.Cloud.URL
	}
	return n.enrolment.CloudURL
}

// startVision starts the face process; without it proctors check by eye.
func startVision(v Vision, dir string, log *slog.Logger) *vision.Process {
	if v.Off {
		return nil
	}
	if v.Binary == "" && v.Socket == "" {
		self, err := os.Executable()
		if err != nil {
			return nil
		}
		v.Binary = filepath.Join(filepath.Dir(self), "vision")
	}
	if v.Binary != "" {
		if _, err := os.Stat(v.Binary); err != nil {
			log.Warn("no face process; proctors check by eye", slog.String("binary", v.Binary))
			return nil
		}
	}
	p, err := vision.Start(vision.Options{
		Binary: v.Binary, Socket: v.Socket, Dir: dir, Models: v.Models, Cascades: v.Cascades, Workers: v.Workers, Logger: log,
	})
	if err != nil {
		log.Error("face process not started; proctors check by eye", slog.Any("error", err))
		return nil
	}
	return p
}

// gauges puts what an operator watches into the metrics.
func gauges(reg *prometheus.Registry, st *store.Store, u *uplink.Uplink) {
	gauge := func(name, help string, read func() float64) {
		reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
	}
	gauge("huyun_edge_disk_free_bytes", "Free disk space beside the store.", func() float64 { return float64(st.Health().DiskFree) })
	gauge("huyun_edge_store_up", "1 while the store serves.", func() float64 { return up(st.Health().State == "serving") })
	gauge("huyun_edge_store_groups_total", "Committed groups.", func() float64 { return float64(st.Health().Groups) })
	gauge("huyun_edge_store_updates_total", "Committed updates.", func() float64 { return float64(st.Health().Updates) })
	gauge("huyun_edge_link_up", "1 while connected to the centre.", func() float64 { return up(u.Status().Connected) })
	gauge("huyun_edge_unacked_records", "Records the centre has not confirmed.", func() float64 { return float64(u.Status().Unacked) })
	gauge("huyun_edge_oldest_unacked_seconds", "Age of the oldest of them.", func() float64 { return u.Status().OldestAge.Seconds() })
}

func up(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
