package uplink_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/store"
	"huyun.internal/edge/uplink"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/topic"
	"huyun.internal/protocol/wire"
)

func TestRecordsGoUpAndOrdersComeDown(t *testing.T) {
	t.Parallel()
	for _, transport := range []string{uplink.TCP, uplink.TLS, uplink.QUIC} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			ln := tcp(t)
			switch transport {
			case uplink.TCP:
				s.cfg.Broker.TCP = ln.Addr().String()
				s.cloud.listen(ln)
			case uplink.TLS:
				s.cfg.Broker.TLS = "tls://" + ln.Addr().String()
				s.cloud.listen(tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{s.cloud.cert}}))
			case uplink.QUIC:
				conn := udp(t)
				s.cfg.Broker.QUIC = conn.LocalAddr().String()
				s.cloud.listen(s.cloud.listenQUIC(conn))
			}
			s.append(t, journal.LaneExam, 20)
			got := make(chan wire.Order, 10)
			s.run(t, func(_ context.Context, tx *store.Tx, o wire.Order) error {
				tx.Put("orders", o.Kind, o.Body)
				got <- o
				return nil
			})
			s.arrived(t, journal.LaneExam, 20)
			s.append(t, journal.LaneExam, 5)
			s.append(t, journal.LaneRest, 3)
			s.arrived(t, journal.LaneExam, 25)
			s.arrived(t, journal.LaneRest, 3)

			s.cloud.order(journal.LaneExam, wire.OrderMessage, `{"id":"m1"}`)
			o := <-got
			require.Equal(t, wire.OrderMessage, o.Kind)
			require.Equal(t, "s1", o.Subject)
			require.JSONEq(t, `{"id":"m1"}`, string(o.Body))
			require.Eventually(t, func() bool { return s.cloud.confirmed(journal.LaneExam) == 1 }, patient, soon)

			st := s.Status()
			require.True(t, st.Connected)
			require.Equal(t, transport, st.Transport)
			require.Zero(t, st.Unacked)
			require.Zero(t, st.OldestAge)
			require.Eventually(t, func() (ok bool) { s.cloud.with(func() { ok = s.cloud.states > 0 }); return ok }, patient, soon, "telemetry")
		})
	}
}

func TestAnOutageDelaysAndLosesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ln := tcp(t)
	addr := ln.Addr().String()
	s.cfg.Broker.TCP = addr
	s.cloud.listen(ln)
	s.run(t, nil)
	s.append(t, journal.LaneExam, 10)
	s.arrived(t, journal.LaneExam, 10)
	for round := range 3 {
		s.cloud.stop()
		require.Eventually(t, func() bool { return !s.Status().Connected }, patient, soon)
		s.append(t, journal.LaneExam, 300)
		st := s.Status()
		require.Equal(t, uint64(300), st.Unacked)
		require.Positive(t, st.OldestAge)
		ln, err := net.Listen("tcp", addr)
		require.NoError(t, err)
		s.cloud.listen(ln) // a broker that has forgotten everything
		s.arrived(t, journal.LaneExam, uint64(10+300*(round+1)))
	}
}

func TestOnlyTheCloudsAnswerCounts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ln := tcp(t)
	s.cfg.Broker.TCP = ln.Addr().String()
	s.cloud.mute = true
	s.cfg.Heartbeat = 300 * time.Millisecond
	s.cloud.listen(ln)
	s.run(t, nil)
	s.append(t, journal.LaneExam, 5)
	require.Eventually(t, func() bool { return s.cloud.cursor(journal.LaneExam) == 5 }, patient, soon)
	require.Zero(t, s.store.Acked(journal.LaneExam).Seq, "the broker has acknowledged, the cloud has not")
	s.cloud.with(func() { s.cloud.mute = false })
	s.arrived(t, journal.LaneExam, 5)
}

func TestStrangersAreNotHeard(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	stranger := newCloud(t, s.key.Public())
	ln := tcp(t)
	s.cfg.Broker.TCP = ln.Addr().String()
	s.cloud.listen(ln)
	s.run(t, func(context.Context, *store.Tx, wire.Order) error {
		t.Error("a stranger's order was applied")
		return nil
	})
	s.append(t, journal.LaneExam, 1)
	s.arrived(t, journal.LaneExam, 1)
	stranger.broker = s.cloud.broker
	stranger.order(journal.LaneExam, "evil", `{}`)
	require.NoError(t, s.cloud.broker.Publish(topic.Down(node), []byte("garbage"), false, 1))
	require.Eventually(t, func() bool { return s.Status().BadFrames == 2 }, patient, soon)
	s.append(t, journal.LaneExam, 1)
	s.arrived(t, journal.LaneExam, 2)
}

