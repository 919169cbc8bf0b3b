package uplink

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/quic-go/quic-go"
)

// alpn is what EMQX and the embedded broker expect of MQTT over QUIC.
const alpn = "mqtt"

// transports lists what the broker offers, the preferred one first.
func (u *Uplink) transports() []string {
	var out []string
	for _, t := range []string{u.cfg.Transport, QUIC, TLS, TCP} {
		if u.address(t) != "" && !contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// address is the broker's host:port for a transport; "" when it is not offered.
func (u *Uplink) address(transport string) string {
	b := u.cfg.Broker
	addr := map[string]string{QUIC: b.QUIC, TLS: b.TLS, TCP: b.TCP}[transport]
	if _, rest, ok := strings.Cut(addr, "://"); ok {
		return rest
	}
	return addr
}

// open makes the connection below MQTT.
func (u *Uplink) open(ctx context.Context, transport string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, u.cfg.DialTimeout)
	defer cancel()
	addr := u.address(transport)
	switch transport {
	case QUIC:
		return u.openQUIC(ctx, addr)
	case TLS:
		conf, err := u.tlsConfig(addr)
		if err != nil {
			return nil, err
		}
		d := tls.Dialer{NetDialer: dialer(), Config: conf}
		return d.DialContext(ctx, "tcp", addr)
	case TCP:
		return dialer().DialContext(ctx, "tcp", addr)
	default:
		return nil, fmt.Errorf("unknown transport %q", transport)
	}
}

// dialer keeps the connection alive below MQTT's own pings, which notice a
// dead line first.
func dialer() *net.Dialer { return &net.Dialer{KeepAlive: 15 * time.Second} }

func (u *Uplink) openQUIC(ctx context.Context, addr string) (net.Conn, error) {
	conf, err := u.tlsConfig(addr)
	if err != nil {
		return nil, err
	}
	conf.NextProtos = []string{alpn}
	conn, err := quic.DialAddr(ctx, addr, conf, u.quicConfig())
	if err != nil {
		return nil, err
	}
	stream, err := conn.OpenStreamSync(ctx)
	if err != nil {
		_ = conn.CloseWithError(0, "")
		return nil, err
	}
	return &quicConn{Stream: stream, conn: conn}, nil
}

// quicConfig keeps NAT state alive (it may go in 30 s). 0-RTT is off because it
// is never asked for: DialAddr, not DialAddrEarly.
func (u *Uplink) quicConfig() *quic.Config {
	return &quic.Config{HandshakeIdleTimeout: u.cfg.DialTimeout, MaxIdleTimeout: 40 * time.Second, KeepAlivePeriod: 12 * time.Second}
}

// quicConn is one bidirectional stream as a net.Conn.
type quicConn struct {
	*quic.Stream
	conn *quic.Conn
}

func (c *quicConn) LocalAddr() net.Addr  { return c.conn.LocalAddr() }
func (c *quicConn) RemoteAddr() net.Addr { return c.conn.RemoteAddr() }

// Close ends reading, writing and the connection; closing a stream alone only
// ends writing.
func (c *quicConn) Close() error {
	c.CancelRead(0)
	err := c.Stream.Close()
	return errors.Join(err, c.conn.CloseWithError(0, ""))
}

// tlsConfig trusts the authority that enrolment named and nothing else, or the
// system's when it named none. Certificates are judged by the cloud's time
// where it is known: a venue's clock may be a day off.
func (u *Uplink) tlsConfig(addr string) (*tls.Config, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	conf := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, Time: u.time.now}
	if len(u.cfg.Broker.Root) > 0 {
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(u.cfg.Broker.Root) {
			return nil, errors.New("the authority's certificate cannot be read")
		}
	}
	return conf, nil
}

// untrusted reports whether a connection failed because the other side is not
// who it should be. Plain TCP must not be the answer to that.
func untrusted(err error) bool {
	var cert *tls.CertificateVerificationError
	var quicErr *quic.TransportError
	return errors.As(err, &cert) || errors.As(err, &quicErr) && quicErr.ErrorCode.IsCryptoError()
}

// hostOf is the host:port of a URL, with the scheme's port when it has none.
func hostOf(raw string) (string, error) {
	p, err := url.Parse(raw)
	if err != nil {
		return "", err
	}
	if p.Port() != "" {
		return p.Host, nil
	}
	return net.JoinHostPort(p.Hostname(), map[string]string{"https": "443", "http": "80"}[p.Scheme]), nil
}
