// Package complaint tries what users of comparable systems have complained
// about, where one tier alone cannot show it: the real store and uplink of a
// venue, a network in between that can be made to misbehave, the cloud's real
// broker, courier and sittings on a real PostgreSQL. Which complaint is shown
// where: ../complaints.md.
package complaint

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/keys/keystest"
	"huyun.internal/cloud/node"
	"huyun.internal/cloud/node/broker"
	"huyun.internal/cloud/node/courier"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/store"
	"huyun.internal/edge/uplink"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
	"huyun.internal/simulators/wan"
)

const (
	patient = time.Minute
	soon    = 5 * time.Millisecond
)

// line is a venue and the centre with a network between them.
type line struct {
	t     *testing.T
	clock clock.Clock
	db    *db.DB
	nodes *node.Service
	cloud *sm.PublicKey
	wan   *wan.Link

	key   *sm.SoftKey
	store *store.Store
	up    *uplink.Uplink

	mu    sync.Mutex
	taken func(recs []journal.Record) error // asked before a batch gets its meaning; may be nil
}

// newLine has a venue whose store is empty. With a house, the venue is that.
func newLine(t *testing.T, clk clock.Clock, h *apptest.House) *line {
	t.Helper()
	l := &line{t: t, clock: clk, db: dbtest.New(t)}
	log := slog.New(slog.DiscardHandler)
	ring := keystest.New(t)
	l.cloud = ring.Cloud().Public()
	trail := audit.New(l.db, ring, clk, filepath.Join(t.TempDir(), "anchors"))
	orders := node.NewOrders(ring, clk.Now)
	l.nodes = &node.Service{DB: l.db, Audit: trail, CA: ring, Orders: orders, Now: clk.Now, Log: log}
	sittings := sitting.New(sitting.Parts{DB: l.db, Keys: ring, Audit: trail, Clock: clk, Orders: orders, Nodes: l.nodes})
	l.nodes.Appliers = []node.Applier{tap{l}, sittings}
	const secret = "complaint"
	b, err := broker.Start(broker.Config{TCP: "127.0.0.1:0", Secret: secret}, l.nodes, log)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	carrier := courier.New(courier.Config{URL: "tcp://" + b.Addr("tcp"), Username: broker.CloudUser, Password: secret}, l.nodes, ring.Cloud(), clk, log)
	background(t, carrier.Run)
	l.wan, err = wan.Listen("127.0.0.1:0", b.Addr("tcp"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.wan.Close() })
	if h != nil {
		l.key, l.store = h.Device, h.Store
	} else {
		l.open()
	}
	l.schedule()
	return l
}

func (l *line) open() {
	var err error
	l.key, err = sm.Generate()
	require.NoError(l.t, err)
	dir := l.t.TempDir()
	require.NoError(l.t, store.Create(dir, store.Identity{Node: apptest.Node}))
	l.store, err = store.Open(dir, store.Options{Node: apptest.Node, Clock: l.clock, Ballast: -1, Reserve: 1 << 20})
	require.NoError(l.t, err)
	l.t.Cleanup(func() { require.NoError(l.t, l.store.Close()) })
}

// background runs something until the test ends.
func background(t *testing.T, run func(context.Context) error) {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = run(ctx) }() // it ends with ctx
	t.Cleanup(func() { stop(); <-ended })
}