func TestAClientThatGetsNoAnswerIsReplaced(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ln := tcp(t)
	s.cfg.Broker.TCP = ln.Addr().String()
	s.cfg.Silence, s.cfg.Heartbeat = 400*time.Millisecond, 100*time.Millisecond
	s.cloud.listen(ln)
	s.run(t, nil)
	s.append(t, journal.LaneExam, 1)
	s.arrived(t, journal.LaneExam, 1)
	first := s.Status().Since
	s.cloud.with(func() { s.cloud.deaf = true })
	s.append(t, journal.LaneExam, 50)
	require.Eventually(t, func() bool { return s.Status().Since.After(first) }, patient, soon)
	require.Contains(t, s.Status().LastError, "does not answer")
	s.cloud.with(func() { s.cloud.deaf = false })
	s.arrived(t, journal.LaneExam, 51)
}

func TestQUICFallsBackAndComesBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	hole, ln := udp(t), tcp(t) // the hole never answers, as a firewall does not
	s.cfg.Broker.QUIC, s.cfg.Broker.TLS = hole.LocalAddr().String(), ln.Addr().String()
	s.cfg.DialTimeout, s.cfg.Return = time.Second, 300*time.Millisecond
	s.cloud.listen(tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{s.cloud.cert}}))
	began := time.Now()
	s.run(t, nil)
	s.append(t, journal.LaneExam, 5)
	s.arrived(t, journal.LaneExam, 5)
	require.Equal(t, uplink.TLS, s.Status().Transport)
	require.Less(t, time.Since(began), 10*time.Second)

	qln := s.cloud.listenQUIC(hole)
	s.cloud.mu.Lock()
	b := s.cloud.broker
	s.cloud.mu.Unlock()
	go func() {
		for {
			conn, err := qln.Accept()
			if err != nil {
				return
			}
			go func() { _ = b.EstablishConnection("q", conn) }()
		}
	}()
	t.Cleanup(func() { _ = qln.Close() })
	require.Eventually(t, func() bool { st := s.Status(); return st.Connected && st.Transport == uplink.QUIC }, patient, soon, "%+v", s.Status())
	s.append(t, journal.LaneExam, 5)
	s.arrived(t, journal.LaneExam, 10)
}

func TestAFalseCloudIsNotTalkedToInClear(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	other, _ := selfSigned(t)
	tlsLn, plain := tcp(t), tcp(t)
	s.cfg.Broker.TLS, s.cfg.Broker.TCP = tlsLn.Addr().String(), plain.Addr().String()
	touched := make(chan struct{})
	go func() {
		if conn, err := plain.Accept(); err == nil {
			_ = conn.Close()
			close(touched)
		}
	}()
	s.cloud.listen(tls.NewListener(tlsLn, &tls.Config{Certificates: []tls.Certificate{other}}))
	s.run(t, nil)
	require.Eventually(t, func() bool { return s.Status().Attempts >= 3 }, patient, soon)
	select {
	case <-touched:
		t.Fatal("fell back to plain TCP")
	default:
	}
	require.False(t, s.Status().Connected)
	_ = plain.Close()
}

