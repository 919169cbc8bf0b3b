package courier

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/node"
	"huyun.internal/cloud/node/broker"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/link"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/topic"
	"huyun.internal/protocol/wire"
)

const wait = 20 * time.Second

type authority struct {
	root  *sm.SoftKey
	cert  *sm.Certificate
	cloud *sm.SoftKey
}

func (a authority) Issue(key *sm.PublicKey, s sm.Subject, from time.Time, life time.Duration) (*sm.Certificate, error) {
	return sm.Issue(a.root, a.cert, key, s, from, life)
}
func (a authority) NodeRoot() *sm.Certificate { return a.cert }
func (a authority) Cloud() sm.Keeper          { return a.cloud }

type sealer struct{}

func (sealer) Seal(p []byte) ([]byte, error) { return sm.SealGCM(make([]byte, 16), nil, p) }
func (sealer) Open(c []byte) ([]byte, error) { return sm.OpenGCM(make([]byte, 16), nil, c) }

type silence struct{}

func (silence) Record(context.Context, pgx.Tx, string, string, any) error { return nil }

// hall is a cloud with a broker, one courier, and one enrolled node.
type hall struct {
	svc    *node.Service
	broker *broker.Broker
	cloud  *sm.SoftKey
	node   string
	key    *sm.SoftKey
	first  *Courier
}

func newHall(t *testing.T) *hall {
	t.Helper()
	root, err := sm.Generate()
	require.NoError(t, err)
	cert, err := sm.NewAuthority(root, "test", time.Now(), time.Hour)
	require.NoError(t, err)
	h := &hall{}
	h.cloud, err = sm.Generate()
	require.NoError(t, err)
	log := slog.New(slog.DiscardHandler)
	h.svc = &node.Service{
		DB: dbtest.New(t), Audit: silence{}, CA: authority{root, cert, h.cloud}, Orders: node.NewOrders(sealer{}, time.Now),
		Venue:  func(context.Context, db.Q, string) (string, error) { return "分考场", nil },
		Broker: func() wire.Broker { return wire.Broker{} }, Now: time.Now, Log: log,
	}
	h.broker, err = broker.Start(broker.Config{TCP: "127.0.0.1:0", Secret: "s"}, h.svc, log)
	require.NoError(t, err)
	t.Cleanup(func() { _ = h.broker.Close() })
	h.enrol(t, "v-1")
	h.first = h.copy(t, log)
	return h
}

// copy starts one more courier, as another copy of the cloud would.
func (h *hall) copy(t *testing.T, log *slog.Logger) *Courier {
	t.Helper()
	c := New(Config{URL: "tcp://" + h.broker.Addr("tcp"), Username: broker.CloudUser, Password: "s"}, h.svc, h.cloud, clock.System(), log)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	return c
}

func (h *hall) enrol(t *testing.T, venue string) {
	t.Helper()
	var err error
	h.key, err = sm.Generate()
	require.NoError(t, err)
	der, err := sm.NewRequest(h.key, sm.Subject{Node: "new"})
	require.NoError(t, err)
	staff := func(name string) context.Context {
		return auth.With(t.Context(), auth.Actor{
			Username: name, Scope: auth.Scope{All: true}, Perms: auth.NewPerms(node.PermCode, node.PermApprove),
		})
	}
	code, err := h.svc.CreateCode(staff("anna"), venue, "设备")
	require.NoError(t, err)
	require.NoError(t, h.svc.ApproveCode(staff("ben"), code.ID))
	reply, err := h.svc.Enrol(t.Context(), wire.EnrolRequest{Code: code.Code, Request: der})
	require.NoError(t, err)
	h.node = reply.Node
}

// edge is the node's end of the wire, by hand.
type edge struct {
	*hall
	mqtt   mqtt.Client
	frames chan link.Frame
}

