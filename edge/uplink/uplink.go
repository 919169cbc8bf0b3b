// Package uplink drives the link between an edge and the cloud: its journals
// go up, the cloud's orders come down, over MQTT on QUIC, TLS or TCP, whichever
// works; packages are fetched over HTTP/3 or HTTPS (modules M56, M65, M78).
//
// What was sent is remembered as delivered on one thing only: the cloud's
// sealed answer that it has committed through n with hash h. Neither the broker
// nor the MQTT client is believed, and either may be replaced at any moment
// (reliability.md A.2). An order is applied in the same transaction that moves
// the cursor, so it is applied once however often it comes.
//
// It does not know what records or orders mean, and does not decide what may
// be sent when; it never stops an exam.
package uplink

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"log/slog"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/link"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/topic"
	"huyun.internal/protocol/wire"
)

// Transports, in the order in which "auto" prefers them.
const (
	QUIC = "quic"
	TLS  = "tls"
	TCP  = "tcp"
	Auto = "auto"
)

// Config of an uplink. Node, Cloud and Broker are required.
type Config struct {
	Node     string
	CloudURL string // https://host:port; blobs, and the cloud's time
	Broker   wire.Broker
	// Transport is what to try first; the others follow. Default "auto".
	Transport string
	Cloud     *sm.PublicKey // whom to seal to and whose answers count
	// State is asked for telemetry; nil sends none.
	State func() wire.NodeState

	Clock clock.Clock
	Log   *slog.Logger

	StateEvery  time.Duration // default 15 s
	Heartbeat   time.Duration // a Hello that asks; default 15 s
	Silence     time.Duration // without an answer: replace the client; default 40 s
	DialTimeout time.Duration // for each transport; three of them within 10 s; default 3 s
	Return      time.Duration // how often to see whether a better transport is back; default 60 s
	MaxBackoff  time.Duration // between rounds of attempts; default 30 s

	seams seams
}

func (c Config) withDefaults() Config {
	if c.Clock == nil {
		c.Clock = clock.System()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Transport == "" {
		c.Transport = Auto
	}
	def := func(v *time.Duration, d time.Duration) {
		if *v == 0 {
			*v = d
		}
	}
	def(&c.StateEvery, 15*time.Second)
	def(&c.Heartbeat, 15*time.Second)
	def(&c.Silence, 40*time.Second)
	def(&c.DialTimeout, 3*time.Second)
	def(&c.Return, time.Minute)
	def(&c.MaxBackoff, 30*time.Second)
	c.seams.planted()
	return c
}

// Uplink is one edge's connection. Run drives it; the other methods may be
// called at any time, from anywhere.
type Uplink struct {
	cfg     Config
	store   *store.Store
	keeper  sm.Keeper
	session uint64
	time    cloudTime
	blobs   *fetcher
	cut     *cut

	handler  func(context.Context, *store.Tx, wire.Order) error
	senders  []*link.Sender // owned by Run
	planted  chan *link.Ack // fed by a seam only
	lastWord time.Duration  // owned by Run
	backlog  uint64         // of the exam lane when the session began; owned by Run

	acked acked

	mu     sync.Mutex
	status Status
}

// New makes an uplink; it does nothing until Run.
func New(cfg Config, st *store.Store, keeper sm.Keeper) (*Uplink, error) {
	cfg = cfg.withDefaults()
	if !topic.ValidNode(cfg.Node) || cfg.Cloud == nil || keeper == nil || st == nil {
		return nil, errors.New("uplink: node, cloud key, keeper and store are required")
	}
	u := &Uplink{
		cfg: cfg, store: st, keeper: keeper, session: randomUint64(),
		planted: make(chan *link.Ack, 64), cut: newCut(),
		handler: func(context.Context, *store.Tx, wire.Order) error { return errNoHandler },
	}
	u.time.clock = cfg.Clock
	u.acked.news = make(chan struct{}, 1)
	var err error
	u.blobs, err = newFetcher(u)
	return u, err
}

// OnOrder sets what applies orders. fn runs inside the transaction that moves
// the cursor and must do nothing outside it. An order whose fn fails is put
// aside with the reason, its writes are dropped, and those after it go on.
// Call it before Run.
func (u *Uplink) OnOrder(fn func(ctx context.Context, tx *store.Tx, order wire.Order) error) {
	u.handler = fn
}

// Run connects, and connects again, until ctx ends.
func (u *Uplink) Run(ctx context.Context) error {
	defer u.blobs.close()
	for _, lane := range journal.Lanes() {
		u.senders = append(u.senders, link.NewSender(link.Config{
			Lane: lane, Session: u.session, Rand: mathrand.Float64, Sign: u.signer(lane),
		}, u.store.Acked(lane)))
	}
	remembering := make(chan struct{})
	go func() { defer close(remembering); u.remember(ctx) }()
	defer func() { <-remembering }()
	c := &chooser{u: u, order: u.transports()}
	for ctx.Err() == nil {
		sess, err := c.connect(ctx)
		if err != nil {
			return ctx.Err()
		}
		u.connected(sess)
		err = u.serve(ctx, sess, c.better(ctx, sess))
		sess.close()
		u.disconnected(err)
		c.ended(sess, err)
	}
	return ctx.Err()
}

func (u *Uplink) signer(lane string) func(journal.Position) (journal.Checkpoint, error) {
	return func(p journal.Position) (journal.Checkpoint, error) {
		c := journal.Checkpoint{Node: u.cfg.Node, Lane: lane, Position: p}
		return c, c.Sign(u.keeper, u.cfg.Clock.Now())
	}
}

func randomUint64() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return binary.BigEndian.Uint64(b[:])
}
