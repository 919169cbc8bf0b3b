package onestop_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/sm"
	"huyun.internal/simulators/onestop"
)

// TestWhoeverSendsIsChecked: sender, clock and signature; a centre that changed its
// key is asked for the new one; one that cannot be asked is asked later.
func TestWhoeverSendsIsChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := m{"itemCode": item, "count": 1}
	for code, spoil := range map[string]func(*http.Request){
		"SENDER":    func(r *http.Request) { r.Header.Set("X-Huyun-Sender", "somebody") },
		"CLOCK":     func(r *http.Request) { r.Header.Set("X-Huyun-Time", w.clock().Add(6*time.Minute).Format(time.RFC3339)) },
		"SIGNATURE": func(r *http.Request) { r.Header.Set("X-Huyun-Time", w.clock().Add(time.Minute).Format(time.RFC3339)) },
	} {
		got, err := w.send("getApplyNoByItemNo.do", ask, spoil)
		require.NoError(t, err)
		require.Equal(t, code, got.Code)
	}
	w.ok("getApplyNoByItemNo.do", ask)
	next, err := sm.Generate()
	require.NoError(t, err)
	w.mu.Lock()
	w.key, w.down = next, true
	w.mu.Unlock()
	got, err := w.send("getApplyNoByItemNo.do", ask)
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, got.Status)
	w.mu.Lock()
	w.down = false
	w.mu.Unlock()
	w.ok("getApplyNoByItemNo.do", ask)
}

func TestATokenIsGoodOnceForFiveMinutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := w.sys.Token("P1")
	access := w.ok("user/getAccessToken", m{"tokenSNO": one})
	require.EqualValues(t, 1800, access["expiresIn"])
	who := w.ok("user/getUserInfoByAccessToken", m{"accessToken": access["accessToken"]})
	require.Equal(t, []any{"P1", "张三", idNo, float64(3)}, []any{who["userId"], who["name"], who["idNo"], who["authLevel"]})
	w.refused("user/getAccessToken", m{"tokenSNO": one}, "TOKEN_INVALID")
	w.refused("user/getUserInfoByAccessToken", m{"accessToken": one}, "TOKEN_INVALID")
	late := w.sys.Token("P1")
	w.mu.Lock()
	w.now = w.now.Add(5*time.Minute + time.Second)
	w.mu.Unlock()
	w.refused("user/getAccessToken", m{"tokenSNO": late}, "TOKEN_INVALID")
}

func TestNumbersAreGivenOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Equal(t, []any{"310190260000001", "310190260000002"}, w.ok("getApplyNoByItemNo.do", m{"itemCode": item, "count": 2})["aplyNos"])
	w.start()
	require.Equal(t, []any{"310190260000003"}, w.ok("getApplyNoByItemNo.do", m{"itemCode": item, "count": 1})["aplyNos"], "a restart gives nothing twice")
	w.refused("getApplyNoByItemNo.do", m{"itemCode": item, "count": 101}, "COUNT")
	w.refused("getApplyNoByItemNo.do", m{"itemCode": "310190001999", "count": 1}, "ITEM_UNKNOWN")
	w.refused("getApplyNoByItemNo.do", m{"itemCode": item, "count": 1, "phone": 1}, "BODY")
}

func TestAnApplicationIsSaved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refused("declare/saveApply.do", application("310190260000001"), "APPLYNO_UNKNOWN")
	w.save("310190265000001") // one of ours, made while the platform was down
	w.save("310190265000001")
	w.refused("declare/saveApply.do", with(application("310190265000001"), m{"userId": "P2"}), "APPLYNO_TAKEN")
	w.refused("declare/saveApply.do", with(application("310190265000002"), m{"targetNo": idNo}), "UNMASKED")
	w.refused("declare/saveApply.do", with(application("999990265000002"), nil), "APPLYNO_FORM")
	w.refused("declare/saveApply.do", with(application("310190265000002"), m{"source": "自助"}), "SOURCE")
	stuff := m{"applyNo": "310190265000001", "stuffId": "", "stuffCode": "M03", "stuffName": "身份证", "stuffType": 0, "sm3": "", "size": 10}
	id := w.ok("declare/uploadStuff.do", stuff)["stuffId"]
	require.Equal(t, id, w.ok("declare/uploadStuff.do", with(stuff, m{"stuffId": id}))["stuffId"])
	w.refused("declare/uploadStuff.do", with(stuff, m{"stuffType": 3}), "FIELDS")
	w.refused("declare/uploadStuff.do", with(stuff, m{"applyNo": "310190265000009"}), "APPLYNO_UNKNOWN")
	c, ok := w.sys.Case("310190265000001")
	require.True(t, ok)
	require.Len(t, c.Stuff, 1)
}

