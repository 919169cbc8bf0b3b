package broker

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/url"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/quic-go/quic-go"
	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/topic"
)

const wait = 10 * time.Second

// door admits nodes whose token is their own name.
type door struct{}

func (door) Admit(_ context.Context, node, token string) error {
	if token != "token-of-"+node {
		return errors.New("not this node's token")
	}
	return nil
}

func start(t *testing.T) (*Broker, *tls.Config) {
	t.Helper()
	cert, pool := certificate(t)
	b, err := Start(Config{
		TCP: "127.0.0.1:0", TLS: "127.0.0.1:0", QUIC: "127.0.0.1:0", Secret: "cloud-secret",
		Cert: &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS13},
	}, door{}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { _ = b.Close() })
	return b, &tls.Config{RootCAs: pool, ServerName: "localhost", MinVersion: tls.VersionTLS13}
}

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func connect(t *testing.T, b *Broker, kind, id, user, password string, conf *tls.Config) (mqtt.Client, error) {
	t.Helper()
	scheme := map[string]string{"tcp": "tcp", "tls": "ssl", "quic": "tcp"}[kind]
	o := mqtt.NewClientOptions().AddBroker(scheme + "://" + b.Addr(kind)).SetClientID(id).
		SetUsername(user).SetPassword(password).SetTLSConfig(conf).SetConnectTimeout(wait).
		SetAutoReconnect(false).SetOrderMatters(false)
	if kind == "quic" {
		o.SetCustomOpenConnectionFn(func(*url.URL, mqtt.ClientOptions) (net.Conn, error) {
			return dialQUIC(b.Addr(kind), conf)
		})
	}
	c := mqtt.NewClient(o)
	token := c.Connect()
	require.True(t, token.WaitTimeout(wait))
	t.Cleanup(func() { c.Disconnect(0) })
	return c, token.Error()
}

func dialQUIC(addr string, conf *tls.Config) (net.Conn, error) {
	conf = conf.Clone()
	conf.NextProtos = []string{alpn}
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	conn, err := quic.DialAddr(ctx, addr, conf, nil)
	if err != nil {
		return nil, err
	}
	stream, err := conn.OpenStreamSync(ctx)
	if err != nil {
		return nil, err
	}
	return &quicConn{Stream: stream, conn: conn}, nil
}

func TestNodeReachesCloudOverEveryTransport(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"tcp", "tls", "quic"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			b, conf := start(t)
			cloud, err := connect(t, b, "tcp", "cloud-1", CloudUser, "cloud-secret", conf)
			require.NoError(t, err)
			got := make(chan string, 4)
			sub := cloud.Subscribe(topic.SharedUp(CloudUser), 1, func(_ mqtt.Client, m mqtt.Message) {
				got <- m.Topic() + " " + string(m.Payload())
			})
			require.True(t, sub.WaitTimeout(wait))
			require.NoError(t, sub.Error())

			node, err := connect(t, b, kind, "n-1", "n-1", "token-of-n-1", conf)
			require.NoError(t, err)
			require.True(t, node.Publish(topic.Up("n-1"), 1, false, "hello").WaitTimeout(wait))
			require.Equal(t, "huyun/v1/n-1/up hello", receive(t, got))

			down := node.Subscribe(topic.Down("n-1"), 1, func(_ mqtt.Client, m mqtt.Message) { got <- string(m.Payload()) })
			require.True(t, down.WaitTimeout(wait))
			require.True(t, cloud.Publish(topic.Down("n-1"), 1, false, "order").WaitTimeout(wait))
			require.Equal(t, "order", receive(t, got))
		})
	}
}

func receive(t *testing.T, ch chan string) string {
	t.Helper()
	select {
	case s := <-ch:
		return s
	case <-time.After(wait):
		require.Fail(t, "nothing arrived")
		return ""
	}
}

func TestATakenAddressIsNamed(t *testing.T) {
	t.Parallel()
	first, conf := start(t)
	for kind, c := range map[string]Config{
		"TCP 地址": {TCP: first.Addr("tcp")}, "TCP（TLS）": {TLS: first.Addr("tls")}, "UDP（QUIC）": {QUIC: first.Addr("quic")},
	} {
		c.Cert = conf
		_, err := Start(c, door{}, slog.New(slog.DiscardHandler))
		require.True(t, fault.Is(err, "broker.listen"), "%v", err)
		require.Contains(t, fault.From(err).Text, kind)
		require.Contains(t, fault.From(err).Text, c.TCP+c.TLS+c.QUIC)
	}
}

