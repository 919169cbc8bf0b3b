package broker

import (
	"log/slog"
	"net"
	"sync"

	"github.com/mochi-mqtt/server/v2/listeners"
)

// listener serves connections of any net.Listener, each under recover: one
// malformed packet must cost its sender the connection and nobody else.
type listener struct {
	id   string
	ln   net.Listener
	log  *slog.Logger
	once sync.Once
}

func (l *listener) Init(*slog.Logger) error { return nil }
func (l *listener) ID() string              { return l.id }
func (l *listener) Address() string         { return l.ln.Addr().String() }
func (l *listener) Protocol() string        { return l.id }

func (l *listener) Serve(establish listeners.EstablishFn) {
	for {
		conn, err := l.ln.Accept()
		if err != nil {
			return
		}
		go l.serve(conn, establish)
	}
}

func (l *listener) serve(conn net.Conn, establish listeners.EstablishFn) {
	defer func() {
		r := recover()
		if r != nil {
			l.log.Error("broker connection panicked", "listener", l.id, "remote", conn.RemoteAddr().String(), "panic", r)
			_ = conn.Close()
		}
	}()
	err := establish(l.id, conn)
	if err != nil {
		l.log.Debug("broker connection ended", "listener", l.id, "remote", conn.RemoteAddr().String(), "error", err)
	}
}

func (l *listener) Close(closeClients listeners.CloseFn) {
	l.once.Do(func() {
		closeClients(l.id)
		_ = l.ln.Close()
	})
}
