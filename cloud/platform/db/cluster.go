package db

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/protocol/fault"
)

// Cluster is a private PostgreSQL that the cloud keeps for itself: reachable
// on a Unix socket in its own directory and nowhere else, run by an
// unprivileged user when the cloud was started by root. It is restarted when
// it dies, and stopped with the cloud.
type Cluster struct {
	dir    string
	socket string
	bin    string
	owner  *owner
	lock   *os.File
	log    *slog.Logger

	mu       sync.Mutex
	stopping bool
	pid      int
	done     chan struct{}
}

// User and database names of the private cluster.
const (
	privateUser = "huyun"
	privateName = "huyun"
)

// How long a start may take: recovery after a crash reads the whole WAL.
const (
	startTimeout = 90 * time.Second
	stopTimeout  = 30 * time.Second
	probeEvery   = 50 * time.Millisecond
)

// StartPrivate starts (or adopts) the cluster in dir, making it at the first
// start, and creates the database. Faults: db.binaries, db.dir, db.busy,
// db.version, db.start.
func StartPrivate(ctx context.Context, dir string, log *slog.Logger) (*Cluster, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("database directory: %w", err)
	}
	c := &Cluster{dir: dir, log: log, done: make(chan struct{})}
	if c.bin, err = findBinaries(); err != nil {
		return nil, err
	}
	if c.owner, err = findOwner(); err != nil {
		return nil, err
	}
	if err := c.prepare(); err != nil {
		return nil, err
	}
	if err := c.start(ctx); err != nil {
		_ = c.lock.Close()
		return nil, err
	}
	go c.watch() //nolint:contextcheck // it watches for as long as the cluster runs, not the start
	if err := c.createDatabase(ctx); err != nil {
		_ = c.Stop()
		return nil, err
	}
	return c, nil
}

// DSN names the database for Open.
func (c *Cluster) DSN() string {
	return c.dsn(privateName)
}

func (c *Cluster) dsn(database string) string {
	return fmt.Sprintf("host='%s' user=%s dbname=%s sslmode=disable",
		strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(c.socket), privateUser, database)
}

// PID is the postmaster's process id, for drills and doctors.
func (c *Cluster) PID() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pid
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// prepare makes the directories, takes the lock that keeps a second cloud
// away, and initialises the cluster once.
func (c *Cluster) prepare() error {
	if err := c.owner.makeDir(c.dir); err != nil {
		return err
	}
	if err := c.owner.canReach(c.dir); err != nil {
		return err
	}
	lock, err := lockFile(filepath.Join(c.dir, "cloud.lock"))
	if err != nil {
		return err
	}
	c.lock = lock
	c.socket = c.socketPath()
	if err = c.owner.makeDir(c.socket); err == nil {
		err = c.initialise()
	}
	if err != nil {
		_ = lock.Close()
	}
	return err
}

func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // path from the configuration
	if err != nil {
		return nil, fmt.Errorf("database lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fault.Newf(fault.Conflict, "db.busy", "数据库目录正被另一个中心服务使用，请先停止它，或为本服务另设目录：%s", filepath.Dir(path))
	}
	return f, nil
}

// A Unix socket's path is limited to 107 bytes; a deep data directory gets its
// socket in the temporary directory instead.
func (c *Cluster) socketPath() string {
	dir := filepath.Join(c.dir, "run")
	if len(filepath.Join(dir, ".s.PGSQL.5432.lock")) > 107 {
		dir = filepath.Join(os.TempDir(), "huyun-pg-"+shortHash(c.dir))
	}
	return dir
}

func (c *Cluster) initialise() error {
	version, err := os.ReadFile(filepath.Join(c.data(), "PG_VERSION"))
	if err == nil {
		return c.checkVersion(strings.TrimSpace(string(version)))
	}
	if !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("read PG_VERSION: %w", err)
	}
	// Made beside and renamed: an interrupted initdb never looks like a cluster.
	fresh := c.data() + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return fmt.Errorf("clear unfinished cluster: %w", err)
	}
	cmd := exec.Command(filepath.Join(c.bin, "initdb"), "-D", fresh, "-U", privateUser, //nolint:gosec // found by findBinaries
		"--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--data-checksums")
	c.owner.apply(cmd, c.dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fault.New(fault.Unavailable, "db.start", "初始化本地数据库失败，请检查磁盘空间和目录权限").Withf("initdb: %w: %s", err, out)
	}
	if err := os.Rename(fresh, c.data()); err != nil {
		return fmt.Errorf("finish cluster: %w", err)
	}
	return nil
}

func (c *Cluster) checkVersion(have string) error {
	out, err := exec.Command(filepath.Join(c.bin, "postgres"), "--version").Output() //nolint:gosec // found by findBinaries
	if err != nil {
		return fmt.Errorf("postgres --version: %w", err)
	}
	fields := strings.Fields(string(out))
	for _, f := range fields {
		if major, _, _ := strings.Cut(f, "."); major == have {
			return nil
		}
	}
	return fault.Newf(fault.Precondition, "db.version", "数据目录由 PostgreSQL %s 建立，与本机版本不符，请安装对应版本或先升级数据：%s", have, c.dir).
		Withf("binaries: %s", out)
}

