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
	shut chan struct{} // closed when Close was called

	mu     sync.Mutex
	conns  map[net.Conn]struct{} // nil once shut
	served sync.WaitGroup
}

func newListener(id string, ln net.Listener, log *slog.Logger) *listener {
	return &listener{id: id, ln: ln, log: log, shut: make(chan struct{}), conns: map[net.Conn]struct{}{}}
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
		if l.take(conn) {
			go l.serve(conn, establish)
		}
	}
}

// take counts a connection in, unless the listener has shut meanwhile.
func (l *listener) take(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conns == nil {
		_ = conn.Close()
		return false
	}
	l.conns[conn] = struct{}{}
	l.served.Add(1)
	return true
}

func (l *listener) forget(conn net.Conn) {
	l.mu.Lock()
	delete(l.conns, conn)
	l.mu.Unlock()
	l.served.Done()
}

func (l *listener) serve(conn net.Conn, establish listeners.EstablishFn) {
	defer l.forget(conn)
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

// Close ends the connections, clients' or not yet. It does not ask mochi to: its
// list of clients is read under a lock that it takes twice, and a client that
// comes or goes between the two leaves everybody waiting for ever.
func (l *listener) Close(listeners.CloseFn) {
	l.mu.Lock()
	conns := l.conns
	l.conns = nil
	l.mu.Unlock()
	if conns == nil {
		return
	}
	_ = l.ln.Close()
	for conn := range conns {
		_ = conn.Close()
	}
	close(l.shut)
}
