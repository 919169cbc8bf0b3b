package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/deploy/seed"
	"huyun.internal/protocol/sm"
)

// private are the ID numbers and mobiles of the story's candidates.
func (w *world) private() []string {
	var out []string
	for _, p := range seed.Candidates(storyCandidates, 41) {
		out = append(out, p.ID, p.Mobile)
	}
	return out
}

// TestM78Crypto: what names a person lies nowhere in clear, the audit record
// cannot be changed unseen, the algorithms test themselves, and nobody talks to a
// centre whose certificate does not hold.
func TestM78Crypto(t *testing.T) {
	w := system(t)
	opened.do(t, w.open)
	entered.do(t, w.enter)
	held.do(t, w.hold)
	t.Run("at rest", func(t *testing.T) { atRest(t, w) })
	t.Run("audit", func(t *testing.T) { auditChain(t, w) })
	t.Run("algorithms", func(t *testing.T) {
		require.NoError(t, sm.SelfTest())
		out, err := w.cloudCommand(t, "check")
		require.NoError(t, err, out)
		require.Contains(t, out, "√ 密码算法自检")
	})
	t.Run("another root", func(t *testing.T) { anotherRoot(t, w) })
}

// atRest searches every row of every table, every file and every log line.
func atRest(t *testing.T, w *world) {
	t.Helper()
	needles := w.private()
	require.Equal(t, w.hall.Exam.People[0].IDNumber, needles[0], "the people that are looked for are the story's")
	conn := w.database(t)
	rows, err := conn.Query(t.Context(), `SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables
		WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`)
	require.NoError(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Greater(t, len(tables), 15)
	read, known := 0, 0
	for _, table := range tables {
		rows, err = conn.Query(t.Context(), "SELECT x::text FROM "+table+" x")
		require.NoError(t, err)
		var row string
		_, err = pgx.ForEachRow(rows, []any{&row}, func() error {
			read++
			if holds([]byte(row), w.hall.Exam.People[0].Admission) {
				known++
			}
			for _, n := range needles {
				require.False(t, holds([]byte(row), n), "%s holds %s", table, n)
			}
			return nil
		})
		require.NoError(t, err, table)
	}
	require.Greater(t, read, 500)
	require.Positive(t, known, "what may be there in clear is found: the admission number")
	_, err = conn.Exec(t.Context(), "CHECKPOINT")
	require.NoError(t, err)
	for _, dir := range []string{w.CloudData(), w.EdgeData()} {
		hits, files, err := search(dir, needles)
		require.NoError(t, err)
		require.Greater(t, files, 5)
		require.Empty(t, hits)
	}
	for _, log := range []string{w.Cloud.LogPath(), w.Edge.LogPath()} {
		raw, err := os.ReadFile(log)
		require.NoError(t, err)
		require.NotEmpty(t, raw)
		for _, n := range needles {
			require.False(t, holds(raw, n), "%s holds %s", log, n)
		}
	}
}

func (w *world) cloudCommand(t *testing.T, args ...string) (string, error) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), w.Cloud.Path, append([]string{"--config", filepath.Join(w.Dir, "cloud.yaml")}, args...)...).CombinedOutput()
	return string(out), err
}

// auditChain changes one entry as somebody with the whole database in hand can.
func auditChain(t *testing.T, w *world) {
	t.Helper()
	out, err := w.cloudCommand(t, "fsck", "audit")
	require.NoError(t, err, out)
	require.Contains(t, out, "审计记录完整")
	conn := w.database(t)
	var seq int64
	var old string
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT seq, detail FROM audit_entry WHERE action = 'exam.sitting.approve' ORDER BY seq LIMIT 1`).Scan(&seq, &old))
	_, err = conn.Exec(t.Context(), `UPDATE audit_entry SET detail = '{}' WHERE seq = $1`, seq)
	require.ErrorContains(t, err, "append-only")
	change := func(detail string) {
		_, err := conn.Exec(t.Context(), `SET session_replication_role = replica`)
		require.NoError(t, err)
		tag, err := conn.Exec(t.Context(), `UPDATE audit_entry SET detail = $2 WHERE seq = $1`, seq, detail)
		require.NoError(t, err)
		require.EqualValues(t, 1, tag.RowsAffected())
	}
	change(old + " ")
	out, err = w.cloudCommand(t, "fsck", "audit")
	require.Error(t, err, out)
	require.Contains(t, out, "第 "+strconv.FormatInt(seq, 10)+" 条")
	var button struct {
		OK     bool  `json:"ok"`
		BadSeq int64 `json:"bad_seq"`
	}
	require.NoError(t, w.as(t, "auditor").Do(t.Context(), http.MethodPost, "/api/v1/audit/verify", nil, &button))
	require.False(t, button.OK, "the button sees what the command sees")
	require.Equal(t, seq, button.BadSeq)
	change(old)
	out, err = w.cloudCommand(t, "fsck", "audit")
	require.NoError(t, err, out)
}

// anotherRoot lets a new device meet a centre that another authority vouches for.
func anotherRoot(t *testing.T, w *world) {
	t.Helper()
	dir := t.TempDir()
	root := filepath.Join(dir, "root.pem")
	require.NoError(t, os.WriteFile(root, foreignRoot(t), 0o600))
	word := filepath.Join(dir, "word")
	require.NoError(t, os.WriteFile(word, []byte("only-for-this-test\n"), 0o600))
	gateway := "https://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(w.Ports.Gateway))
	enrol := func(name, url, trust string) (string, error) {
		config, err := json.Marshal(map[string]any{
			"data": filepath.Join(dir, name), "cloud": map[string]string{"url": url, "root": trust}, "key": map[string]string{"passphrase_file": word},
		})
		require.NoError(t, err)
		path := filepath.Join(dir, name+".yaml")
		require.NoError(t, os.WriteFile(path, config, 0o600))
		out, err := exec.CommandContext(t.Context(), w.Edge.Path, "--config", path, "enrol", "--code", "AAAA-AAAA").CombinedOutput()
		return string(out), err
	}
	out, err := enrol("other", gateway, root)
	require.Error(t, err)
	require.Contains(t, out, "x509: certificate signed by unknown authority")
	out, err = enrol("own", gateway, filepath.Join(w.CloudData(), "keys", "tls-ca.pem"))
	require.Error(t, err, "the right root, but no such code")
	require.NotContains(t, out, "x509", "with the right root the two talk")
	for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS11} {
		_, err = (&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version}}). //nolint:gosec // it must be refused
																	DialContext(t.Context(), "tcp", gateway[len("https://"):])
		require.Error(t, err, "TLS %x", version)
	}
	_, err = enrol("plain", "http"+gateway[len("https"):], root)
	require.Error(t, err, "nothing is said in clear")
}

func foreignRoot(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "somebody else"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
