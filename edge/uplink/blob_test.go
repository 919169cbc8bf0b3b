package uplink_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quic-go/quic-go/http3"
	"github.com/stretchr/testify/require"

	"huyun.internal/edge/uplink"
	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// depot is the cloud's HTTP side: the same handler on HTTPS and, when wanted,
// on HTTP/3 at the same port.
type depot struct {
	content []byte
	digest  sm.Digest
	edge    *sm.PublicKey
	cutAt   atomic.Int64 // end the answer after so many bytes; 0: whole
	served  atomic.Int64 // bytes of body
	asked   atomic.Int64
	lie     atomic.Bool
	answer  atomic.Int64 // status for a picture that is brought
	shift   atomic.Int64 // of its clock, nanoseconds
}

func (d *depot) now() time.Time { return time.Now().Add(time.Duration(d.shift.Load())) }

func (d *depot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", d.now().UTC().Format(http.TimeFormat))
	if r.URL.Path == "/livez" {
		return
	}
	d.asked.Add(1)
	text, _ := envelope.FromAuthorization(r.Header.Get("Authorization"))
	token, err := envelope.ParseToken(text)
	if err == nil {
		err = token.Verify(d.edge, envelope.AudienceHTTP, d.now())
	}
	if err != nil || token.Node != node {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if r.URL.Path == "/node/v1/pictures" {
		w.WriteHeader(int(d.answer.Load()))
		return
	}
	if r.URL.Path != "/node/v1/blobs/"+d.digest.String() {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	content := d.content
	if d.lie.Load() {
		content = append([]byte{^content[0]}, content[1:]...)
	}
	http.ServeContent(&counting{ResponseWriter: w, d: d}, r, "", time.Time{}, bytes.NewReader(content))
}

// counting cuts the connection where it is told to.
type counting struct {
	http.ResponseWriter
	d    *depot
	sent int64
}

func (c *counting) Write(p []byte) (int, error) {
	limit := c.d.cutAt.Load()
	if limit > 0 && c.sent+int64(len(p)) > limit {
		n, _ := c.ResponseWriter.Write(p[:max(limit-c.sent, 0)])
		c.d.served.Add(int64(n))
		if f, ok := c.ResponseWriter.(http.Flusher); ok {
			f.Flush()
		}
		panic(http.ErrAbortHandler)
	}
	n, err := c.ResponseWriter.Write(p)
	c.sent += int64(n)
	c.d.served.Add(int64(n))
	return n, err
}

func newDepot(t *testing.T, s *site, h3 bool) *depot {
	d := &depot{content: bytes.Repeat([]byte("题目与图片0123456789"), 200_000), edge: s.key.Public()}
	d.digest = sm.Sum(d.content)
	ln := tcp(t)
	conf := &tls.Config{Certificates: []tls.Certificate{s.cloud.cert}}
	srv := &http.Server{Handler: d, TLSConfig: conf.Clone(), ReadHeaderTimeout: time.Second}
	go func() { _ = srv.ServeTLS(ln, "", "") }()
	t.Cleanup(func() { _ = srv.Close() })
	if h3 {
		conn, err := net.ListenPacket("udp", ln.Addr().String())
		require.NoError(t, err)
		q := &http3.Server{Handler: d, TLSConfig: http3.ConfigureTLSConfig(conf.Clone())}
		go func() { _ = q.Serve(conn) }()
		t.Cleanup(func() { _ = q.Close(); _ = conn.Close() })
	}
	s.cfg.CloudURL = "https://" + ln.Addr().String()
	return d
}

func (s *site) client(t *testing.T) *uplink.Uplink {
	u, err := uplink.New(s.cfg, s.store, s.key)
	require.NoError(t, err)
	return u
}

func TestABlobComesOverHTTP3OrHTTPS(t *testing.T) {
	t.Parallel()
	for via, h3 := range map[string]bool{uplink.ViaH3: true, uplink.ViaHTTPS: false} {
		t.Run(via, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			d := newDepot(t, s, h3)
			u := s.client(t)
			dst := filepath.Join(s.store.Dir(), "blobs", d.digest.String())
			got, err := u.FetchBlob(t.Context(), d.digest, dst)
			require.NoError(t, err)
			require.Equal(t, via, got)
			b, err := os.ReadFile(dst)
			require.NoError(t, err)
			require.True(t, bytes.Equal(d.content, b))
			require.NoFileExists(t, dst+".part")
			before := d.asked.Load()
			got, err = u.FetchBlob(t.Context(), d.digest, dst)
			require.NoError(t, err)
			require.Empty(t, got)
			require.Equal(t, before, d.asked.Load(), "what is here is not fetched again")
		})
	}
}

func fetch(t *testing.T, u interface {
	FetchBlob(ctx context.Context, digest sm.Digest, dst string) (string, error)
}, digest sm.Digest, dst string,
) error {
	_, err := u.FetchBlob(t.Context(), digest, dst)
	return err
}

func TestABrokenDownloadIsContinued(t *testing.T) {
	t.Parallel()
	for via, h3 := range map[string]bool{uplink.ViaH3: true, uplink.ViaHTTPS: false} {
		t.Run(via, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			d := newDepot(t, s, h3)
			u := s.client(t)
			dst := filepath.Join(s.store.Dir(), "blobs", d.digest.String())
			d.cutAt.Store(int64(len(d.content) / 5))
			tries := 0
			for ; tries < 20; tries++ {
				_, err := u.FetchBlob(t.Context(), d.digest, dst)
				if err == nil {
					break
				}
				require.True(t, fault.Is(err, "uplink.blob.fetch"), "%v", err)
				require.NoFileExists(t, dst)
			}
			require.Positive(t, tries)
			require.LessOrEqual(t, d.served.Load(), int64(len(d.content)+tries*2*(1<<20)), "at most a buffer is sent twice")
			b, err := os.ReadFile(dst)
			require.NoError(t, err)
			require.True(t, bytes.Equal(d.content, b))
		})
	}
}

