package uplink_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/quic-go/quic-go"
	"github.com/stretchr/testify/require"

	"huyun.internal/edge/store"
	"huyun.internal/edge/uplink"
	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/link"
	"huyun.internal/protocol/link/linktest"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/topic"
	"huyun.internal/protocol/wire"
)

const (
	node    = "venue-1"
	patient = 20 * time.Second
	soon    = 10 * time.Millisecond
)

// cloud is the other end: a broker in this process and the pure halves of the
// link, with switches for misbehaving.
type cloud struct {
	t    testing.TB
	key  *sm.SoftKey
	edge *sm.PublicKey
	cert tls.Certificate
	root []byte

	mu     sync.Mutex
	broker *mqtt.Server
	stop   func()
	peers  map[string]*linktest.Pure
	orders map[string]*linktest.Memory
	sender map[string]*link.Sender
	states int
	early  uint64 // records of the exam lane stored when the first of the other came
	deaf   bool   // hears and says nothing
	mute   bool   // stores, but no answer gets out
	start  time.Time
}

func newCloud(t testing.TB, edge *sm.PublicKey) *cloud {
	key, err := sm.Generate()
	require.NoError(t, err)
	c := &cloud{
		t: t, key: key, edge: edge, start: time.Now(),
		peers: map[string]*linktest.Pure{}, orders: map[string]*linktest.Memory{}, sender: map[string]*link.Sender{},
	}
	c.cert, c.root = selfSigned(t)
	for _, lane := range journal.Lanes() {
		c.peers[lane] = &linktest.Pure{Receiver: link.Receiver{Node: node, Key: edge}}
		c.orders[lane] = &linktest.Memory{}
		c.sender[lane] = link.NewSender(link.Config{
			Lane: lane, Session: 77, Rand: func() float64 { return 0.5 }, FirstTimeout: 300 * time.Millisecond, MinTimeout: 300 * time.Millisecond,
			Sign: func(p journal.Position) (journal.Checkpoint, error) {
				cp := journal.Checkpoint{Node: node, Lane: lane, Position: p}
				return cp, cp.Sign(key, time.Now())
			},
		}, journal.Position{})
	}
	return c
}