// start launches the postmaster or adopts the one that a killed cloud left
// behind; the lock says that no living cloud owns it.
func (c *Cluster) start(ctx context.Context) error {
	if pid := c.runningPID(); pid != 0 {
		c.setPID(pid)
		if err := c.ready(ctx, nil); err != nil {
			return err
		}
		c.log.Info("adopted running database", "pid", pid)
		return nil
	}
	cmd := exec.Command(filepath.Join(c.bin, "postgres"), "-D", c.data(), "-k", c.socket, //nolint:gosec // found by findBinaries
		"-c", "listen_addresses=", "-c", "unix_socket_permissions=0700", "-c", "max_connections=120",
		"-c", "shared_buffers=128MB", "-c", "synchronous_commit=on", "-c", "fsync=on",
		"-c", "logging_collector=on", "-c", "log_directory=../log", "-c", "log_filename=postgresql-%a.log",
		"-c", "log_truncate_on_rotation=on", "-c", "log_rotation_size=0", "-c", "log_parameter_max_length_on_error=0")
	c.owner.apply(cmd, c.dir)
	// Its own process group: Ctrl-C reaches the cloud, which stops PostgreSQL
	// last and in order.
	cmd.SysProcAttr.Setpgid = true
	if err := cmd.Start(); err != nil {
		return fault.New(fault.Unavailable, "db.start", "无法启动本地数据库程序，请检查 PostgreSQL 是否安装完整").With(err)
	}
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(exited)
	}()
	c.setPID(cmd.Process.Pid)
	return c.ready(ctx, exited)
}

func (c *Cluster) setPID(pid int) {
	c.mu.Lock()
	c.pid = pid
	c.mu.Unlock()
}

// runningPID reads postmaster.pid and returns the process if it lives and is a
// PostgreSQL of this directory.
func (c *Cluster) runningPID() int {
	raw, err := os.ReadFile(filepath.Join(c.data(), "postmaster.pid"))
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || !alive(pid) {
		return 0
	}
	cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil || !strings.Contains(string(cmdline), c.data()) {
		return 0
	}
	return pid
}

func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

func (c *Cluster) ready(ctx context.Context, exited <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	var last error
	for {
		conn, err := pgx.Connect(ctx, c.dsn("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		last = err
		select {
		case <-exited:
			return fault.Newf(fault.Unavailable, "db.start", "本地数据库启动后即退出，原因见日志目录 %s", filepath.Join(c.dir, "log")).With(last)
		case <-ctx.Done():
			return fault.Newf(fault.Unavailable, "db.start", "本地数据库迟迟没有就绪，原因见日志目录 %s", filepath.Join(c.dir, "log")).With(last)
		case <-tick.C:
		}
	}
}

func (c *Cluster) createDatabase(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, c.dsn("postgres"))
	if err != nil {
		return fmt.Errorf("connect to private cluster: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	var have bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", privateName).Scan(&have); err != nil {
		return fmt.Errorf("look for database: %w", err)
	}
	if have {
		return nil
	}
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+privateName); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	return nil
}

// watch restarts a postmaster that dies while nobody asked it to.
func (c *Cluster) watch() {
	defer close(c.done)
	tick := time.NewTicker(4 * probeEvery)
	defer tick.Stop()
	for range tick.C {
		c.mu.Lock()
		stop, pid := c.stopping, c.pid
		c.mu.Unlock()
		if alive(pid) && !zombie(pid) {
			continue
		}
		if stop {
			return
		}
		c.log.Error("database died, starting it again", "pid", pid)
		if err := c.start(context.Background()); err != nil {
			c.log.Error("database does not start", "error", err)
		}
	}
}

// Stop asks for a fast shutdown (SIGINT), waits, and insists when it must.
func (c *Cluster) Stop() error {
	c.mu.Lock()
	if c.stopping {
		c.mu.Unlock()
		return nil
	}
	c.stopping = true
	pid := c.pid
	c.mu.Unlock()
	defer func() { _ = c.lock.Close() }()
	_ = syscall.Kill(pid, syscall.SIGINT)
	timer := time.NewTimer(stopTimeout)
	defer timer.Stop()
	select {
	case <-c.done:
		return nil
	case <-timer.C:
		_ = syscall.Kill(pid, syscall.SIGQUIT)
		return fault.New(fault.Unavailable, "db.stop", "本地数据库没有按时停止，已强制结束；下次启动会自动恢复")
	}
}

// PrivateDSN names the database of a private cluster that another process of
// this machine runs, for commands beside it.
func PrivateDSN(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("database directory: %w", err)
	}
	c := &Cluster{dir: dir}
	c.socket = c.socketPath()
	return c.DSN(), nil
}
