package variants_test

import (
	"context"
	"net/http"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/deploy/stack"
)

// TestASittingCarriedByHand: the network is cut once answers flow, the sitting is
// closed without it, and what is left goes to the centre in sealed packets: one
// of the middle of the exam and one of its end, each more than once, to two
// copies of the cloud at the same time, and again after the network has come back
// with newer records. There is one result: every answer once, the sitting closed
// once, one signed receipt, no difference in the rescoring.
func TestASittingCarriedByHand(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the whole system")
	}
	bin := binaries(t)
	tool, err := db.FindTool()
	if err != nil {
		t.Skip("no PostgreSQL on this machine: ", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	dir := folder(t)
	dsn := postgres(ctx, t, tool, filepath.Join(dir, "server"))
	s, err := stack.New(stack.Options{Dir: dir, Bin: bin, DSN: dsn, WAN: &stack.WAN{}, Themselves: true})
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, s.Stop())
		if t.Failed() {
			t.Logf("kept: %s\n%s\n%s", dir, s.Cloud.Tail(3000), s.Edge.Tail(3000))
		}
	})
	h := open(ctx, t, s)
	_, second, err := s.AnotherCloud(ctx)
	require.NoError(t, err)
	c := &carrier{ctx: ctx, t: t, h: h, consoles: []string{s.ConsoleURL(), second}}

	middle := c.sitCutOff(dsn)
	require.NoError(t, h.Close(ctx))
	closing, err := h.Closing(ctx)
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(closing.Waivers, func(w struct{ Code, Fact, Reason string }) bool { return w.Code == "acknowledged" }), "%+v", closing)
	require.Nil(t, closing.Centre.Receipt)
	end := c.export()

	c.bring(0, end)
	c.bring(1, end)
	first := c.result(dsn)
	require.Equal(t, closing.Digest, first.Digest)
	require.Equal(t, candidates, first.Count)
	require.Equal(t, closing.Answers, first.Answers)
	c.bring(1, middle, end, middle)
	require.Equal(t, first, c.result(dsn), "again, out of order, at both copies")
	c.takeBack(first.Digest)

	// A proctor acts after the packet was made: the network brings a newer record.
	require.NoError(t, h.Chief.Do(ctx, http.MethodPost, "/proctor/v1/audit/verify", nil, nil))
	s.Heal()
	require.NoError(t, h.Drain(ctx))
	c.bring(1, middle, end)
	c.bring(0, end)
	require.Equal(t, first, c.result(dsn), "late")

	require.NoError(t, stack.Until(ctx, 200*time.Millisecond, func() (bool, error) {
		closing, err = h.Closing(ctx)
		return closing.Centre.Receipt != nil && !closing.Centre.At.IsZero(), err
	}), "the receipt is at the venue")
	require.Equal(t, first.Digest, closing.Centre.Receipt.Digest)
	require.Len(t, closing.Centre.Receipt.Handins, candidates)
	require.Empty(t, closing.Centre.Disputed)
	for _, sum := range closing.Sums {
		require.True(t, sum.OK, "%+v", sum)
	}
	round, err := h.Rescore(ctx)
	require.NoError(t, err)
	require.Equal(t, candidates, round.Attempts)
	require.Zero(t, round.Differences)
}

// carrier takes packets from the venue to the consoles.
type carrier struct {
	ctx      context.Context
	t        *testing.T
	h        *stack.Hall
	consoles []string
	node     string // whose packets they are, as the centre says
}

// sitCutOff lets everybody sit, with the network cut once answers are at the
// centre, and returns a packet of the middle.
func (c *carrier) sitCutOff(dsn string) []byte {
	c.t.Helper()
	stop := make(chan struct{})
	finished := c.h.Sit(c.ctx, stop)
	require.NoError(c.t, c.h.Start(c.ctx))
	require.NoError(c.t, stack.Until(c.ctx, 50*time.Millisecond, func() (bool, error) {
		n, err := answers(c.ctx, dsn, c.h.Exam.Sitting)
		return n > 0, err
	}))
	c.h.Cut()
	require.NoError(c.t, stack.Until(c.ctx, 100*time.Millisecond, func() (bool, error) {
		strip, err := c.h.Chief.Link(c.ctx)
		return strip.Total > 3, err
	}), "answers wait at the venue")
	middle := c.export()
	close(stop)
	for range candidates {
		require.NoError(c.t, <-finished)
	}
	return middle
}

