package app_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app"
	"huyun.internal/protocol/fault"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "edge.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestEveryDefaultIsGood(t *testing.T) {
	t.Parallel()
	c, err := app.Load("", nil)
	require.NoError(t, err)
	require.Equal(t, app.Default(), c)
	_, err = app.Load(write(t, ""), nil)
	require.NoError(t, err)
}

func TestTheFileIsReadStrictlyAndTheEnvironmentWins(t *testing.T) {
	t.Parallel()
	c, err := app.Load(write(t, "http: {addr: '0.0.0.0:9000'}\nexam: {resume_wait: 5m}\n"), []string{
		"HUYUN_EDGE_HTTP_ADDR=127.0.0.1:7", "HUYUN_EDGE_VISION_OFF=true", "HUYUN_EDGE_VISION_WORKERS=4", "HUYUN_EDGE_EXAM_RESUME_WAIT=3m", "PATH=/bin",
	})
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:7", c.HTTP.Addr)
	require.True(t, c.Vision.Off)
	require.Equal(t, 4, c.Vision.Workers)
	require.Equal(t, 3*time.Minute, c.Exam.ResumeWait)

	for name, text := range map[string]string{
		"unknown field": "htpp: {}", "unknown inner": "http: {port: 1}", "wrong type": "vision: {workers: many}", "no YAML": "{", "no data": "data: ''",
		"plain http": "cloud: {url: 'http://x'}", "half TLS": "http: {tls_cert: x}", "long wait": "exam: {resume_wait: 2h}",
		"pass everyone": "face: {max_failures: 0}",
	} {
		_, err := app.Load(write(t, text), nil)
		require.True(t, fault.Is(err, "app.config"), "%s: %v", name, err)
	}
	for _, env := range []string{"HUYUN_EDGE_HTPP_ADDR=x", "HUYUN_EDGE_VISION_WORKERS=many"} {
		_, err := app.Load("", []string{env})
		require.True(t, fault.Is(err, "app.config"), env)
	}
}

func TestSecretsAreMasked(t *testing.T) {
	t.Parallel()
	c, err := app.Load(write(t, "key: {passphrase: hunter2}"), nil)
	require.NoError(t, err)
	require.NotContains(t, c.Masked(), "hunter2")
	require.Contains(t, c.Masked(), "resume_wait: 10m0s")
}
