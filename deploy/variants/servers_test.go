package variants_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
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
	readable(t, word, []byte(secret+"\n")) // its folder is private to the server's user
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

// mosquitto prepares a broker that keeps nothing on disk, on TLS with an
// authority of its own. It returns its address and the file of the authority.
func mosquitto(t *testing.T, binary, dir string) (p *stack.Proc, addr, ca string) {
	t.Helper()
	port := freePort(t)
	ca = filepath.Join(dir, "mosquitto-ca.pem")
	cert, key := filepath.Join(dir, "mosquitto.pem"), filepath.Join(dir, "mosquitto.key")
	acl, conf := filepath.Join(dir, "mosquitto.acl"), filepath.Join(dir, "mosquitto.conf")
	certificate(t, ca, cert, key)
	// Who asks for a topic is checked by name; the names are proven by the seals.
	text := fmt.Sprintf("listener %d 127.0.0.1\ncafile %s\ncertfile %s\nkeyfile %s\nallow_anonymous true\nacl_file %s\n"+
		"persistence false\nmax_packet_size 2097152\n", port, ca, cert, key, acl)
	readable(t, acl, []byte(rules))
	readable(t, conf, []byte(text))
	p = &stack.Proc{Name: "mosquitto", Path: binary, Args: []string{"-c", conf}, Dir: dir}
	t.Cleanup(p.Kill)
	return p, net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), ca
}

// readable writes a file for a server that drops to a user of its own.
func readable(t *testing.T, path string, data []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, data, 0o644)) //nolint:gosec // for one test, and of no worth
}

// certificate makes an authority and a server's certificate by it.
func certificate(t *testing.T, ca, cert, key string) {
	t.Helper()
	make := func(name string, parent *x509.Certificate, by *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
		own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		require.NoError(t, err)
		template := &x509.Certificate{
			SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
			NotAfter: time.Now().Add(time.Hour), IsCA: parent == nil, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
			KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		}
		if parent == nil {
			parent, by = template, own
		}
		der, err := x509.CreateCertificate(rand.Reader, template, parent, own.Public(), by)
		require.NoError(t, err)
		made, err := x509.ParseCertificate(der)
		require.NoError(t, err)
		return made, own
	}
	root, rootKey := make("the customer's own authority", nil, nil)
	leaf, leafKey := make("mosquitto", root, rootKey)
	raw, err := x509.MarshalECPrivateKey(leafKey)
	require.NoError(t, err)
	readable(t, ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw}))
	readable(t, cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw}))
	readable(t, key, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: raw}))
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
