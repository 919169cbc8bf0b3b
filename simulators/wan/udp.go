package wan

import (
	"net"
	"sync"
	"sync/atomic"
)

// UDPLink forwards datagrams, each client through a socket of its own. While
// held it loses them, as a partition does.
type UDPLink struct {
	conn   *net.UDPConn
	target *net.UDPAddr
	held   atomic.Bool
	mu     sync.Mutex
	peers  map[string]*net.UDPConn
}

// ListenUDP forwards UDP from listen to target.
func ListenUDP(listen, target string) (*UDPLink, error) {
	la, err := net.ResolveUDPAddr("udp", listen)
	if err != nil {
		return nil, err
	}
	ta, err := net.ResolveUDPAddr("udp", target)
	if err != nil {
		return nil, err
	}
	conn, err := net.ListenUDP("udp", la)
	if err != nil {
		return nil, err
	}
	l := &UDPLink{conn: conn, target: ta, peers: map[string]*net.UDPConn{}}
	go l.serve()
	return l, nil
}

// Addr is where clients send to.
func (l *UDPLink) Addr() string { return l.conn.LocalAddr().String() }

// Hold loses every datagram while true.
func (l *UDPLink) Hold(hold bool) { l.held.Store(hold) }

// Close stops forwarding.
func (l *UDPLink) Close() error {
	err := l.conn.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.peers {
		_ = p.Close()
	}
	return err
}

func (l *UDPLink) serve() {
	buf := make([]byte, 64<<10)
	for {
		n, from, err := l.conn.ReadFromUDP(buf)
		if err != nil {
			return
		}
		if l.held.Load() {
			continue
		}
		peer, err := l.peer(from)
		if err != nil {
			continue
		}
		_, _ = peer.Write(buf[:n])
	}
}

func (l *UDPLink) peer(from *net.UDPAddr) (*net.UDPConn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.peers[from.String()]; p != nil {
		return p, nil
	}
	p, err := net.DialUDP("udp", nil, l.target)
	if err != nil {
		return nil, err
	}
	l.peers[from.String()] = p
	go l.back(p, from)
	return p, nil
}

func (l *UDPLink) back(p *net.UDPConn, to *net.UDPAddr) {
	buf := make([]byte, 64<<10)
	for {
		n, err := p.Read(buf)
		if err != nil {
			return
		}
		if !l.held.Load() {
			_, _ = l.conn.WriteToUDP(buf[:n], to)
		}
	}
}