func TestStrangersAndTakeoversAreRefused(t *testing.T) {
	t.Parallel()
	b, conf := start(t)
	cases := map[string][3]string{
		"unknown password":    {"n-1", "n-1", "nonsense"},
		"another's token":     {"n-2", "n-2", "token-of-n-1"},
		"another's client id": {"n-2", "n-1", "token-of-n-1"},
		"cloud without word":  {"cloud-9", CloudUser, ""},
		"nobody":              {"x", "", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := connect(t, b, "tcp", c[0], c[1], c[2], conf)
			require.Error(t, err)
		})
	}
}

func TestNodeStaysOnItsOwnTopics(t *testing.T) {
	t.Parallel()
	b, conf := start(t)
	node, err := connect(t, b, "tcp", "n-1", "n-1", "token-of-n-1", conf)
	require.NoError(t, err)
	for _, filter := range []string{"#", topic.Down("n-2"), topic.Up("n-1"), "$SYS/#", topic.SharedUp(CloudUser), "huyun/v1/+/down"} {
		sub := node.Subscribe(filter, 1, nil).(*mqtt.SubscribeToken)
		require.True(t, sub.WaitTimeout(wait))
		// paho keys the result of a shared filter without its prefix.
		require.Len(t, sub.Result(), 1)
		for _, code := range sub.Result() {
			require.Equal(t, byte(0x80), code, filter)
		}
	}
	victim, err := connect(t, b, "tcp", "n-2", "n-2", "token-of-n-2", conf)
	require.NoError(t, err)
	got := make(chan string, 4)
	require.True(t, victim.Subscribe(topic.Down("n-2"), 1, func(_ mqtt.Client, m mqtt.Message) { got <- string(m.Payload()) }).WaitTimeout(wait))
	node.Publish(topic.Down("n-2"), 1, false, "forged").WaitTimeout(time.Second)
	cloud, err := connect(t, b, "tcp", "cloud-1", CloudUser, "cloud-secret", conf)
	require.NoError(t, err)
	require.True(t, cloud.Publish(topic.Down("n-2"), 1, false, "real").WaitTimeout(wait))
	require.Equal(t, "real", receive(t, got), "the forged order never arrived")
}

// TestCutSubscribeHurtsNobodyElse sends what panics mochi (its issue 501): an
// MQTT 5 SUBSCRIBE that ends before the options byte.
func TestCutSubscribeHurtsNobodyElse(t *testing.T) {
	t.Parallel()
	b, conf := start(t)
	raw, err := net.Dial("tcp", b.Addr("tcp"))
	require.NoError(t, err)
	defer raw.Close()
	connectPacket := []byte{0x10, 0, 0, 4, 'M', 'Q', 'T', 'T', 5, 0xc2, 0, 30, 0, 0, 3, 'n', '-', '1', 0, 3, 'n', '-', '1', 0, 12}
	connectPacket = append(connectPacket, "token-of-n-1"...)
	connectPacket[1] = byte(len(connectPacket) - 2)
	_, err = raw.Write(connectPacket)
	require.NoError(t, err)
	require.NoError(t, raw.SetReadDeadline(time.Now().Add(wait)))
	ack := make([]byte, 64)
	n, err := raw.Read(ack)
	require.NoError(t, err)
	require.Equal(t, byte(0x20), ack[0], "connected: %x", ack[:n])
	_, err = raw.Write([]byte{0x82, 8, 0, 1, 0, 0, 3, 'a', '/', 'b'})
	require.NoError(t, err)
	for err == nil {
		_, err = raw.Read(ack)
	}
	var timeout net.Error
	require.False(t, errors.As(err, &timeout) && timeout.Timeout(), "the sender loses its connection")

	_, err = connect(t, b, "tcp", "n-2", "n-2", "token-of-n-2", conf)
	require.NoError(t, err, "everybody else goes on")
}