func (h *hall) edge(t *testing.T) *edge {
	t.Helper()
	token, err := envelope.NewToken(h.key, h.node, envelope.AudienceMQTT, time.Now().Add(time.Minute))
	require.NoError(t, err)
	e := &edge{hall: h, frames: make(chan link.Frame, 256)}
	e.mqtt = mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + h.broker.Addr("tcp")).SetClientID(h.node).
		SetUsername(h.node).SetPassword(token).SetAutoReconnect(false).SetOrderMatters(false))
	require.NoError(t, settle(e.mqtt.Connect(), wait))
	t.Cleanup(func() { e.mqtt.Disconnect(0) })
	sub := e.mqtt.Subscribe(topic.Down(h.node), 1, func(_ mqtt.Client, m mqtt.Message) {
		plain, err := envelope.Open(h.key, h.cloud.Public(), []byte(m.Topic()), m.Payload())
		if err != nil {
			return
		}
		f, err := link.DecodeFrame(plain)
		if err == nil {
			e.frames <- f
		}
	})
	require.NoError(t, settle(sub, wait))
	return e
}

func (e *edge) publish(t *testing.T, name string, plain []byte) {
	t.Helper()
	sealed, err := envelope.Seal(e.key, e.cloud.Public(), []byte(name), plain)
	require.NoError(t, err)
	require.NoError(t, settle(e.mqtt.Publish(name, 1, false, sealed), wait))
}

func (e *edge) frame(t *testing.T, f link.Frame) {
	t.Helper()
	plain, err := link.EncodeFrame(f)
	require.NoError(t, err)
	e.publish(t, topic.Up(e.node), plain)
}

// until sends again until the wanted frame comes, as a link does.
func until[F link.Frame](t *testing.T, e *edge, send func(), good func(F) bool) F {
	t.Helper()
	deadline := time.After(wait)
	again := time.NewTicker(500 * time.Millisecond)
	defer again.Stop()
	send()
	for {
		select {
		case f := <-e.frames:
			if got, ok := f.(F); ok && good(got) {
				return got
			}
		case <-again.C:
			send()
		case <-deadline:
			require.Fail(t, "no such frame arrived")
		}
	}
}

func (e *edge) batch(t *testing.T, n int) *link.Batch {
	t.Helper()
	pos, recs := journal.Position{}, make([]journal.Record, n)
	for i := range recs {
		recs[i] = journal.Next(pos.Hash, pos.Seq+1, time.Now(), "exam.test", "s-1", []byte(`{}`))
		pos = recs[i].Position()
	}
	cp := journal.Checkpoint{Node: e.node, Lane: journal.LaneExam, Position: pos}
	require.NoError(t, cp.Sign(e.key, time.Now()))
	return &link.Batch{Lane: journal.LaneExam, Session: 7, Records: recs, Checkpoint: cp}
}

func TestBatchIsAnsweredAfterItIsStored(t *testing.T) {
	t.Parallel()
	e := newHall(t).edge(t)
	b := e.batch(t, 50)
	ack := until(t, e, func() { e.frame(t, b) }, func(a *link.Ack) bool { return a.Status == link.StatusOK })
	require.Equal(t, b.Last(), ack.Position())
	var stored int
	require.NoError(t, e.svc.DB.QueryRow(t.Context(), `SELECT count(*) FROM node_record`).Scan(&stored))
	require.Equal(t, 50, stored)
}

func TestFramesAreTakenInTheOrderInWhichTheyCome(t *testing.T) {
	t.Parallel()
	e := newHall(t).edge(t)
	all := e.batch(t, 60)
	pos := journal.Position{}
	for i := range all.Records {
		b := &link.Batch{Lane: all.Lane, Session: 7, Number: uint64(i), Prev: pos, Records: all.Records[i : i+1]}
		pos = all.Records[i].Position()
		b.Checkpoint = journal.Checkpoint{Node: e.node, Lane: all.Lane, Position: pos}
		require.NoError(t, b.Checkpoint.Sign(e.key, time.Now()))
		e.frame(t, b)
	}
	until(t, e, func() {}, func(a *link.Ack) bool {
		require.Equal(t, link.StatusOK, a.Status, "batch %d", a.Number)
		return a.Through == 60
	})
}

