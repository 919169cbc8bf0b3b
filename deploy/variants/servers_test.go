package variants_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/deploy/stack"
)

// secret is the password of servers that live for one test on this machine.
const secret = "only-for-this-test"

// postgres starts a PostgreSQL server on TCP with passwords, and a database
// whose owner is no superuser, as a customer's administrator would hand it over.
// It returns the address for the configuration.
func postgres(ctx context.Context, t *testing.T, tool *db.Tool, dir string) string {
	t.Helper()
	require.NoError(t, tool.MakeDir(dir))
	run := func(cmd *exec.Cmd) {
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	data := filepath.Join(dir, "data")
	word := filepath.Join(dir, "password")
	require.NoError(t, os.WriteFile(word, []byte(secret+"\n"), 0o644)) //nolint:gosec // its folder is private to the server's user
	run(tool.Command(dir, filepath.Join(tool.Bin, "initdb"), "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8",
		"--auth=scram-sha-256", "--pwfile", word))
	port := freePort(t)
	ctl := func(args ...string) *exec.Cmd {
		return tool.Command(dir, filepath.Join(tool.Bin, "pg_ctl"), append([]string{"-D", data, "-w"}, args...)...)
	}
	run(ctl("start", "-l", filepath.Join(dir, "log"), "-o", fmt.Sprintf("-h 127.0.0.1 -p %d -k %s", port, dir)))
	t.Cleanup(func() { run(ctl("stop", "-m", "fast")) })

	conn, err := pgx.Connect(ctx, dsn("postgres", "postgres", port))
	require.NoError(t, err)
	defer conn.Close(ctx)
	for _, sql := range []string{"CREATE ROLE huyun LOGIN NOSUPERUSER NOCREATEROLE PASSWORD '" + secret + "'", "CREATE DATABASE huyun OWNER huyun"} {
		_, err = conn.Exec(ctx, sql)
		require.NoError(t, err)
	}
	return dsn("huyun", "huyun", port)
}

func dsn(user, name string, port int) string {
	return fmt.Sprintf("postgres://%s:%s@127.0.0.1:%d/%s?sslmode=disable", user, secret, port, name)
}

// rules of mosquitto: the cloud reads what nodes say and writes to each; a node
// speaks and listens under its own name only. The frames are sealed whatever the
// broker does.
const rules = `user cloud
topic read huyun/v1/+/up
topic read huyun/v1/+/state
topic write huyun/v1/+/down

pattern write huyun/v1/%u/up
pattern write huyun/v1/%u/state
pattern read huyun/v1/%u/down
`

// mosquitto prepares a broker that keeps nothing on disk.
func mosquitto(t *testing.T, binary, dir string) (*stack.Proc, string) {
	t.Helper()
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(freePort(t)))
	_, port, err := net.SplitHostPort(addr)
	require.NoError(t, err)
	acl, conf := filepath.Join(dir, "mosquitto.acl"), filepath.Join(dir, "mosquitto.conf")
	// Who asks for a topic is checked by name; the names are proven by the seals.
	text := fmt.Sprintf("listener %s 127.0.0.1\nallow_anonymous true\nacl_file %s\npersistence false\nmax_packet_size 2097152\n", port, acl)
	require.NoError(t, errors.Join(
		os.WriteFile(acl, []byte(rules), 0o644),  //nolint:gosec // mosquitto drops to its own user
		os.WriteFile(conf, []byte(text), 0o644))) //nolint:gosec // as above
	p := &stack.Proc{Name: "mosquitto", Path: binary, Args: []string{"-c", conf}, Dir: dir}
	t.Cleanup(p.Kill)
	return p, addr
}

// accepting waits until somebody listens.
func accepting(ctx context.Context, t *testing.T, addr string) {
	t.Helper()
	var d net.Dialer
	require.NoError(t, stack.Until(ctx, 50*time.Millisecond, func() (bool, error) {
		conn, err := d.DialContext(ctx, "tcp", addr)
		if errors.Is(err, syscall.ECONNREFUSED) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		return true, conn.Close()
	}), addr)
}

func freePort(t *testing.T) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}
