// Package wan is a bad network between two programs, in user space: it stands
// between an edge and the cloud in drills and browser tests and can hold, cut,
// repeat and reorder what passes. It knows nothing of Huyun.
//
// A partition of a real network loses packets and TCP sends them again when it
// heals; for the two programs that looks like bytes that arrive late. Hold
// does exactly that. Cut resets connections as a failed router does.
package wan

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
)

// Link is one forwarded TCP address.
type Link struct {
	ln      net.Listener
	target  atomic.Pointer[string]
	up      gate // client to server
	down    gate // server to client
	refuse  atomic.Bool
	mqtt    *mischief
	mu      sync.Mutex
	conns   map[net.Conn]struct{}
	closing bool
}

// Listen forwards TCP from listen (such as 127.0.0.1:0) to target.
func Listen(listen, target string) (*Link, error) {
	return forward(listen, target, nil)
}

func forward(listen, target string, m *mischief) (*Link, error) {
	ln, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, err
	}
	l := &Link{ln: ln, mqtt: m, conns: map[net.Conn]struct{}{}}
	l.Retarget(target)
	l.up.init()
	l.down.init()
	go l.accept()
	return l, nil
}

// Addr is where clients connect.
func (l *Link) Addr() string { return l.ln.Addr().String() }

// Retarget sends connections made from now on elsewhere.
func (l *Link) Retarget(target string) { l.target.Store(&target) }

// HoldUp stops or resumes the flow from clients to the server.
func (l *Link) HoldUp(hold bool) { l.up.set(hold) }

// HoldDown stops or resumes the flow from the server to clients.
func (l *Link) HoldDown(hold bool) { l.down.set(hold) }

// Hold stops or resumes both directions.
func (l *Link) Hold(hold bool) {
	l.HoldUp(hold)
	l.HoldDown(hold)
}

// Cut resets every connection and refuses new ones until Heal.
func (l *Link) Cut() {
	l.refuse.Store(true)
	l.reset()
}

// Heal accepts connections again and lets everything flow.
func (l *Link) Heal() {
	l.refuse.Store(false)
	l.Hold(false)
}

// Close stops forwarding for good.
func (l *Link) Close() error {
	l.mu.Lock()
	l.closing = true
	l.mu.Unlock()
	err := l.ln.Close()
	l.Hold(false)
	l.reset()
	return err
}

func (l *Link) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		if t, ok := c.(*net.TCPConn); ok {
			_ = t.SetLinger(0) // RST, not FIN: the peer sees a failure at once
		}
		_ = c.Close()
	}
}

func (l *Link) accept() {
	for {
		c, err := l.ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		if l.refuse.Load() {
			_ = c.Close()
			continue
		}
		go l.serve(c)
	}
}

func (l *Link) serve(client net.Conn) {
	server, err := net.Dial("tcp", *l.target.Load())
	if err != nil {
		_ = client.Close()
		return
	}
	if !l.track(client, server) {
		return
	}
	defer l.untrack(client, server)
	done := make(chan struct{}, 2)
	go func() {
		if l.mqtt != nil {
			l.mqtt.copy(server, client, &l.up)
		} else {
			l.up.copy(server, client)
		}
		done <- struct{}{}
	}()
	go func() {
		l.down.copy(client, server)
		done <- struct{}{}
	}()
	<-done
}

func (l *Link) track(cs ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range cs {
		if l.closing || l.refuse.Load() {
			for _, c := range cs {
				_ = c.Close()
			}
			return false
		}
		l.conns[c] = struct{}{}
	}
	return true
}

func (l *Link) untrack(cs ...net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range cs {
		_ = c.Close()
		delete(l.conns, c)
	}
}

// gate is one direction that can be held.
type gate struct {
	mu   sync.Mutex
	cond *sync.Cond
	held bool
}

func (g *gate) init() { g.cond = sync.NewCond(&g.mu) }

func (g *gate) set(held bool) {
	g.mu.Lock()
	g.held = held
	g.mu.Unlock()
	g.cond.Broadcast()
}

// wait blocks while the direction is held.
func (g *gate) wait() {
	g.mu.Lock()
	for g.held {
		g.cond.Wait()
	}
	g.mu.Unlock()
}

func (g *gate) copy(dst io.Writer, src io.Reader) {
	buf := make([]byte, 32<<10)
	for {
		n, err := src.Read(buf)
		if n > 0 {
			g.wait()
			_, werr := dst.Write(buf[:n])
			if werr != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
