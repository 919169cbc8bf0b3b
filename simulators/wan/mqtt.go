package wan

import (
	"bufio"
	"io"
	"math/rand/v2"
	"net"
	"sync"
)

// Odds of mischief for each MQTT PUBLISH that a client sends, from 0 to 1.
type Odds struct {
	Repeat float64 // sent twice, the second time with the DUP flag
	Swap   float64 // kept back and sent after the next PUBLISH
}

// mischief repeats and reorders whole MQTT packets; it never damages one.
type mischief struct {
	mu   sync.Mutex
	rng  *rand.Rand
	odds Odds
}

// ListenMQTT is Listen for MQTT over plain TCP, with repeats and reordering of
// what clients publish. The seed makes a drill repeatable.
func ListenMQTT(listen, target string, seed uint64, odds Odds) (*Link, error) {
	rng := rand.New(rand.NewPCG(seed, seed^0x5ca1ab1e))
	return forward(listen, target, &mischief{rng: rng, odds: odds})
}

// SetOdds changes the mischief for packets from now on.
func (l *Link) SetOdds(o Odds) {
	if l.mqtt == nil {
		return
	}
	l.mqtt.mu.Lock()
	l.mqtt.odds = o
	l.mqtt.mu.Unlock()
}

func (m *mischief) roll() (repeat, swap bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rng.Float64() < m.odds.Repeat, m.rng.Float64() < m.odds.Swap
}

// copy forwards packets from src to dst until either end fails.
func (m *mischief) copy(dst net.Conn, src net.Conn, g *gate) {
	r := bufio.NewReaderSize(src, 64<<10)
	var kept []byte
	for {
		p, err := readPacket(r)
		if err != nil {
			return
		}
		g.wait()
		out := p
		if publish := p[0]>>4 == 3; publish {
			repeat, swap := m.roll()
			if swap && kept == nil {
				kept = p
				continue
			}
			if repeat {
				again := append([]byte(nil), p...)
				again[0] |= 0x08
				out = append(out, again...)
			}
		}
		// Any next packet, a PINGREQ included, releases the one kept back.
		out = append(out, kept...)
		kept = nil
		_, err = dst.Write(out)
		if err != nil {
			return
		}
	}
}

// readPacket reads one MQTT control packet: type byte, remaining length of one
// to four bytes (MQTT 3.1.1, 2.2.3), body.
func readPacket(r *bufio.Reader) ([]byte, error) {
	first, err := r.ReadByte()
	if err != nil {
		return nil, err
	}
	head := []byte{first}
	size, shift := 0, 0
	for {
		b, err := r.ReadByte()
		if err != nil {
			return nil, err
		}
		head = append(head, b)
		size |= int(b&0x7f) << shift
		shift += 7
		if b&0x80 == 0 {
			break
		}
		if shift > 21 {
			return nil, io.ErrUnexpectedEOF
		}
	}
	p := make([]byte, len(head)+size)
	copy(p, head)
	_, err = io.ReadFull(r, p[len(head):])
	return p, err
}
