package uplink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go/http3"

	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// Ways by which a blob came.
const (
	ViaH3    = "h3"
	ViaHTTPS = "https"
)

var (
	errBlobDigest  = fault.New(fault.Precondition, "uplink.blob.digest", "下载内容校验不一致，已丢弃，请重新下载")
	errBlobFetch   = fault.New(fault.Unavailable, "uplink.blob.fetch", "下载失败，稍后自动重试；请检查网络")
	errBlobMissing = fault.New(fault.NotFound, "uplink.blob.missing", "云端没有该文件，请联系中心")
	errBlobRefused = fault.New(fault.Forbidden, "uplink.blob.refused", "云端拒绝本机下载，请检查设备证书与注册状态")
)

// shunFor is how long HTTPS alone is used after UDP has failed.
const shunFor = 2 * time.Minute

// blobStall is how long a download may bring nothing before the other way is
// tried.
const blobStall = 20 * time.Second

// fetcher holds the two HTTP clients.
type fetcher struct {
	u     *Uplink
	https *http.Client
	h3    *http.Client // nil when the cloud has no https address
	quic  *http3.Transport
	// shunned is until when HTTP/3 is not tried, because UDP did not get through.
	shunned atomic.Int64
}

func newFetcher(u *Uplink) (*fetcher, error) {
	f := &fetcher{u: u, https: &http.Client{}}
	if !strings.HasPrefix(u.cfg.CloudURL, "https://") {
		return f, nil // a demonstration on one machine, or no downloads at all
	}
	host, err := hostOf(u.cfg.CloudURL)
	if err != nil {
		return nil, err
	}
	conf, err := u.tlsConfig(host)
	if err != nil {
		return nil, err
	}
	f.https.Transport = &http.Transport{TLSClientConfig: conf.Clone(), ForceAttemptHTTP2: true, TLSHandshakeTimeout: 5 * time.Second}
	f.quic = &http3.Transport{TLSClientConfig: conf.Clone(), QUICConfig: u.quicConfig(), DisableCompression: true}
	f.h3 = &http.Client{Transport: f.quic}
	return f, nil
}

func (f *fetcher) close() {
	f.https.CloseIdleConnections()
	if f.quic != nil {
		_ = f.quic.Close()
	}
}

// FetchBlob brings the blob with this digest to dst, a path on the store's
// disk, and says by which way it came; "" when it was here already. What a
// broken download left is continued; nothing appears at dst before its SM3 is
// right. It fails with store.disk.low, uplink.blob.fetch (try again),
// uplink.blob.digest, uplink.blob.missing or uplink.blob.refused.
func (u *Uplink) FetchBlob(ctx context.Context, digest sm.Digest, dst string) (via string, err error) {
	if digestFile(dst, digest) == nil {
		return "", nil
	}
	if err := os.MkdirAll(filepath.Dir(dst), 0o700); err != nil {
		return "", errBlobFetch.With(err)
	}
	if u.IsCut() {
		return "", errBlobFetch.With(ErrCut)
	}
	var all error
	for _, way := range u.blobs.ways() {
		err := u.blobs.download(ctx, way.client, digest, dst+".part")
		if err == nil {
			return way.via, finishBlob(dst, digest)
		}
		all = errors.Join(all, fmt.Errorf("%s: %w", way.via, err))
		if way.via == ViaH3 {
			u.blobs.shunned.Store(int64(u.cfg.Clock.Mono() + shunFor))
		}
		if ctx.Err() != nil || !fault.KindOf(err).Temporary() || fault.Is(err, "store.disk.low") {
			return "", err
		}
	}
	return "", errBlobFetch.With(all)
}

type way struct {
	via    string
	client *http.Client
}

// ways lists the clients to try: HTTP/3 unless it lately did not get through.
func (f *fetcher) ways() []way {
	out := []way{{ViaHTTPS, f.https}}
	if f.h3 != nil && int64(f.u.cfg.Clock.Mono()) >= f.shunned.Load() {
		out = append([]way{{ViaH3, f.h3}}, out...)
	}
	return out
}

