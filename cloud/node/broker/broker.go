// Package broker is the MQTT broker that the cloud carries inside itself, so
// that a small site needs none of its own. A city names mosquitto or EMQX
// instead and this package is not started.
//
// It is a pipe and no more: nothing is kept on disk, a message may be lost,
// repeated or reordered, and the link above it (protocol/link) loses nothing
// all the same. Each node may publish to its own two topics and read its own
// one; whoever is not known is refused.
//
// mochi, the engine, is quiet since 2025 and has known faults: an MQTT 5
// SUBSCRIBE cut short panics (its issue 501), which is why every connection
// here runs under recover; what is queued beyond a limit is dropped.
package broker

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"

	mqtt "github.com/mochi-mqtt/server/v2"

	"huyun.internal/protocol/fault"
)

// Limits of one connection. A node sends batches of at most 200 records and has
// few of them in flight (protocol/link), so these are far above need.
const (
	maxPacket  = 2 << 20 // bytes
	maxFlight  = 256     // unacknowledged messages of one session
	maxClients = 4096
)

// Doorkeeper says whether a node may come in.
type Doorkeeper interface {
	// Admit checks the signed token that a node gives as its password.
	Admit(ctx context.Context, node, token string) error
}

// Config says where to listen; an empty address is not opened. That TCP, which
// shows passwords to the network, stays on this machine is the caller's care.
type Config struct {
	TCP  string
	TLS  string
	QUIC string
	Cert *tls.Config // for TLS and QUIC
	// Secret is the password of the cloud's own copies, user "cloud".
	Secret string
}

// Broker is a running broker.
type Broker struct {
	server    *mqtt.Server
	addrs     map[string]string
	listeners []*listener
}

// Start opens the configured listeners and serves until Close.
func Start(cfg Config, door Doorkeeper, log *slog.Logger) (*Broker, error) {
	caps := mqtt.NewDefaultServerCapabilities()
	caps.MaximumClients = maxClients
	caps.MaximumPacketSize = maxPacket
	caps.ReceiveMaximum = maxFlight
	caps.MaximumInflight = maxFlight
	caps.MaximumQos = 1
	server := mqtt.New(&mqtt.Options{Capabilities: caps, Logger: log.With("part", "broker")})
	err := server.AddHook(&gate{door: door, secret: cfg.Secret, log: log}, nil)
	if err != nil {
		return nil, fmt.Errorf("broker: %w", err)
	}
	b := &Broker{server: server, addrs: map[string]string{}}
	err = b.listen(cfg, log)
	if err != nil {
		_ = server.Close()
		return nil, err
	}
	server.Listeners.ClientsWg.Add(1) // see Close
	err = server.Serve()
	if err != nil {
		return nil, fmt.Errorf("broker: %w", err)
	}
	return b, nil
}

func (b *Broker) listen(cfg Config, log *slog.Logger) error {
	opens := []struct {
		kind, addr string
		open       func(string) (net.Listener, error)
	}{
		{"tcp", cfg.TCP, func(a string) (net.Listener, error) { return net.Listen("tcp", a) }}, //nolint:noctx // lives as long as the broker
		{"tls", cfg.TLS, func(a string) (net.Listener, error) { return tls.Listen("tcp", a, cfg.Cert) }},
		{"quic", cfg.QUIC, func(a string) (net.Listener, error) { return listenQUIC(a, cfg.Cert) }},
	}
	for _, o := range opens {
		if o.addr == "" {
			continue
		}
		ln, err := o.open(o.addr)
		if err != nil {
			return fault.Newf(fault.Unavailable, "broker.listen", "消息服务无法监听 %s 地址 %s，可能已被其他程序占用，请停止它或修改配置 broker.%s",
				map[string]string{"tcp": "TCP", "tls": "TCP（TLS）", "quic": "UDP（QUIC）"}[o.kind], o.addr, o.kind).With(err)
		}
		l := newListener(o.kind, ln, log)
		err = b.server.AddListener(l)
		if err != nil {
			return fmt.Errorf("broker: %w", err)
		}
		b.listeners = append(b.listeners, l)
		b.addrs[o.kind] = ln.Addr().String()
	}
	return nil
}

// Local tells whether an address can be reached from this machine alone.
func Local(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// Addr returns where a kind of listener (tcp, tls, quic) is, or "".
func (b *Broker) Addr(kind string) string { return b.addrs[kind] }

// Close ends every connection. mochi counts a client only when it has begun with
// it, and waits for all of them: one that comes meanwhile would be counted while
// it waits already. So one count is ours, until nobody is on the way any more.
func (b *Broker) Close() error {
	go func() {
		for _, l := range b.listeners {
			<-l.shut
			l.served.Wait()
		}
		b.server.Listeners.ClientsWg.Done()
	}()
	return b.server.Close()
}
