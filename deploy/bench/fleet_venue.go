package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"huyun.internal/deploy/stack"
	"huyun.internal/edge/store"
	"huyun.internal/edge/uplink"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// branch is one venue of the fleet: the real store and the real uplink under a
// key and a certificate of its own. What happens in its rooms is written by
// fleet_exam.go instead of by terminals.
type branch struct {
	stack.Place
	node    string
	sitting string
	st      *store.Store
	up      *uplink.Uplink

	mu      sync.Mutex
	written map[string][]time.Time // lane: when record n+1 was begun to be written
	checks  []time.Time            // of these, verifications, which the board counts
	saves   int                    // answers so far
	audits  uint64
	counts  map[string]int // records by kind
}

// entry is one record on its way into a journal.
type entry struct {
	kind string
	body any
}

// A venue tells its state and greets five times as often as in production, as
// its day goes by faster; the limit for the centre's word that it is there
// shrinks with it (fleetContact).
const (
	fleetHeartbeat = 3 * time.Second
	fleetContact   = 3 * fleetHeartbeat
)

// found makes a device of a place: a key, a request, a certificate in return,
// over the gateway's HTTPS, from an address of its own as venues have.
func found(ctx context.Context, dir string, sys *stack.Stack, p stack.Place, i int) (b *branch, err error) {
	b = &branch{Place: p, sitting: fmt.Sprintf("fleet-%02d", i), written: map[string][]time.Time{}, counts: map[string]int{}}
	key, err := sm.Generate()
	if err != nil {
		return nil, err
	}
	gateway := fmt.Sprintf("https://127.0.0.1:%d", sys.Ports.Gateway)
	reply, err := enrolled(ctx, gateway, filepath.Join(sys.CloudData(), "keys", "tls-ca.pem"), key, p.Code, i)
	if err != nil {
		return nil, err
	}
	b.node = reply.Node
	cloud, err := sm.ParsePublicKey(reply.Cloud)
	if err != nil {
		return nil, err
	}
	home := filepath.Join(dir, b.sitting)
	err = store.Create(home, store.Identity{Node: b.node})
	if err != nil {
		return nil, err
	}
	b.st, err = store.Open(home, store.Options{Node: b.node, Reserve: 1 << 20})
	if err != nil {
		return nil, err
	}
	b.up, err = uplink.New(uplink.Config{
		Node: b.node, CloudURL: gateway, Broker: reply.Broker, Transport: uplink.TLS, Cloud: cloud,
		State: b.state, StateEvery: fleetHeartbeat, Heartbeat: fleetHeartbeat,
	}, b.st, key)
	if err != nil {
		return nil, errors.Join(err, b.st.Close())
	}
	b.up.OnOrder(func(context.Context, *store.Tx, wire.Order) error { return nil }) // taken, as a venue would
	return b, nil
}

// enrolled uses a one-time code. One address may try ten codes a minute.
func enrolled(ctx context.Context, gateway, root string, key *sm.SoftKey, code string, i int) (reply wire.EnrolReply, err error) {
	request, err := sm.NewRequest(key, sm.Subject{Node: "new"})
	if err != nil {
		return reply, err
	}
	pem, err := os.ReadFile(root)
	if err != nil {
		return reply, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+i))}}
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		DialContext: from.DialContext, TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true,
	}}
	raw, err := json.Marshal(wire.EnrolRequest{Code: code, Request: request, Version: "bench", Host: "bench"})
	if err != nil {
		return reply, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, gateway+"/node/v1/enrol", bytes.NewReader(raw))
	if err != nil {
		return reply, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return reply, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("enrolment: %s %s", resp.Status, answer)
	}
	if err != nil {
		return reply, err
	}
	return reply, json.Unmarshal(answer, &reply)
}

// write appends entries in one transaction and notes when that began.
func (b *branch) write(ctx context.Context, lane string, entries ...entry) error {
	begun := time.Now()
	err := b.st.Update(ctx, func(tx *store.Tx) error {
		for _, e := range entries {
			_, err := tx.Append(lane, e.kind, b.sitting, e.body)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range entries {
		b.written[lane] = append(b.written[lane], begun)
		b.counts[e.kind]++
		if e.kind == wire.KindVerification {
			b.checks = append(b.checks, begun)
		}
	}
	return nil
}

// begun is when record seq was begun to be written, false when it never was.
func (b *branch) begun(lane string, seq uint64) (time.Time, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if seq == 0 || seq > uint64(len(b.written[lane])) {
		return time.Time{}, false
	}
	return b.written[lane][seq-1], true
}

// head is how many records a lane has.
func (b *branch) head(lane string) uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return uint64(len(b.written[lane]))
}

// unseen is since when there is a verification that a board with so many does
// not show; the zero time when there is none.
func (b *branch) unseen(shown int) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if shown >= len(b.checks) {
		return time.Time{}
	}
	return b.checks[shown]
}

// state is a venue's telemetry, made of the same sources as the edge's own.
func (b *branch) state() wire.NodeState {
	st := b.up.Status()
	out := wire.NodeState{
		Version: "bench", At: time.Now(), DiskFree: 1 << 38, DiskTotal: 1 << 39, Transport: st.Transport, OldestAge: st.OldestAge,
		Sitting: b.sitting, Seats: map[string]int{"answering": fleetPeople}, Heads: map[string]uint64{}, Acked: map[string]uint64{},
	}
	for _, lane := range journal.Lanes() {
		out.Heads[lane], out.Acked[lane] = st.Lanes[lane].Head, st.Lanes[lane].Acked
	}
	return out
}
