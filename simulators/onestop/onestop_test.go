package onestop_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/sm"
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
