package broker

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"github.com/quic-go/quic-go"
)

// ALPN of MQTT over QUIC, one bidirectional stream a client, as EMQX does.
const alpn = "mqtt"

// firstStream is how long a new QUIC connection may take to open its stream.
const firstStream = 10 * time.Second

// quicListener hands out the first stream of each QUIC connection as a
// net.Conn. 0-RTT stays off: it can be replayed (RFC 9001, 5.6).
type quicListener struct {
	ln    *quic.Listener
	conns chan net.Conn
	ctx   context.Context //nolint:containedctx // the listener's own life
	stop  context.CancelFunc
}

func listenQUIC(addr string, cert *tls.Config) (net.Listener, error) {
	conf := cert.Clone()
	conf.NextProtos = []string{alpn}
	// A NAT may forget an idle flow in 30 s; half of that keeps it.
	ln, err := quic.ListenAddr(addr, conf, &quic.Config{
		MaxIdleTimeout: 45 * time.Second, KeepAlivePeriod: 15 * time.Second, MaxIncomingStreams: 1,
	})
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	l := &quicListener{ln: ln, conns: make(chan net.Conn), ctx: ctx, stop: stop}
	go l.accept()
	return l, nil
}

func (l *quicListener) accept() {
	for {
		conn, err := l.ln.Accept(l.ctx)
		if err != nil {
			l.stop()
			return
		}
		go l.first(conn)
	}
}

func (l *quicListener) first(conn *quic.Conn) {
	ctx, cancel := context.WithTimeout(l.ctx, firstStream)
	defer cancel()
	stream, err := conn.AcceptStream(ctx)
	if err != nil {
		_ = conn.CloseWithError(0, "no stream")
		return
	}
	select {
	case l.conns <- &quicConn{Stream: stream, conn: conn}:
	case <-l.ctx.Done():
		_ = conn.CloseWithError(0, "closing")
	}
}

func (l *quicListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.ctx.Done():
		return nil, net.ErrClosed
	}
}

func (l *quicListener) Addr() net.Addr { return l.ln.Addr() }

func (l *quicListener) Close() error {
	l.stop()
	return l.ln.Close()
}

// quicConn is one stream as a net.Conn; closing it closes the connection.
type quicConn struct {
	*quic.Stream
	conn *quic.Conn
}

func (c *quicConn) LocalAddr() net.Addr  { return c.conn.LocalAddr() }
func (c *quicConn) RemoteAddr() net.Addr { return c.conn.RemoteAddr() }

func (c *quicConn) Close() error {
	c.CancelRead(0)
	_ = c.Stream.Close()
	return c.conn.CloseWithError(0, "")
}
