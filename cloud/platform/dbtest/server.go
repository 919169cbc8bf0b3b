package dbtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/migrations"
	"huyun.internal/cloud/platform/db"
)

// server is the shared throw-away PostgreSQL as one test binary sees it.
type server struct {
	run      string // directory of the socket
	template string
	users    *os.File // shared lock held until this process ends
}

// keeper runs PostgreSQL and ends it when no test binary has held the users
// lock at two looks in a row, so that packages of one run share it.
const keeper = `
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c full_page_writes=off \
  -c synchronous_commit=off -c max_connections=400 -c shared_buffers=64MB -c autovacuum=off \
  -c max_wal_size=512MB -c wal_level=minimal -c max_wal_senders=0 &
pid=$!
trap 'kill -INT $pid; wait $pid; exit' TERM INT
idle=0
while kill -0 $pid 2>/dev/null; do
  sleep 10 & wait $!
  if flock -xn "$2/users.lock" true; then idle=$((idle + 1)); else idle=0; fi
  if [ $idle -ge 3 ]; then
    exec 9<"$2/users.lock"
    if flock -xn 9; then kill -INT $pid; wait $pid; exit; fi
    exec 9<&-
    idle=0
  fi
done
`

// join finds the running server or starts one. The order of the two locks
// (users, then start) is the keeper's too: it stops only while it holds users
// alone.
func join(ctx context.Context) (*server, error) {
	tool, err := db.FindTool()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("huyun-dbtest-%d", os.Getuid()))
	if err := tool.MakeDir(dir); err != nil {
		return nil, err
	}
	s := &server{run: dir}
	if s.users, err = lock(filepath.Join(dir, "users.lock"), syscall.LOCK_SH); err != nil {
		return nil, err
	}
	start, err := lock(filepath.Join(dir, "start.lock"), syscall.LOCK_EX)
	if err != nil {
		return nil, err
	}
	defer func() { _ = start.Close() }()
	if s.admin(ctx, "SELECT 1") != nil {
		if err := s.launch(ctx, tool); err != nil {
			return nil, err
		}
	}
	return s, s.ensureTemplate(ctx)
}

func lock(path string, how int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o666) //nolint:gosec // the keeper runs as another user
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	_ = f.Chmod(0o666) //nolint:gosec // see above; the directory is private
	for {
		err = syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return f, nil
}

// launch makes a fresh cluster: what an earlier run left may be damaged,
// because it never synchronised.
func (s *server) launch(ctx context.Context, tool *db.Tool) error {
	data := filepath.Join(s.run, "data")
	if err := os.RemoveAll(data); err != nil {
		return fmt.Errorf("clear test cluster: %w", err)
	}
	init := tool.Command(s.run, filepath.Join(tool.Bin, "initdb"), "-D", data, "-U", "huyun", "--auth=trust",
		"-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions")
	if out, err := init.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	logFile, err := os.OpenFile(filepath.Join(s.run, "log"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("test cluster log: %w", err)
	}
	defer func() { _ = logFile.Close() }()
	cmd := tool.Command(s.run, "/bin/sh", "-c", keeper, "keeper", tool.Bin, s.run)
	cmd.Stdout, cmd.Stderr = logFile, logFile
	// A session of its own: it outlives this test binary for the next one.
	cmd.SysProcAttr.Setsid = true
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start test cluster: %w", err)
	}
	go func() { _ = cmd.Wait() }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := s.admin(ctx, "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("test cluster is not ready, see %s: %w", logFile.Name(), err)
		case <-tick.C:
		}
	}
}

// ensureTemplate migrates one database per state of the migrations. It is
// renamed when complete, so a half-made one is never cloned.
func (s *server) ensureTemplate(ctx context.Context) error {
	sum, err := migrationHash()
	if err != nil {
		return err
	}
	s.template = "template_" + sum
	conn, err := pgx.Connect(ctx, s.dsn("postgres"))
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	var have bool
	err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", s.template).Scan(&have)
	if err != nil || have {
		return err
	}
	building := "building_" + sum
	if err := s.admin(ctx, "DROP DATABASE IF EXISTS "+building+" WITH (FORCE)"); err != nil {
		return err
	}
	if err := s.admin(ctx, "CREATE DATABASE "+building); err != nil {
		return err
	}
	d, err := db.Open(ctx, s.dsn(building), db.Options{MaxConns: 2})
	if err != nil {
		return err
	}
	err = db.Migrate(ctx, d)
	d.Close()
	if err != nil {
		return err
	}
	return s.admin(ctx, "ALTER DATABASE "+building+" RENAME TO "+s.template)
}

func migrationHash() (string, error) {
	h := sha256.New()
	err := fs.WalkDir(migrations.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(migrations.FS, path)
		fmt.Fprintf(h, "%s %d\n%s", path, len(raw), raw)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read migrations: %w", err)
	}
	queue, err := db.QueueSchema()
	if err != nil {
		return "", err
	}
	_, _ = h.Write([]byte(queue))
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}

func (s *server) dsn(database string) string {
	return fmt.Sprintf("host='%s' user=huyun dbname=%s sslmode=disable", strings.ReplaceAll(s.run, "'", `\'`), database)
}

func (s *server) admin(ctx context.Context, sql string) error {
	conn, err := pgx.Connect(ctx, s.dsn("postgres"))
	if err != nil {
		return fmt.Errorf("connect to test cluster: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, sql); err != nil {
		return fmt.Errorf("%s: %w", sql, err)
	}
	return nil
}
