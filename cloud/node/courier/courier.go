// Package courier carries link frames between the broker and the cloud's
// records: batches from nodes to node.Service.Ingest, orders from the order
// journals to nodes, telemetry to the board (M57, M59). Any number of copies
// share the work; the broker deals frames out as it likes, and every decision
// is made on a locked row in PostgreSQL.
//
// The broker is not believed: a frame counts when it opens under the node's
// key, an order is delivered when the node has signed for it, and whatever is
// lost on the way is sent again by protocol/link.
package courier

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"huyun.internal/cloud/node"
	"huyun.internal/cloud/node/broker"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/topic"
)

// Config says which broker to use.
type Config struct {
	URL      string // tcp://host:port or ssl://host:port
	Username string
	Password string
	TLS      *tls.Config
}

// Courier is one copy's carrier.
type Courier struct {
	cfg     Config
	svc     *node.Service
	key     sm.Keeper
	clock   clock.Clock
	log     *slog.Logger
	session uint64

	drains chan struct{} // held while a backlog is stored

	mu    sync.Mutex
	desks map[string]*desk
	out   mqtt.Client
}

// New makes a courier for one copy of the cloud.
func New(cfg Config, svc *node.Service, key sm.Keeper, clk clock.Clock, log *slog.Logger) *Courier {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return &Courier{
		cfg: cfg, svc: svc, key: key, clock: clk, log: log.With("part", "courier"),
		session: binary.BigEndian.Uint64(b[:]), desks: map[string]*desk{},
		drains: make(chan struct{}, drainsAtOnce(svc.DB)),
	}
}

// Timing of the connection to the broker.
const (
	keepAlive   = 10 * time.Second
	connectWait = 10 * time.Second
	publishWait = 10 * time.Second
	retryLeast  = 200 * time.Millisecond
	retryMost   = 5 * time.Second
	inboxSize   = 64 // frames of one node waiting; more are dropped and sent again by the node
)

// drainsAtOnce is how many backlogs are stored at a time: as many as half of the
// processors, and never more than a quarter of the connections. Those who wait
// come in turn, so that venues that return together share what there is; and
// what an exam under way reports, and whoever reads at the centre, never queues
// behind them.
func drainsAtOnce(d *db.DB) int {
	return max(1, min(runtime.GOMAXPROCS(0)/2, int(d.Config().MaxConns/4)))
}

// Run carries until ctx ends. It keeps a connection to the broker and makes a
// new client, never reusing one, whenever the old one is lost: paho's own
// reconnection has states it does not come out of.
func (c *Courier) Run(ctx context.Context) error {
	go c.listen(ctx)
	wait := retryLeast
	for ctx.Err() == nil {
		lost := make(chan error, 1)
		client, err := c.connect(ctx, lost)
		if err == nil {
			c.use(client)
			wait = retryLeast
			select {
			case err = <-lost:
			case <-ctx.Done():
			}
			c.use(nil)
			client.Disconnect(0)
		}
		if ctx.Err() != nil {
			break
		}
		c.log.Warn("broker connection lost", "error", err)
		select {
		case <-c.clock.After(wait):
		case <-ctx.Done():
		}
		wait = min(2*wait, retryMost)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range c.desks {
		d.stop()
	}
	return nil
}

func (c *Courier) connect(ctx context.Context, lost chan error) (mqtt.Client, error) {
	var id [6]byte
	_, _ = rand.Read(id[:])
	opts := mqtt.NewClientOptions().AddBroker(c.cfg.URL).SetClientID("cloud-" + hex.EncodeToString(id[:])).
		SetUsername(c.cfg.Username).SetPassword(c.cfg.Password).SetTLSConfig(c.cfg.TLS).
		SetStore(mqtt.NewMemoryStore()).SetCleanSession(true).SetAutoReconnect(false).SetConnectRetry(false).
		SetOrderMatters(true).SetKeepAlive(keepAlive).SetPingTimeout(keepAlive / 2).
		SetConnectTimeout(connectWait).SetWriteTimeout(publishWait).
		SetConnectionLostHandler(func(_ mqtt.Client, err error) { lost <- err })
	client := mqtt.NewClient(opts)
	err := settle(client.Connect(), connectWait)
	if err != nil {
		return nil, err
	}
	filters := map[string]byte{topic.SharedUp(broker.CloudUser): 1, topic.SharedState(broker.CloudUser): 0}
	err = settle(client.SubscribeMultiple(filters, func(_ mqtt.Client, m mqtt.Message) { c.receive(ctx, m) }), connectWait)
	if err != nil {
		client.Disconnect(0)
		return nil, err
	}
	c.log.Info("broker connected", "url", c.cfg.URL)
	return client, nil
}

// settle waits for a token, but never for ever: paho's may not complete.
func settle(t mqtt.Token, wait time.Duration) error {
	if !t.WaitTimeout(wait) {
		return fmt.Errorf("no answer from the broker within %s", wait)
	}
	return t.Error()
}

func (c *Courier) use(client mqtt.Client) {
	c.mu.Lock()
	c.out = client
	c.mu.Unlock()
}

// publish sends a sealed frame towards a node. That it went out says nothing;
// protocol/link finds out whether it arrived.
func (c *Courier) publish(node string, sealed []byte) {
	c.mu.Lock()
	client := c.out
	c.mu.Unlock()
	if client != nil {
		client.Publish(topic.Down(node), 1, false, sealed).WaitTimeout(publishWait)
	}
}

// receive hands a message to its node's desk. It must not block: it runs on
// the client's own goroutine.
func (c *Courier) receive(ctx context.Context, m mqtt.Message) {
	name, kind, err := topic.Parse(m.Topic())
	if err != nil || kind == topic.KindDown {
		return
	}
	d := c.desk(ctx, name)
	select {
	case d.inbox <- parcel{kind: kind, sealed: m.Payload()}:
	default: // the node sends it again
	}
}

// desk is the one goroutine that serves a node in this copy.
func (c *Courier) desk(ctx context.Context, name string) *desk {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.desks[name]
	if d == nil {
		d = newDesk(c, name)
		c.desks[name] = d
		dctx, cancel := context.WithCancel(ctx)
		d.stop = cancel
		go d.run(dctx)
	}
	return d
}

// close forgets a desk that has had nothing to do for long.
func (c *Courier) close(d *desk) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.desks[d.node] == d {
		delete(c.desks, d.node)
	}
}

// listen wakes the desk of a node for which an order was appended, by this
// copy or another. Without a notification an order waits for the node's next
// greeting.
func (c *Courier) listen(ctx context.Context) {
	for ctx.Err() == nil {
		err := c.svc.WaitOrders(ctx, func(name string) {
			c.mu.Lock()
			d := c.desks[name]
			c.mu.Unlock()
			if d != nil {
				d.nudge()
			}
		})
		if ctx.Err() != nil {
			return
		}
		c.log.Warn("order notifications lost", "error", err)
		select {
		case <-c.clock.After(retryMost):
		case <-ctx.Done():
		}
	}
}
