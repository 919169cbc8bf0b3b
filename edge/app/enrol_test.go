package app_test

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app"
	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/exam"
	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/link"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/topic"
	"huyun.internal/protocol/wire"
)

// centre is a gateway that enrols with real keys; what is wrong with its
// answers is up to spoil.
func centre(t *testing.T, spoil func(r *wire.EnrolReply)) (app.Config, *int) {
	t.Helper()
	root, err := sm.Generate()
	require.NoError(t, err)
	cloud, err := sm.Generate()
	require.NoError(t, err)
	authority, err := sm.NewAuthority(root, "test-root", time.Now().Add(-time.Hour), 24*time.Hour)
	require.NoError(t, err)
	asked := 0
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		var in wire.EnrolRequest
		if json.NewDecoder(r.Body).Decode(&in) != nil || in.Code != "good-code" {
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{"code":"node.enrolment.code","title":"注册码无效"}`))
			return
		}
		req, err := sm.ParseRequest(in.Request)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		cert, err := sm.Issue(root, authority, req.Key, sm.Subject{Node: "node-7", Venue: "venue-7"}, time.Now().Add(-time.Minute), time.Hour)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		reply := wire.EnrolReply{
			Node: "node-7", Venue: "venue-7", VenueName: "七号考场", Certificate: cert.DER(), Authority: authority.DER(),
			Cloud: cloud.Public().DER(), NotAfter: cert.NotAfter,
		}
		if spoil != nil {
			spoil(&reply)
		}
		_ = json.NewEncoder(w).Encode(reply)
	}))
	t.Cleanup(srv.Close)
	dir := t.TempDir()
	c := app.Default()
	c.Data = filepath.Join(dir, "edge")
	c.HTTP.Addr = "127.0.0.1:0" // a venue may be running on this machine
	c.Cloud.URL, c.Cloud.Root = srv.URL, filepath.Join(dir, "root.pem")
	raw := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	require.NoError(t, os.WriteFile(c.Cloud.Root, raw, 0o600))
	return c, &asked
}

func TestEnrol(t *testing.T) {
	t.Parallel()
	c, asked := centre(t, nil)
	_, err := app.Enrol(t.Context(), c, "wrong")
	require.True(t, fault.Is(err, "app.enrol.refused"), "%v", err)
	e, err := app.Enrol(t.Context(), c, " good-code\n")
	require.NoError(t, err)
	require.Equal(t, "node-7", e.Node)
	info, err := os.Stat(filepath.Join(c.Data, "device.key"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	_, err = app.Enrol(t.Context(), c, "good-code")
	require.True(t, fault.Is(err, "app.enrol.done"), "%v", err)
	require.Equal(t, 2, *asked)

	findings := app.Doctor(t.Context(), c)
	byName := map[string]app.Finding{}
	for _, f := range findings {
		require.NotEmpty(t, f.Text, f.Name)
		byName[f.Name] = f
	}
	require.True(t, byName["注册"].OK, byName["注册"].Text)
	require.True(t, byName["本机存储"].OK, byName["本机存储"].Text)
	require.False(t, byName["考场服务"].OK)
	var out bytes.Buffer
	require.False(t, app.Report(&out, findings))
	require.Contains(t, out.String(), "edge run")
}

func TestAnAnswerThatIsNotAboutUsIsRefused(t *testing.T) {
	t.Parallel()
	other, err := sm.Generate()
	require.NoError(t, err)
	for name, spoil := range map[string]func(r *wire.EnrolReply){
		"no certificate": func(r *wire.EnrolReply) { r.Certificate = nil },
		"other root": func(r *wire.EnrolReply) {
			cert, err := sm.NewAuthority(other, "x", time.Now(), time.Hour)
			require.NoError(t, err)
			r.Authority = cert.DER()
		},
		"no node":   func(r *wire.EnrolReply) { r.Node = "" },
		"no key":    func(r *wire.EnrolReply) { r.Cloud = []byte("x") },
		"other key": func(r *wire.EnrolReply) { r.Certificate = r.Authority },
	} {
		c, _ := centre(t, spoil)
		_, err := app.Enrol(t.Context(), c, "good-code")
		require.True(t, fault.Is(err, "app.enrol.reply"), "%s: %v", name, err)
		_, err = os.Stat(filepath.Join(c.Data, "enrolment.json"))
		require.ErrorIs(t, err, os.ErrNotExist, name)
	}
}

func TestAStrangerIsNotBelieved(t *testing.T) {
	t.Parallel()
	c, asked := centre(t, nil)
	c.Cloud.Root = "" // the system's authorities do not know this server
	_, err := app.Enrol(t.Context(), c, "good-code")
	require.True(t, fault.Is(err, "app.cloud.reach"), "%v", err)
	require.Zero(t, *asked)
}

// TestAPacketHoldsWhatTheLinkWouldHaveSent opens a packet the way the centre
// does and verifies every chain.
func TestAPacketHoldsWhatTheLinkWouldHaveSent(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 2)
	h.Staff()
	h.Assigned()
	require.NoError(t, h.Exam.RequestOpening(h.Ctx(), apptest.Sitting, exam.Opening{Proctors: []string{"甲"}}))
	var out bytes.Buffer
	n, err := app.Export(&out, h.Store, h.Device, h.Cloud.Public(), apptest.Node, false)
	require.NoError(t, err)
	require.Positive(t, n)

	packet, err := link.OpenPacket(&out)
	require.NoError(t, err)
	require.Equal(t, apptest.Node, packet.Node())
	prev, seen := map[string]journal.Position{}, 0
	for {
		sealed, err := packet.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		plain, err := envelope.Open(h.Cloud, h.Device.Public(), []byte(topic.Up(apptest.Node)), sealed)
		require.NoError(t, err)
		f, err := link.DecodeFrame(plain)
		require.NoError(t, err)
		b, ok := f.(*link.Batch)
		require.True(t, ok)
		require.Equal(t, prev[b.Lane], b.Prev)
		require.NoError(t, journal.Verify(b.Prev, b.Records))
		require.NoError(t, b.Checkpoint.Verify(h.Device.Public()))
		seen += len(b.Records)
		prev[b.Lane] = b.Records[len(b.Records)-1].Position()
	}
	require.Equal(t, n, seen)
}