func TestTwoCopiesStoreABatchOnce(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.copy(t, slog.New(slog.DiscardHandler))
	e := h.edge(t)
	b := e.batch(t, 200)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() { e.frame(t, b) })
	}
	wg.Wait()
	until(t, e, func() { e.frame(t, b) }, func(a *link.Ack) bool { return a.Through == 200 })
	var stored int
	require.NoError(t, e.svc.DB.QueryRow(t.Context(), `SELECT count(*) FROM node_record`).Scan(&stored))
	require.Equal(t, 200, stored)
}

func TestOrdersReachTheNodeAndItsWordMovesTheMark(t *testing.T) {
	t.Parallel()
	e := newHall(t).edge(t)
	order := func(kind string) {
		require.NoError(t, e.svc.DB.InTx(t.Context(), func(tx pgx.Tx) error {
			return e.svc.Orders.Append(t.Context(), tx, e.node, journal.LaneExam, kind, "s-1", map[string]int{"n": 1})
		}))
	}
	order("first")
	hello := &link.Hello{Session: 9, Ask: true, Lanes: []link.LaneState{{Lane: journal.LaneExam}}}
	got := until(t, e, func() { e.frame(t, hello) }, func(b *link.Batch) bool { return b.Records[0].Kind == "first" })
	verdict := link.Receiver{Node: e.node, Key: e.cloud.Public()}.Judge(journal.Position{}, got, nil)
	require.Equal(t, link.StatusOK, verdict.Ack.Status)
	e.frame(t, verdict.Ack)

	order("second") // arrives by notification, without another greeting
	until(t, e, func() {}, func(b *link.Batch) bool { return b.Records[len(b.Records)-1].Kind == "second" })
	require.Eventually(t, func() bool {
		acked, err := e.svc.Orders.Acked(t.Context(), e.svc.DB, e.node, journal.LaneExam)
		return err == nil && acked == 1
	}, wait, 20*time.Millisecond)
}

func TestGreetingTellsHowFarBothAre(t *testing.T) {
	t.Parallel()
	e := newHall(t).edge(t)
	b := e.batch(t, 3)
	until(t, e, func() { e.frame(t, b) }, func(a *link.Ack) bool { return a.Status == link.StatusOK })
	hello := until(t, e, func() { e.frame(t, &link.Hello{Session: 9, Ask: true}) }, func(h *link.Hello) bool { return h.Echo == 9 })
	require.Equal(t, journal.LaneExam, hello.Lanes[0].Lane)
	require.Equal(t, b.Last(), hello.Lanes[0].Cursor)
}

func TestForgedFramesChangeNothing(t *testing.T) {
	t.Parallel()
	e := newHall(t).edge(t)
	b := e.batch(t, 2)
	plain, err := link.EncodeFrame(b)
	require.NoError(t, err)
	stranger, err := sm.Generate()
	require.NoError(t, err)
	forged, err := envelope.Seal(stranger, e.cloud.Public(), []byte(topic.Up(e.node)), plain)
	require.NoError(t, err)
	misplaced, err := envelope.Seal(e.key, e.cloud.Public(), []byte(topic.Up("other")), plain)
	require.NoError(t, err)
	for _, payload := range [][]byte{forged, misplaced, plain, {}, {1}, make([]byte, 4096)} {
		require.NoError(t, settle(e.mqtt.Publish(topic.Up(e.node), 1, false, payload), wait))
	}
	until(t, e, func() { e.frame(t, &link.Hello{Session: 9, Ask: true}) }, func(h *link.Hello) bool {
		require.Zero(t, h.Lanes[0].Cursor.Seq)
		return h.Echo == 9
	})
}

func TestTelemetryIsKept(t *testing.T) {
	t.Parallel()
	e := newHall(t).edge(t)
	raw, err := json.Marshal(wire.NodeState{Version: "7"})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		e.publish(t, topic.State(e.node), raw)
		var version string
		err := e.svc.DB.QueryRow(t.Context(), `SELECT state->>'version' FROM node_state`).Scan(&version)
		return err == nil && version == "7"
	}, wait, 50*time.Millisecond)
}