// TestMessagesOfACaseInOrder: (applyNo, seq) is the key.
func TestMessagesOfACaseInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	no, other := w.begin(), w.begin()
	first := w.ok("case/status", status(no, 1, "01", "收件"))["receipt"]
	require.NotEmpty(t, first)
	require.Equal(t, first, w.ok("case/status", status(no, 1, "01", "收件"))["receipt"], "the same again")
	w.refused("case/status", status(no, 1, "02", "受理"), "SEQ_REUSED")
	require.Equal(t, 2, w.refused("case/status", status(no, 3, "02", "受理"), "SEQ_GAP").Expected)
	w.ok("case/status", status(other, 1, "01", "收件"))
	w.refused("case/status", status(no, 2, "02", "收件"), "NODE_UNKNOWN")
	w.refused("case/status", status("310190265999999", 1, "01", "收件"), "APPLYNO_UNKNOWN")
	correction := m{"applyNo": no, "seq": 2, "opTime": "2026-11-29T18:00:00+08:00", "dueTime": "2026-12-18", "defects": []m{{"name": "照片", "reason": "不是白底", "howTo": "重新拍"}}}
	w.refused("case/correction", with(correction, m{"defects": []m{}}), "FIELDS")
	w.ok("case/correction", correction)

	result := m{"data": m{"applyNo": no, "seq": 3, "result": "通过", "suggestion": "", "sldwCode": "", "sldwName": "市交通委", "receiveApplyTime": "", "finishTime": ""}, "filedata": []m{file("%PDF-1.7 decision")}}
	w.refused("case/result", with(result, m{"filedata": []m{with(file("%PDF-1.7"), m{"sm3": "00"})}}), "SM3_MISMATCH")
	w.refused("case/result", with(result, m{"filedata": []m{file("MZ no pdf")}}), "FILE_TYPE")
	r := w.ok("case/result", result)["receipt"]
	require.Equal(t, r, w.ok("case/result", result)["receipt"])
	w.ok("case/document", with(file("%PDF-1.7 receipt"), m{"applyNo": no, "seq": 4, "number": "沪交〔2026〕1号"}))

	w.start()
	require.Equal(t, r, w.ok("case/result", result)["receipt"], "a restart forgets nothing")
	w.ok("case/status", status(no, 5, "11", "送达"))
	asked := w.ok("case/query", m{"applyNos": []string{no, "310190265999999", other}})["cases"].([]any)
	require.Len(t, asked, 2)
	got := asked[0].(m)
	require.Equal(t, []any{no, "11", float64(5)}, []any{got["applyNo"], got["node"], got["seq"]})
	require.Len(t, got["documents"], 2)
	w.refused("case/query", m{"applyNos": make([]string, 201)}, "COUNT")
}

// TestHalfALineIsForgotten: what was cut off was never answered.
func TestHalfALineIsForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	no := w.begin()
	w.ok("case/status", status(no, 1, "01", "收件"))
	f, err := os.OpenFile(filepath.Join(w.dir, "onestop.jsonl"), os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	_, err = f.WriteString(`{"at":"2026-11-29T10:00:00Z","message":{"applyNo":"` + no)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	w.start()
	w.ok("case/status", status(no, 2, "02", "受理"))
	w.start()
	w.ok("case/status", status(no, 3, "05", "审批"))
}

// TestEachWayOfMisbehaving is what the control interface promises.
func TestEachWayOfMisbehaving(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	no := w.begin()
	try := func(seq int) (reply, error) { return w.send("case/status", status(no, seq, "05", "审批")) }
	for o, want := range map[string]int{"fail": http.StatusInternalServerError, "busy": http.StatusTooManyRequests} {
		w.order(m{o: 1, "endpoint": "case/"})
		w.ok("getApplyNoByItemNo.do", m{"itemCode": item, "count": 1}) // not struck
		got, err := try(1)
		require.NoError(t, err)
		require.Equal(t, want, got.Status)
	}
	w.order(m{"drop_before": 1})
	_, err := try(1)
	require.Error(t, err)
	w.order(m{"drop_after": 1})
	_, err = try(1)
	require.Error(t, err)
	c, _ := w.sys.Case(no)
	require.Len(t, c.Messages, 1, "dropped before: not taken; dropped after: taken")
	_, err = try(1)
	require.NoError(t, err)
	w.order(m{"refuse": 1, "refuse_code": "CLOSED"})
	got, err := try(2)
	require.NoError(t, err)
	require.Equal(t, "CLOSED", got.Code)
	w.order(m{"fail": -1})
	for range 3 {
		got, err = try(2)
		require.NoError(t, err)
		require.Equal(t, http.StatusInternalServerError, got.Status)
	}
	w.order(m{"outage": true})
	got, err = try(2)
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, got.Status)
	resp, err := w.web.Client().Get(w.web.URL + "/onestop/")
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode, "nobody gets in")
	w.order(m{"delay_ms": 30})
	begin := time.Now()
	got, err = try(2)
	require.NoError(t, err)
	require.True(t, got.Success)
	require.GreaterOrEqual(t, time.Since(begin), 30*time.Millisecond)
	var shown []string
	for _, r := range w.sys.Status().Received {
		if r.Endpoint == "case/status" {
			shown = append(shown, r.Fault+"/"+r.Outcome)
		}
	}
	require.ElementsMatch(t, []string{"fail/", "busy/", "drop_before/", "drop_after/OK", "/REPEATED", "refuse/CLOSED", "fail/", "fail/", "fail/", "outage/", "/OK"}, shown)
}

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

// TestManyCasesAtOnce: cases do not wait for each other, and one message taken
// twice at once has one receipt.
func TestManyCasesAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	no := w.begin()
	receipts := make([]string, 20)
	var wg sync.WaitGroup
	for i := range receipts {
		wg.Go(func() {
			got, err := w.send("case/status", status(no, 1, "01", "收件"))
			if err == nil && got.Success {
				receipts[i] = fmt.Sprint(got.Data["receipt"])
			}
		})
	}
	wg.Wait()
	for _, r := range receipts {
		require.Equal(t, receipts[0], r)
	}
	require.NotEmpty(t, receipts[0])
}
