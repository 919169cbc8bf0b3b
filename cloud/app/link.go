package app

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"huyun.internal/cloud/node/broker"
	"huyun.internal/cloud/node/courier"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

// startGateway serves devices over HTTPS, and over HTTP/3 on the same port.
func startGateway(s *System, r *running) error {
	conf := s.Keys.TLS(s.Config.Gateway.Hosts...)
	handler := s.Gateway()
	at, err := r.listen(roleGateway, s.Config.Gateway.Addr, handler, conf)
	if err != nil {
		return err
	}
	err = r.listenHTTP3(at.(*net.TCPAddr), handler, conf)
	if err == nil {
		s.Log.InfoContext(r.ctx, "gateway is at", "url", "https://"+at.String())
	}
	return err
}

// keepAlive keeps a UDP path open through address translation, which may forget
// it after 30 seconds.
const keepAlive = 15 * time.Second

// listenHTTP3 serves the same handler over QUIC. 0-RTT stays off, because it
// can be replayed (RFC 9001, 5.6); the library turns it on unless told.
func (r *running) listenHTTP3(at *net.TCPAddr, h http.Handler, conf *tls.Config) error {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: at.IP, Port: at.Port})
	if err != nil {
		return fault.Newf(fault.Unavailable, "app.listen", "UDP 端口 %d 无法监听，可能已被其他程序占用，请停止它或修改配置", at.Port).With(err)
	}
	srv := &http3.Server{Handler: h, TLSConfig: http3.ConfigureTLSConfig(conf.Clone()), MaxHeaderBytes: headerSize, IdleTimeout: idleTime,
		QUICConfig: &quic.Config{Allow0RTT: false, MaxIdleTimeout: idleTime, KeepAlivePeriod: keepAlive}}
	r.onStop(func(ctx context.Context) error {
		return errors.Join(srv.Shutdown(ctx), conn.Close())
	})
	r.do(roleGateway+"/h3", func(context.Context) error {
		err := srv.Serve(conn)
		if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
			return nil
		}
		return err
	})
	return nil
}

// startLink serves the journals: the broker, if this process carries it, and
// the courier.
func startLink(s *System, r *running) error {
	cfg, err := s.openBroker(r)
	if err != nil {
		return err
	}
	c := courier.New(cfg, s.Node, s.Keys.Cloud(), s.Clock, s.Log)
	r.do(roleLink, c.Run)
	return nil
}

// openBroker starts the broker in process, or describes the server that the
// configuration names.
func (s *System) openBroker(r *running) (courier.Config, error) {
	b := s.Config.Broker
	if b.URL != "" {
		return courier.Config{URL: b.URL, Username: b.Username, Password: b.Password, TLS: s.brokerTrust()}, nil
	}
	secret := make([]byte, 16)
	_, _ = rand.Read(secret)
	cfg := broker.Config{
		TCP: b.TCP, TLS: b.TLS, QUIC: b.QUIC, Cert: s.Keys.TLS(s.Config.Gateway.Hosts...), Secret: hex.EncodeToString(secret),
	}
	running, err := broker.Start(cfg, s.Node, s.Log)
	if err != nil {
		return courier.Config{}, err
	}
	r.onStop(func(context.Context) error { return running.Close() })
	out := courier.Config{Username: broker.CloudUser, Password: cfg.Secret}
	switch {
	case running.Addr("tcp") != "":
		out.URL = "tcp://" + loopback(running.Addr("tcp"))
	case running.Addr("tls") != "":
		out.URL, out.TLS = "ssl://"+loopback(running.Addr("tls")), s.ownTrust()
	default:
		return out, fault.New(fault.Invalid, "app.broker", "内置消息服务至少需要开启 broker.tcp 或 broker.tls 之一")
	}
	return out, nil
}

// plain refuses an address at which passwords would travel in the clear beyond
// this machine, unless the configuration says so. Faults: broker.plain.
func (b Broker) plain() error {
	if b.PlainTCP {
		return nil
	}
	listen, named := b.TCP, ""
	if scheme, at, _ := strings.Cut(b.URL, "://"); b.URL != "" {
		listen = ""
		if slices.Contains([]string{"tcp", "mqtt", "ws"}, scheme) {
			at, _, _ = strings.Cut(at[strings.LastIndex(at, "@")+1:], "/")
			named = at
		}
	}
	for _, a := range []struct{ key, addr, instead string }{
		{"broker.tcp", listen, "只用 127.0.0.1，考场改走 broker.tls 或 broker.quic"},
		{"broker.url", named, "改用 ssl:// 地址"},
		{"broker.public.tcp", b.Public.TCP, "改用 broker.public.tls 或 broker.public.quic"},
	} {
		if a.addr != "" && !broker.Local(a.addr) {
			return fault.Newf(fault.Precondition, "broker.plain", "%s 是明文地址 %s，不只在本机，设备令牌和口令会明文传输；请%s；"+
				"网络本身已加密（如专线加密机）时可设 broker.plain_tcp: true", a.key, a.addr, a.instead)
		}
	}
	return nil
}

// loopback turns a listening address into one that this machine can reach.
func loopback(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	ip := net.ParseIP(host)
	if err != nil || (ip != nil && !ip.IsUnspecified()) {
		return addr
	}
	return net.JoinHostPort("127.0.0.1", port)
}

// loadBrokerRoot reads the authority of a broker that is not the cloud's, at the
// start, so that a wrong file stops the start and not the first device.
func (s *System) loadBrokerRoot() error {
	path := s.Config.Broker.CAFile
	if path == "" {
		return nil
	}
	var err error
	s.brokerRoot, err = os.ReadFile(path)
	if err != nil {
		return fault.Newf(fault.Invalid, "app.config", "读不到消息服务的根证书 %s", path).With(err)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(s.brokerRoot) {
		return fault.Newf(fault.Invalid, "app.config", "文件 %s 中没有可用的证书", path)
	}
	return nil
}

func (s *System) brokerTrust() *tls.Config {
	if s.brokerRoot == nil {
		return s.ownTrust()
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.brokerRoot)
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

func (s *System) ownTrust() *tls.Config {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.Keys.TLSRoot())
	return &tls.Config{RootCAs: pool, ServerName: "localhost", MinVersion: tls.VersionTLS13}
}

// brokerForNodes is what a node is told at enrolment. An address without a
// host means "where you enrolled". It trusts the cloud's authority, for the
// gateway, and the broker's where that is another.
func (s *System) brokerForNodes() wire.Broker {
	b := s.Config.Broker
	root := append(slices.Clone(s.Keys.TLSRoot()), s.brokerRoot...)
	out := wire.Broker{TCP: b.Public.TCP, TLS: b.Public.TLS, QUIC: b.Public.QUIC, Root: root}
	if b.URL != "" {
		return out
	}
	fill := func(public *string, listen string) {
		if *public == "" && listen != "" {
			*public = listen
		}
	}
	fill(&out.TLS, b.TLS)
	fill(&out.QUIC, b.QUIC)
	if !broker.Local(b.TCP) {
		fill(&out.TCP, b.TCP) // a broker open to this machine alone is nobody else's business
	}
	return out
}
