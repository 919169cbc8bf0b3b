package onestop_test

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/sm"
	"huyun.internal/simulators/onestop"
)

// TestCallbacks: withdraw, supplement and a visit, with the centre's answers; what
// could not be sent is sent later and its answer is shown then.
func TestCallbacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	no := w.begin()
	out, err := w.sys.Withdraw(ctx, no, "不办了")
	require.NoError(t, err)
	require.True(t, out.Allowed)
	w.no = true
	out, err = w.sys.Supplement(ctx, no, "已补")
	require.NoError(t, err)
	require.Equal(t, []any{false, "已作出决定"}, []any{out.Allowed, out.Answer})
	require.NotEqual(t, w.got[0]["callbackNo"], w.got[1]["callbackNo"])
	require.Equal(t, "/partner/v1/onestop/withdraw", w.got[0]["_path"])

	w.no = false
	b, err := w.sys.Book(ctx, "P1", onestop.Booking{ItemCode: item, Date: "2026-12-01", Period: "09:00-11:30", Place: "大厅"})
	require.NoError(t, err)
	require.Equal(t, []any{"BOOKED", "YY0001"}, []any{b.State, b.Number})
	sealed, err := base64.StdEncoding.DecodeString(w.got[2]["idNo"])
	require.NoError(t, err)
	plain, err := w.key.Decrypt(sealed)
	require.NoError(t, err)
	require.Equal(t, idNo, string(plain))
	b, err = w.sys.Unbook(ctx, "P1", b.AppointNo)
	require.NoError(t, err)
	require.Equal(t, "CANCELLED", b.State)

	w.mu.Lock()
	w.no, w.down = true, true
	w.mu.Unlock()
	out, err = w.sys.Withdraw(ctx, no, "又不办了")
	require.NoError(t, err)
	require.False(t, out.Allowed)
	require.Contains(t, out.Answer, "自动重新发送")
	w.start()
	w.mu.Lock()
	w.down = false
	w.mu.Unlock()
	w.line.Retry(ctx)
	c, _ := w.sys.Case(no)
	require.Len(t, c.Calls, 3)
	require.Equal(t, "已作出决定", c.Calls[2].Answer)
}

// browser is somebody at the pages.
type browser struct {
	*world
	client *http.Client
}

func (w *world) browser() *browser {
	jar, err := cookiejar.New(nil)
	require.NoError(w.t, err)
	return &browser{w, &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host == "online.test" {
			return http.ErrUseLastResponse
		}
		return nil
	}}}
}

func (b *browser) get(path string) (int, string) {
	b.t.Helper()
	resp, err := b.client.Get(b.web.URL + path)
	require.NoError(b.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(b.t, err)
	return resp.StatusCode, string(raw)
}

func (b *browser) post(path string, form url.Values) (*http.Response, string) {
	b.t.Helper()
	resp, err := b.client.PostForm(b.web.URL+path, form)
	require.NoError(b.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(b.t, err)
	return resp, string(raw)
}

// TestPages: who one is, what can be done, one's own cases with documents; nobody
// else's, and no number in full.
func TestPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	no := w.begin()
	w.ok("case/status", status(no, 1, "01", "收件"))
	w.ok("case/correction", m{"applyNo": no, "seq": 2, "opTime": "2026-11-29T18:00:00+08:00", "dueTime": "2026-12-18", "defects": []m{{"name": "照片", "reason": "不是白底", "howTo": "重新拍"}}})
	w.ok("case/document", with(file("%PDF-1.7 letter"), m{"applyNo": no, "seq": 3, "number": "沪交〔2026〕1号"}))
	digest := sm.SumOf([]byte("%PDF-1.7 letter")).String()
	b := w.browser()
	var all string
	see := func(path string, want ...string) {
		t.Helper()
		code, page := b.get(path)
		require.Equal(t, http.StatusOK, code, path)
		for _, text := range append(want, "模拟") {
			require.Contains(t, page, text, path)
		}
		all += page
	}
	see("/onestop/mine", "选择演示身份")
	see("/onestop/", "张三", "310***********0014")
	_, page := b.post("/onestop/as", url.Values{"user": {"P1"}})
	require.Contains(t, page, "前往办理")
	resp, _ := b.post("/onestop/go", url.Values{"item": {item}})
	at, err := resp.Location()
	require.NoError(t, err)
	require.Equal(t, []string{"/arrive", item}, []string{at.Path, at.Query().Get("itemCode")})
	w.ok("user/getAccessToken", m{"tokenSNO": at.Query().Get("tokenSNO")})
	see("/onestop/mine", no, "从业资格证申领", "文书 1 份")
	see("/onestop/mine/"+no, "不是白底", "重新拍", "2026-12-18", "去补正", "5 个工作日", "准予行政许可决定书.pdf", "撤回")
	resp, _ = b.post("/onestop/mine/"+no+"/continue", nil)
	at, err = resp.Location()
	require.NoError(t, err)
	require.Equal(t, no, at.Query().Get("applyNo"))
	code, pdf := b.get("/onestop/mine/" + no + "/" + digest)
	require.Equal(t, []any{http.StatusOK, "%PDF-1.7 letter"}, []any{code, pdf})
	_, page = b.post("/onestop/mine/"+no+"/withdraw", url.Values{"reason": {"不办了"}})
	require.Contains(t, page, "撤回申请已被接受")
	_, page = b.post("/onestop/booking", url.Values{"item": {item}, "date": {"2026-12-01"}, "period": {"09:00-11:30"}, "place": {"大厅"}})
	require.Contains(t, page, "预约号 YY0001")
	all += page
	require.NotContains(t, all, idNo)

	require.NoError(t, os.WriteFile(filepath.Join(w.dir, "onestop-documents", digest+".pdf"), []byte("%PDF-1.7 changed"), 0o600))
	code, _ = b.get("/onestop/mine/" + no + "/" + digest)
	require.Equal(t, http.StatusInternalServerError, code, "a changed document is not shown")
	b.post("/onestop/as", url.Values{"user": {"P2"}})
	for _, path := range []string{"/onestop/mine/" + no, "/onestop/mine/" + no + "/" + digest} {
		code, page = b.get(path)
		require.Equal(t, http.StatusNotFound, code)
		require.NotContains(t, page, "张三")
	}
}
