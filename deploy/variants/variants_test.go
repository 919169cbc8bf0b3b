// Package variants runs the unchanged binaries on servers of the customer's: by
// configuration alone the cloud works on a PostgreSQL server that it is a plain
// user of, and on mosquitto, with TLS and an authority of its own, instead of
// the broker in process. The test holds a short sitting on both together, from
// the request to open to published results, and kills the broker in the middle.
//
// It does not repeat what the drill does to the embedded parts.
package variants_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/deploy/stack"
	"huyun.internal/simulators/crowd"
)

const candidates = 3

func TestASittingOnAPostgreSQLServerAndMosquitto(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the whole system")
	}
	bin := binaries(t)
	tool, err := db.FindTool()
	if err != nil {
		t.Skip("no PostgreSQL on this machine: ", err)
	}
	broker, err := exec.LookPath("mosquitto")
	if err != nil {
		broker, err = exec.LookPath("/usr/sbin/mosquitto")
	}
	if err != nil {
		t.Skip("no mosquitto on this machine; apt-get install mosquitto")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	dir := folder(t)
	dsn := postgres(ctx, t, tool, filepath.Join(dir, "server"))
	mq, addr, ca := mosquitto(t, broker, dir)
	require.NoError(t, mq.Start(ctx))
	accepting(ctx, t, addr)

	s, err := stack.New(stack.Options{Dir: dir, Bin: bin, DSN: dsn, Broker: "ssl://" + addr, CA: ca})
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, s.Stop())
		if t.Failed() {
			t.Logf("kept: %s\n%s\n%s\n%s", dir, s.Cloud.Tail(3000), s.Edge.Tail(3000), mq.Tail(1000))
		}
	})
	h := open(ctx, t, s)
	hold(ctx, t, h, dsn, mq, addr)
	publish(ctx, t, h, dsn)
	require.NoDirExists(t, filepath.Join(s.CloudData(), "postgres"), "the cloud's own database was not needed")
	_, err = (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Ports.MQTT)))
	require.Error(t, err, "nor its own broker")
}

// folder is one that the database's own user can get into, which t.TempDir is
// not; it stays when the test fails.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "huyun-variants-*")
	require.NoError(t, err)
	t.Cleanup(func() {
		if !t.Failed() {
			require.NoError(t, os.RemoveAll(dir))
		}
	})
	require.NoError(t, os.Chmod(dir, 0o755)) //nolint:gosec // the database's user has to get in
	return dir
}

// binaries finds the folder of the programs.
func binaries(t *testing.T) string {
	t.Helper()
	bin := os.Getenv("HUYUN_BIN")
	if bin == "" {
		bin = filepath.Join("..", "..", "bin")
	}
	for _, name := range []string{"cloud", "edge", "vision"} {
		_, err := os.Stat(filepath.Join(bin, name))
		if err != nil {
			t.Skipf("%s is not built; make build", name)
		}
	}
	return bin
}

// open brings a sitting to the released key, everybody seated.
func open(ctx context.Context, t *testing.T, s *stack.Stack) *stack.Hall {
	t.Helper()
	require.NoError(t, s.Cloud.Start(ctx))
	logins, err := s.Prepare(ctx, candidates+1)
	require.NoError(t, err)
	exam, err := s.PutOn(ctx, logins, stack.Plan{Title: "客户服务器", Rule: "demo-13001-short", Candidates: candidates, Spare: 1, Seed: 7})
	require.NoError(t, err)
	require.NoError(t, s.Edge.Start(ctx))
	h := s.Hall(logins, exam)
	require.NoError(t, h.Open(ctx))
	require.NoError(t, h.Seat(ctx, crowd.Plan{Think: 100 * time.Millisecond, Changes: 0.2}, 7))
	return h
}

// hold lets everybody answer; the broker dies once answers flow, and is started
// again once the venue has noticed.
func hold(ctx context.Context, t *testing.T, h *stack.Hall, dsn string, mq *stack.Proc, addr string) {
	t.Helper()
	stop := make(chan struct{})
	finished := h.Sit(ctx, stop)
	require.NoError(t, h.Start(ctx))
	require.NoError(t, stack.Until(ctx, 100*time.Millisecond, func() (bool, error) {
		n, err := answers(ctx, dsn, h.Exam.Sitting)
		return n > 0, err
	}), "answers arrive through mosquitto")
	mq.Kill()
	link := func(up bool) func() (bool, error) {
		return func() (bool, error) {
			strip, err := h.Chief.Link(ctx)
			return strip.Connected == up && (up || strip.Total > 0), err
		}
	}
	require.NoError(t, stack.Until(ctx, 100*time.Millisecond, link(false)), "the venue goes on and keeps what it cannot send")
	require.NoError(t, mq.Start(ctx))
	accepting(ctx, t, addr)
	require.NoError(t, stack.Until(ctx, 100*time.Millisecond, link(true)), "the venue comes back by itself")
	strip, err := h.Chief.Link(ctx)
	require.NoError(t, err)
	require.Equal(t, "tls", strip.Transport)
	close(stop)
	for range candidates {
		require.NoError(t, <-finished)
	}
}

func answers(ctx context.Context, dsn, sitting string) (n int, err error) {
	q, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return 0, err
	}
	defer q.Close(ctx)
	return n, q.QueryRow(ctx, `SELECT count(*) FROM exam_answer WHERE sitting = $1`, sitting).Scan(&n)
}

// publish closes the sitting and takes the scores to the venue.
func publish(ctx context.Context, t *testing.T, h *stack.Hall, dsn string) {
	t.Helper()
	require.NoError(t, h.Drain(ctx))
	require.NoError(t, h.Close(ctx))
	require.NoError(t, h.Drain(ctx))
	round, err := h.Rescore(ctx)
	require.NoError(t, err)
	require.Equal(t, candidates, round.Attempts)
	require.Zero(t, round.Differences)
	_, err = h.Confirm(ctx)
	require.NoError(t, err)
	round, err = h.Publish(ctx)
	require.NoError(t, err)
	require.NotNil(t, round.PublishedAt)
	_, err = h.Chief.Await(ctx, h.Exam.Sitting, "the venue hears of it", func(v stack.VenueSitting) bool { return v.Published })
	require.NoError(t, err)
	n, err := answers(ctx, dsn, h.Exam.Sitting)
	require.NoError(t, err)
	require.Positive(t, n)
}