// schedule makes the sitting and the device known to the centre. What a sitting
// stands on (rule, rooms) takes no part, so foreign keys are not looked at.
func (l *line) schedule() {
	now := l.clock.Now()
	err := l.db.InTx(l.t.Context(), func(tx pgx.Tx) error {
		for _, sql := range []string{
			`SET LOCAL session_replication_role = replica`,
			`INSERT INTO exam_rule (id, version, name, category, subject, body, saved_by, saved_name, saved_at)
				VALUES ('r', 1, 'r', '09002', 's', '{}', 'x', 'x', now())`,
			`INSERT INTO exam_venue (id, code, name, district, address, state, created_at, changed_at)
				VALUES ('` + apptest.VenueID + `', '101', '测试考场', 'x', 'x', 'READY', now(), now())`,
		} {
			_, err := tx.Exec(l.t.Context(), sql)
			if err != nil {
				return err
			}
		}
		_, err := tx.Exec(l.t.Context(), `INSERT INTO exam_sitting (id, number, title, venue, room, category, subject, rule, rule_version,
			starts_at, minutes, state, created_by, created_at, state_at)
			VALUES ($1, 'C1', 't', $2, '1', '09002', 's', 'r', 1, $3, 90, 'RELEASED', 'x', $3, $3)`, apptest.Sitting, apptest.VenueID, now)
		if err != nil {
			return err
		}
		_, err = tx.Exec(l.t.Context(), `INSERT INTO node (id, venue, name, state, public_key, certificate, not_after, enrolled_at, changed_at)
			VALUES ($1, $2, $1, 'ACTIVE', $3, '', $4, $5, $5)`, apptest.Node, apptest.VenueID, l.key.Public().DER(), now.AddDate(1, 0, 0), now)
		return err
	})
	require.NoError(l.t, err)
}

// connect lets the venue's uplink run.
func (l *line) connect() {
	l.t.Helper()
	var err error
	l.up, err = uplink.New(uplink.Config{
		Node: apptest.Node, Broker: wire.Broker{TCP: l.wan.Addr()}, Transport: uplink.TCP, Cloud: l.cloud, Clock: l.clock,
		DialTimeout: 2 * time.Second, MaxBackoff: 500 * time.Millisecond, Heartbeat: 300 * time.Millisecond, Silence: 2 * time.Second,
	}, l.store, l.key)
	require.NoError(l.t, err)
	background(l.t, l.up.Run)
}

// answers appends so many saves of one attempt in one transaction, whose first
// is number from; every one has an item of its own.
func (l *line) answers(from, n int) {
	l.t.Helper()
	require.NoError(l.t, l.store.Update(l.t.Context(), func(tx *store.Tx) error {
		for i := from; i < from+n; i++ {
			_, err := tx.Append(journal.LaneExam, wire.KindAnswer, apptest.Sitting, answer(i))
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

func (l *line) head() journal.Position {
	l.t.Helper()
	head, err := l.store.Journal(journal.LaneExam).Head()
	require.NoError(l.t, err)
	return head
}

func (l *line) count(sql string, args ...any) (n int) {
	l.t.Helper()
	require.NoError(l.t, l.db.QueryRow(l.t.Context(), sql, args...).Scan(&n))
	return n
}

func (l *line) records() int { l.t.Helper(); return l.count(`SELECT count(*) FROM node_record`) }

// wait waits until something is so.
func (l *line) wait(what string, ok func() bool) {
	l.t.Helper()
	require.Eventually(l.t, ok, patient, soon, what)
}

// whole waits until the venue knows that the centre has everything, and compares
// record by record: nothing lost, nothing twice, nothing altered.
func (l *line) whole() {
	l.t.Helper()
	head := l.head()
	l.wait("everything is confirmed", func() bool { return l.store.Acked(journal.LaneExam) == head })
	recs, err := l.store.Journal(journal.LaneExam).Read(1, int(head.Seq), 1<<30)
	require.NoError(l.t, err)
	require.Len(l.t, recs, int(head.Seq))
	rows, err := l.db.Query(l.t.Context(), `SELECT seq, hash FROM node_record WHERE lane = 'exam' ORDER BY seq`)
	require.NoError(l.t, err)
	i := 0
	var seq int64
	var hash []byte
	_, err = pgx.ForEachRow(rows, []any{&seq, &hash}, func() error {
		require.Less(l.t, i, len(recs))
		require.Equal(l.t, recs[i].Seq, uint64(seq))
		require.Equal(l.t, recs[i].Hash[:], hash)
		i++
		return nil
	})
	require.NoError(l.t, err)
	require.Equal(l.t, len(recs), i)
}

// tap sees batches in the transaction that stores them.
type tap struct{ l *line }

func (p tap) ApplyBatch(_ context.Context, _ pgx.Tx, _ string, recs []journal.Record) error {
	p.l.mu.Lock()
	defer p.l.mu.Unlock()
	if p.l.taken == nil {
		return nil
	}
	return p.l.taken(recs)
}

func (l *line) onTaken(f func(recs []journal.Record) error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.taken = f
}