// finishBlob verifies, makes durable and names.
func finishBlob(dst string, digest sm.Digest) error {
	part := dst + ".part"
	if err := digestFile(part, digest); err != nil {
		_ = os.Remove(part)
		return errBlobDigest.With(err)
	}
	f, err := os.OpenFile(part, os.O_RDWR, 0)
	if err == nil {
		err = errors.Join(f.Sync(), f.Close())
	}
	if err == nil {
		err = os.Rename(part, dst)
	}
	if err == nil {
		var dir *os.File
		if dir, err = os.Open(filepath.Dir(dst)); err == nil {
			err = errors.Join(dir.Sync(), dir.Close())
		}
	}
	if err != nil {
		return errBlobFetch.With(err)
	}
	return nil
}

// digestFile fails unless the file is there and has the digest.
func digestFile(path string, want sm.Digest) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sm.NewHash()
	n, err := io.Copy(h, f)
	if err != nil {
		return err
	}
	if string(h.Sum(nil)) != string(want[:]) {
		return fmt.Errorf("%d bytes with another digest", n)
	}
	return nil
}

// download continues part until the server says that it is complete.
func (f *fetcher) download(ctx context.Context, client *http.Client, digest sm.Digest, part string) error {
	out, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return errBlobFetch.With(err)
	}
	defer out.Close()
	have, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return errBlobFetch.With(err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stall := newStall(blobStall, cancel)
	defer stall.stop()
	resp, err := f.ask(ctx, client, digest, have)
	if err != nil {
		return errBlobFetch.With(err)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusPartialContent && startsAt(resp) == have:
	case resp.StatusCode == http.StatusOK:
		if err := out.Truncate(0); err != nil {
			return errBlobFetch.With(err)
		}
		_, _ = out.Seek(0, io.SeekStart)
	case resp.StatusCode == http.StatusRequestedRangeNotSatisfiable && have > 0:
		return nil // all of it is here; the digest decides
	default:
		f.u.time.learn(resp.Header.Get("Date"))
		return refusal(resp.StatusCode)
	}
	if err := f.u.store.Admit(max(resp.ContentLength, 0)); err != nil {
		return err
	}
	n, err := io.Copy(out, stall.reader(resp.Body))
	if err != nil {
		return errBlobFetch.With(fmt.Errorf("after %d bytes: %w", n, err))
	}
	return nil
}

func refusal(status int) error {
	switch status {
	case http.StatusNotFound:
		return errBlobMissing.Withf("status %d", status)
	case http.StatusUnauthorized, http.StatusForbidden:
		return errBlobRefused.Withf("status %d", status)
	default:
		return errBlobFetch.Withf("status %d", status)
	}
}

func (f *fetcher) ask(ctx context.Context, client *http.Client, digest sm.Digest, from int64) (*http.Response, error) {
	url := strings.TrimSuffix(f.u.cfg.CloudURL, "/") + "/node/v1/blobs/" + digest.String()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	token, err := envelope.NewToken(f.u.keeper, f.u.cfg.Node, envelope.AudienceHTTP, f.u.time.now().Add(tokenLife))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", envelope.Authorization(token))
	if from > 0 {
		req.Header.Set("Range", "bytes="+strconv.FormatInt(from, 10)+"-")
	}
	return client.Do(req)
}

// startsAt reads "bytes 100-199/200".
func startsAt(resp *http.Response) int64 {
	rest, ok := strings.CutPrefix(resp.Header.Get("Content-Range"), "bytes ")
	first, _, dash := strings.Cut(rest, "-")
	n, err := strconv.ParseInt(first, 10, 64)
	if !ok || !dash || err != nil {
		return -1
	}
	return n
}

// stall cancels a transfer that brings nothing for too long: a half-open line
// gives neither bytes nor an error.
type stall struct {
	after time.Duration
	timer *time.Timer
	once  sync.Once
}

func newStall(after time.Duration, cancel func()) *stall {
	return &stall{after: after, timer: time.AfterFunc(after, cancel)}
}

func (s *stall) stop() { s.once.Do(func() { s.timer.Stop() }) }

func (s *stall) reader(r io.Reader) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		n, err := r.Read(p)
		if n > 0 {
			s.timer.Reset(s.after)
		}
		return n, err
	})
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