func selfSigned(t testing.TB) (tls.Certificate, []byte) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	tpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, k.Public(), k)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: k}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// listen starts a new, empty broker on these listeners.
func (c *cloud) listen(lns ...net.Listener) {
	s := mqtt.New(&mqtt.Options{InlineClient: true, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(c.t, s.AddHook(new(auth.AllowHook), nil))
	for i, ln := range lns {
		require.NoError(c.t, s.AddListener(listeners.NewNet(string(rune('a'+i)), ln)))
	}
	require.NoError(c.t, s.Serve())
	c.mu.Lock()
	c.broker = s
	c.mu.Unlock()
	require.NoError(c.t, s.Subscribe(topic.Up(node), 1, func(_ *mqtt.Client, _ packets.Subscription, pk packets.Packet) {
		c.receive(pk.Payload)
	}))
	require.NoError(c.t, s.Subscribe(topic.State(node), 2, func(_ *mqtt.Client, _ packets.Subscription, pk packets.Packet) {
		if _, err := envelope.Open(c.key, c.edge, []byte(topic.State(node)), pk.Payload); err == nil {
			c.with(func() { c.states++ })
		}
	}))
	// mochi waits for connections that never said CONNECT; nobody here does.
	end := sync.OnceFunc(func() {
		gone := make(chan struct{})
		go func() { defer close(gone); _ = s.Close() }()
		select {
		case <-gone:
		case <-time.After(time.Second):
		}
	})
	c.with(func() { c.stop = end })
	c.t.Cleanup(end)
}

func (c *cloud) with(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

func (c *cloud) now() time.Duration { return time.Since(c.start) }

func (c *cloud) receive(raw []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deaf {
		return
	}
	plain, err := envelope.Open(c.key, c.edge, []byte(topic.Up(node)), raw)
	if err != nil {
		c.t.Errorf("a frame that is not the edge's: %v", err)
		return
	}
	f, err := link.DecodeFrame(plain)
	if err != nil {
		c.t.Errorf("frame: %v", err)
		return
	}
	switch f := f.(type) {
	case *link.Hello:
		h := &link.Hello{Session: 77, Echo: f.Session}
		for _, lane := range journal.Lanes() {
			cursor, _ := c.peers[lane].Cursor()
			h.Lanes = append(h.Lanes, link.LaneState{Lane: lane, Cursor: cursor})
			_, _ = c.sender[lane].Greet(c.now(), f, c.orders[lane])
		}
		c.send(h)
	case *link.Batch:
		if at, _ := c.peers[journal.LaneRest].Cursor(); f.Lane == journal.LaneRest && at.Seq == 0 {
			exam, _ := c.peers[journal.LaneExam].Cursor()
			c.early = exam.Seq
		}
		ack, err := c.peers[f.Lane].Receive(f)
		if err != nil {
			c.t.Errorf("batch: %v", err)
			return
		}
		c.send(ack)
	case *link.Ack:
		_, _ = c.sender[f.Lane].Receive(c.now(), f, c.orders[f.Lane])
	}
	c.pushLocked()
}

func (c *cloud) send(f link.Frame) {
	if c.mute {
		return
	}
	raw, err := link.EncodeFrame(f)
	if err == nil {
		raw, err = envelope.Seal(c.key, c.edge, []byte(topic.Down(node)), raw)
	}
	if err == nil {
		err = c.broker.Publish(topic.Down(node), raw, false, 1)
	}
	if err != nil {
		c.t.Logf("send: %v", err)
	}
}

func (c *cloud) pushLocked() {
	for _, lane := range journal.Lanes() {
		batches, _ := c.sender[lane].Poll(c.now(), c.orders[lane])
		for _, b := range batches {
			c.send(b)
		}
	}
}

func (c *cloud) order(lane, kind, body string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := c.orders[lane].Add(time.Now(), kind, "s1", []byte(body))
	require.NoError(c.t, err)
	c.pushLocked()
}

func (c *cloud) cursor(lane string) (n uint64) {
	c.with(func() { p, _ := c.peers[lane].Cursor(); n = p.Seq })
	return n
}

func (c *cloud) confirmed(lane string) (n uint64) {
	c.with(func() { c.pushLocked(); n = c.sender[lane].Acked().Seq })
	return n
}

// listenQUIC is the broker's side of MQTT over QUIC.
func (c *cloud) listenQUIC(conn net.PacketConn) net.Listener {
	ln, err := quic.Listen(conn, &tls.Config{Certificates: []tls.Certificate{c.cert}, NextProtos: []string{"mqtt"}}, nil)
	require.NoError(c.t, err)
	return &quicListener{ln}
}

type quicListener struct{ *quic.Listener }

func (l *quicListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept(context.Background())
	if err != nil {
		return nil, err
	}
	return &lateStream{Conn: conn}, nil
}

// lateStream takes the stream when it is first read from, so that a connection
// that opens none holds nobody up.
type lateStream struct {
	*quic.Conn
	once sync.Once
	*quic.Stream
}

func (s *lateStream) stream() *quic.Stream {
	s.once.Do(func() { s.Stream, _ = s.AcceptStream(context.Background()) })
	return s.Stream
}

func (s *lateStream) Read(p []byte) (int, error) {
	if st := s.stream(); st != nil {
		return st.Read(p)
	}
	return 0, net.ErrClosed
}
func (s *lateStream) Close() error                       { return s.CloseWithError(0, "") }
func (s *lateStream) Context() context.Context           { return s.Conn.Context() }
func (s *lateStream) SetDeadline(t time.Time) error      { return nil }
func (s *lateStream) SetReadDeadline(t time.Time) error  { return nil }
func (s *lateStream) SetWriteDeadline(t time.Time) error { return nil }

func tcp(t testing.TB) net.Listener {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return ln
}

func udp(t testing.TB) net.PacketConn {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	return c
}

// site is an edge with an uplink to a cloud.
type site struct {
	*uplink.Uplink
	store *store.Store
	cloud *cloud
	key   *sm.SoftKey
	cfg   uplink.Config
	stop  func()
}

func newSite(t testing.TB) *site {
	key, err := sm.Generate()
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, store.Create(dir, store.Identity{Node: node}))
	st, err := store.Open(dir, store.Options{Node: node, Ballast: -1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	c := newCloud(t, key.Public())
	return &site{store: st, cloud: c, key: key, cfg: uplink.Config{
		Node: node, Cloud: c.key.Public(), Broker: wire.Broker{Root: c.root},
		DialTimeout: 2 * time.Second, MaxBackoff: 200 * time.Millisecond,
		State: func() wire.NodeState { return wire.NodeState{Version: "test"} },
	}}
}

// run starts the uplink; handler may be nil.
func (s *site) run(t testing.TB, handler func(context.Context, *store.Tx, wire.Order) error) {
	u, err := uplink.New(s.cfg, s.store, s.key)
	require.NoError(t, err)
	if handler != nil {
		u.OnOrder(handler)
	}
	s.Uplink = u
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = u.Run(ctx) }()
	s.stop = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(s.stop)
}

func (s *site) append(t testing.TB, lane string, n int) {
	for i := range n {
		require.NoError(t, s.store.Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Append(lane, wire.KindAnswer, "s1", map[string]int{"n": i})
			return err
		}))
	}
}

// arrived waits until the cloud holds n records of the lane and the edge knows.
func (s *site) arrived(t testing.TB, lane string, n uint64) {
	t.Helper()
	require.Eventually(t, func() bool {
		return s.cloud.cursor(lane) == n && s.store.Acked(lane).Seq == n
	}, patient, soon, "cloud %d, acked %d, want %d; %+v", s.cloud.cursor(lane), s.store.Acked(lane).Seq, n, s.Status())
	recs, err := s.store.Journal(lane).Read(1, 1<<20, 1<<30)
	require.NoError(t, err)
	var stored []journal.Record
	s.cloud.with(func() { stored, err = s.cloud.peers[lane].Stored() })
	require.NoError(t, err)
	require.Equal(t, recs, stored)
}
