package sm

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// OpenSSL is a third implementation, and what an inspector will have at hand:
// our signatures and certificates must stand in its eyes, and its in ours.
func TestOpenSSLAgrees(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("no openssl program on this machine")
	}
	dir := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		return path
	}
	run := func(args ...string) (string, error) {
		out, err := exec.Command(openssl, args...).CombinedOutput() // #nosec G204 -- the arguments are this test's own
		return string(out), err
	}
	const user = "distid:1234567812345678"
	message := file("message", []byte("考试成绩 87.5"))

	// ours, seen by OpenSSL
	key := newKey(t)
	sig, err := key.Sign([]byte("考试成绩 87.5"))
	require.NoError(t, err)
	verify := []string{"pkeyutl", "-verify", "-pubin", "-inkey", file("pub.pem", key.Public().PEM()), "-rawin", "-digest", "sm3",
		"-pkeyopt", user, "-in", message, "-sigfile"}
	out, err := run(append(verify, file("sig", sig))...)
	require.NoError(t, err, out)
	sig[len(sig)-1] ^= 1
	_, err = run(append(verify, file("bad", sig))...)
	require.Error(t, err, "the comparison itself must be able to fail")

	// OpenSSL's, seen by us
	out, err = run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-pkeyopt", "ec_param_enc:named_curve", "-out", filepath.Join(dir, "key.pem"))
	require.NoError(t, err, out)
	out, err = run("pkey", "-in", filepath.Join(dir, "key.pem"), "-pubout", "-out", filepath.Join(dir, "their.pem"))
	require.NoError(t, err, out)
	out, err = run("pkeyutl", "-sign", "-inkey", filepath.Join(dir, "key.pem"), "-rawin", "-digest", "sm3", "-pkeyopt", user,
		"-in", message, "-out", filepath.Join(dir, "theirs"))
	require.NoError(t, err, out)
	theirPEM, err := os.ReadFile(filepath.Join(dir, "their.pem"))
	require.NoError(t, err)
	theirs, err := ParsePublicKey(theirPEM)
	require.NoError(t, err)
	sig, err = os.ReadFile(filepath.Join(dir, "theirs"))
	require.NoError(t, err)
	require.NoError(t, Verify(theirs, []byte("考试成绩 87.5"), sig))

	// a chain, by today's date because OpenSSL asks the system clock
	ca := newKey(t)
	root, err := NewAuthority(ca, "ca", time.Now(), 3650*day)
	require.NoError(t, err)
	leaf, err := Issue(ca, root, key.Public(), Subject{Node: "edge-1", Venue: "310101"}, time.Now(), MaxNodeLife)
	require.NoError(t, err)
	out, err = run("verify", "-purpose", "sslclient", "-vfyopt", user, "-CAfile", file("ca.pem", root.PEM()), file("node.pem", leaf.PEM()))
	require.NoError(t, err, out)
}