func TestAWrongBlobIsThrownAway(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	d := newDepot(t, s, false)
	u := s.client(t)
	dst := filepath.Join(s.store.Dir(), "blobs", d.digest.String())
	d.lie.Store(true)
	require.True(t, fault.Is(fetch(t, u, d.digest, dst), "uplink.blob.digest"))
	require.NoFileExists(t, dst)
	require.NoFileExists(t, dst+".part")
	require.NoError(t, os.WriteFile(dst, []byte("half a file from an older program"), 0o600))
	d.lie.Store(false)
	require.NoError(t, fetch(t, u, d.digest, dst))
	require.NoError(t, os.Remove(dst))
	require.NoError(t, os.WriteFile(dst+".part", append(bytes.Clone(d.content), 'x'), 0o600))
	require.True(t, fault.Is(fetch(t, u, d.digest, dst), "uplink.blob.digest"), "a part that is too long")
	require.NoError(t, fetch(t, u, d.digest, dst))
}

func TestRefusalsOfABlob(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	d := newDepot(t, s, true)
	dst := filepath.Join(s.store.Dir(), "blobs", "x")
	_, err := s.client(t).FetchBlob(t.Context(), sm.Sum([]byte("other")), dst)
	require.True(t, fault.Is(err, "uplink.blob.missing"), "%v", err)
	stranger, err := sm.Generate()
	require.NoError(t, err)
	u, err := uplink.New(s.cfg, s.store, stranger)
	require.NoError(t, err)
	_, err = u.FetchBlob(t.Context(), d.digest, dst)
	require.True(t, fault.Is(err, "uplink.blob.refused"), "%v", err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.client(t).FetchBlob(ctx, d.digest, dst)
	require.True(t, fault.Is(err, "uplink.blob.fetch"), "%v", err)
	s.cfg.CloudURL = strings.Replace(s.cfg.CloudURL, "127.0.0.1", "localhost", 1)
	_, err = s.client(t).FetchBlob(t.Context(), d.digest, dst)
	require.True(t, fault.Is(err, "uplink.blob.fetch"), "a certificate for another name: %v", err)
}

// The clocks differ by more than a token lives: tokens are still good, because the cloud's
// Date corrects them.
func TestAClockThatIsWrong(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	d := newDepot(t, s, false)
	const shift = 40 * time.Minute // more than a token lives, within the certificate
	d.shift.Store(int64(shift))
	ln := tcp(t)
	s.cfg.Broker.TCP = ln.Addr().String()
	s.cloud.listen(ln)
	s.run(t, nil)
	require.Eventually(t, func() bool { return s.Status().Connected }, patient, soon)
	st := s.Status()
	require.True(t, st.ClockKnown)
	require.InDelta(t, shift.Seconds(), st.ClockOffset.Seconds(), 5)
	require.NoError(t, fetch(t, s, d.digest, filepath.Join(s.store.Dir(), "blobs", "b")))
}