func TestAnOrderThatFailsIsPutAside(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ln := tcp(t)
	s.cfg.Broker.TCP = ln.Addr().String()
	s.cloud.listen(ln)
	var mu sync.Mutex
	var seen []string
	s.run(t, func(_ context.Context, tx *store.Tx, o wire.Order) error {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, o.Kind)
		tx.Put("orders", o.Kind, []byte("1"))
		switch o.Kind {
		case "bad":
			return fault.Preconditionf("exam.pack.version", "版本过低")
		case "panics":
			panic("boom")
		case "unknown":
			return errors.New("boom")
		}
		return nil
	})
	for _, kind := range []string{"good", "bad", "panics", "unknown", "better"} {
		s.cloud.order(journal.LaneExam, kind, `{"a":1}`)
	}
	require.Eventually(t, func() bool { return s.cloud.confirmed(journal.LaneExam) == 5 }, patient, soon)
	var applied []string
	require.NoError(t, s.store.View(func(r store.Reader) error {
		return r.Scan("orders", "", func(k string, _ []byte) error { applied = append(applied, k); return nil })
	}))
	require.Equal(t, []string{"better", "good"}, applied, "nothing of a failed order stays")
	dead, err := s.DeadLetters()
	require.NoError(t, err)
	require.Len(t, dead, 3)
	require.Equal(t, []string{"exam.pack.version", "store.update.panic", "internal"}, []string{dead[0].Code, dead[1].Code, dead[2].Code})
	require.Equal(t, "bad", dead[0].Order.Kind)
	mu.Lock()
	require.Equal(t, []string{"good", "bad", "panics", "unknown", "better"}, seen, "each once, in order")
	mu.Unlock()

	s.cloud.with(func() { s.cloud.sender[journal.LaneExam].Reset() })
	s.cloud.order(journal.LaneExam, "last", `{}`)
	require.Eventually(t, func() bool { return s.cloud.confirmed(journal.LaneExam) == 6 }, patient, soon)
}

// relay passes a TCP connection on until it is told to do something worse.
type relay struct {
	ln     net.Listener
	target string
	mu     sync.Mutex
	frozen bool
	conns  []net.Conn
}

func newRelay(t *testing.T, target string) *relay {
	r := &relay{ln: tcp(t), target: target}
	go func() {
		for {
			in, err := r.ln.Accept()
			if err != nil {
				return
			}
			go r.pass(in)
		}
	}()
	t.Cleanup(func() { _ = r.ln.Close(); r.cut() })
	return r
}

func (r *relay) pass(in net.Conn) {
	out, err := net.Dial("tcp", r.target)
	if err != nil {
		_ = in.Close()
		return
	}
	r.mu.Lock()
	r.conns = append(r.conns, in, out)
	r.mu.Unlock()
	go r.copy(out, in)
	r.copy(in, out)
}

func (r *relay) copy(dst io.Writer, src io.Reader) {
	buf := make([]byte, 32<<10)
	for {
		n, err := src.Read(buf)
		if err != nil {
			return
		}
		r.mu.Lock()
		frozen := r.frozen
		r.mu.Unlock()
		if !frozen {
			_, _ = dst.Write(buf[:n])
		}
	}
}

func (r *relay) freeze(on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.frozen = on
}

func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.conns {
		_ = c.Close()
	}
	r.conns = nil
}

func TestCutsAndHalfOpenLines(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ln := tcp(t)
	r := newRelay(t, ln.Addr().String())
	s.cfg.Broker.TCP = r.ln.Addr().String()
	s.cfg.Silence, s.cfg.Heartbeat = time.Second, 300*time.Millisecond
	s.cloud.listen(ln)
	s.run(t, func(_ context.Context, tx *store.Tx, o wire.Order) error {
		var n int
		if err := json.Unmarshal(o.Body, &n); err != nil {
			return err
		}
		key := fmt.Sprint(n)
		if tx.Get("once", key) != nil {
			return errors.New("twice")
		}
		tx.Put("once", key, []byte("1"))
		return nil
	})
	total := uint64(0)
	for round := range 8 {
		s.append(t, journal.LaneExam, 40)
		total += 40
		for i := range 10 {
			s.cloud.order(journal.LaneExam, "k", fmt.Sprint(round*10+i))
		}
		if round%2 == 0 {
			r.cut()
		} else {
			require.Eventually(t, func() bool { return s.Status().Connected }, patient, soon)
			r.freeze(true)
			s.append(t, journal.LaneExam, 10)
			total += 10
			require.Eventually(t, func() bool { return !s.Status().Connected }, patient, soon, "a half-open line is noticed")
			r.freeze(false)
		}
	}
	s.arrived(t, journal.LaneExam, total)
	require.Eventually(t, func() bool { return s.cloud.confirmed(journal.LaneExam) == 80 }, patient, soon)
	dead, err := s.DeadLetters()
	require.NoError(t, err)
	require.Empty(t, dead, "no order came twice")
}

func TestARestartGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ln := tcp(t)
	s.cfg.Broker.TCP = ln.Addr().String()
	s.cloud.listen(ln)
	for round := range 4 {
		s.append(t, journal.LaneExam, 30)
		s.run(t, nil)
		s.arrived(t, journal.LaneExam, uint64(30*(round+1)))
		s.stop()
	}
}