func (c *carrier) export() []byte {
	c.t.Helper()
	var packet []byte
	require.NoError(c.t, c.h.Chief.Do(c.ctx, http.MethodPost, "/proctor/v1/export", nil, &packet))
	require.NotEmpty(c.t, packet)
	return packet
}

// bring gives packets to a console, each twice and at the same time to the other.
func (c *carrier) bring(at int, packets ...[]byte) {
	c.t.Helper()
	nodes := make(chan string, 3*len(packets))
	defer func() { c.node = <-nodes }()
	for _, p := range packets {
		done := make(chan error, 3)
		for _, console := range []string{c.consoles[at], c.consoles[at], c.consoles[1-at]} {
			client, err := c.h.SignInAt(c.ctx, console, c.h.Logins["zhang.kaowu"])
			require.NoError(c.t, err)
			go func() {
				var out struct{ Node, Problem string }
				err := client.Upload(c.ctx, "/api/v1/node-packets", map[string][]byte{"packet": p}, map[string]string{"packet": "a.huyun"}, &out)
				if err == nil && out.Problem != "" {
					err = &stack.Refusal{Body: out.Problem}
				}
				nodes <- out.Node
				done <- err
			}()
		}
		for range 3 {
			require.NoError(c.t, <-done)
		}
	}
}

// takeBack carries what the centre says to the venue, which has no network yet:
// the receipt is there and everything is confirmed.
func (c *carrier) takeBack(digest string) {
	c.t.Helper()
	clerk, err := c.h.SignInAt(c.ctx, c.consoles[1], c.h.Logins["zhang.kaowu"])
	require.NoError(c.t, err)
	var packet []byte
	require.NoError(c.t, clerk.Do(c.ctx, http.MethodGet, "/api/v1/nodes/"+c.node+"/return", nil, &packet))
	for range 2 {
		require.NoError(c.t, c.h.Chief.Send(c.ctx, http.MethodPost, "/proctor/v1/return", "application/octet-stream", packet, nil))
	}
	closing, err := c.h.Closing(c.ctx)
	require.NoError(c.t, err)
	require.NotNil(c.t, closing.Centre.Receipt)
	require.Equal(c.t, digest, closing.Centre.Receipt.Digest)
	require.True(c.t, closing.Sums[3].OK)
	strip, err := c.h.Chief.Link(c.ctx)
	require.NoError(c.t, err)
	require.False(c.t, strip.Connected)
}

// outcome is what has come of a sitting at the centre.
type outcome struct {
	State    string
	Answers  int
	Handins  int
	Closings int
	Receipts int // orders with a receipt, which must be one
	Disputes int
	Count    int
	Digest   string
	Odd      int // contradictions and dead letters
}

func (c *carrier) result(dsn string) (o outcome) {
	c.t.Helper()
	q, err := pgx.Connect(c.ctx, dsn)
	require.NoError(c.t, err)
	defer q.Close(c.ctx)
	err = q.QueryRow(c.ctx, `SELECT s.state, (SELECT count(*) FROM exam_answer WHERE sitting = s.id), (SELECT count(*) FROM exam_handin WHERE sitting = s.id),
		(SELECT count(*) FROM node_record WHERE kind = 'exam.closed' AND subject = s.id),
		(SELECT count(*) FROM node_order WHERE kind = 'exam.sitting.receipt' AND subject = s.id),
		(SELECT count(*) FROM node_order WHERE kind = 'exam.sitting.disputed' AND subject = s.id), r.count, r.digest,
		(SELECT count(*) FROM exam_anomaly) + (SELECT count(*) FROM node_dead)
		FROM exam_sitting s JOIN exam_sitting_receipt r ON r.sitting = s.id AND r.signed IS NOT NULL WHERE s.id = $1`, c.h.Exam.Sitting).
		Scan(&o.State, &o.Answers, &o.Handins, &o.Closings, &o.Receipts, &o.Disputes, &o.Count, &o.Digest, &o.Odd)
	require.NoError(c.t, err)
	require.Equal(c.t, []any{"CLOSED", candidates, 1, 1, 0, 0}, []any{o.State, o.Handins, o.Closings, o.Receipts, o.Disputes, o.Odd})
	return o
}
